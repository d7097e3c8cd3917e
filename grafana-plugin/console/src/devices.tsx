import type { Language } from "../../src/shared/language.ts";
import { range } from "../../src/shared/line-path.ts";
import { numberText } from "../../src/shared/reading-text.ts";
import { textOf } from "../../src/shared/text-of.ts";
import type { Api } from "./api.ts";
import { hrefOf } from "./engineer/route.ts";
import { Freshness } from "./freshness.tsx";
import { Sparkline } from "./sparkline.tsx";
import {
  bySite,
  freshnessOf,
  type LastValue,
  type ListedDevice,
  mainQuantity,
  orderQuantities,
  type Series,
} from "./station.ts";
import { usePolled } from "./use-polled.ts";
import { useSeen } from "./use-seen.ts";
import { stepMs, valueText } from "./value-text.ts";
import { words } from "./words.ts";

const hourMs = 3_600_000;
/** Values shown under a device; the rest is a tap away in Grafana. */
const mostValues = 4;

interface Props {
  readonly api: Api;
  readonly devices: readonly ListedDevice[];
  readonly language: Language;
}

/** Sites with their devices: freshness, last values, and the trend of the most telling one. */
export function Devices({ api, devices, language }: Props) {
  if (devices.length === 0) return <p className="hint">{words[language].noDevices}</p>;
  return bySite(devices).map(([site, members]) => (
    <section key={site} className="site">
      <h3>
        <bdi>{textOf(members.find((device) => device.siteLabel)?.siteLabel, language) || site}</bdi>
      </h3>
      <ul>
        {members.map((device) => (
          <DeviceCard key={device.identity} api={api} device={device} language={language} />
        ))}
      </ul>
    </section>
  ));
}

function DeviceCard(props: { api: Api; device: ListedDevice; language: Language }) {
  const { api, device, language } = props;
  const say = words[language];
  const freshness = freshnessOf(device);
  const main = mainQuantity(device);
  // Hundreds of trends at once would stand in the way of an acknowledgement.
  const [card, isSeen] = useSeen<HTMLLIElement>();
  const path = main && isSeen ? () => trendPath(device, main) : null;
  const trend = usePolled<Series>(api, path, 30_000);
  const quantities = orderQuantities(device).slice(0, mostValues);
  const bounds = trend.answer && range(trend.answer.points);
  const mainLabel = (main && textOf(device.values[main]?.label, language)) || main;
  const inUnit = (value: number) => numberText(value, trend.answer?.unit ?? "", language);
  return (
    <li ref={card} className="device" data-freshness={freshness}>
      <div className="device-head">
        <a href={hrefOf({ page: "device", identity: device.identity })}>
          <bdi>{textOf(device.label, language) || device.identity}</bdi>
        </a>
        <Freshness freshness={freshness} language={language} />
      </div>
      {freshness === "never" && <p className="hint">{say.noValues}</p>}
      <dl>
        {quantities.map((quantity) => (
          <Value
            key={quantity}
            quantity={quantity}
            last={device.values[quantity] as LastValue}
            language={language}
          />
        ))}
      </dl>
      {trend.answer && bounds && (
        <Sparkline
          points={trend.answer.points}
          everyMs={stepMs(device)}
          label={`${mainLabel}, ${say.trend(inUnit(bounds.least), inUnit(bounds.most))}`}
        />
      )}
    </li>
  );
}

function Value(props: { quantity: string; last: LastValue; language: Language }) {
  const { quantity, last, language } = props;
  const flag = words[language].flags[last.flag];
  return (
    <div>
      <dt>{textOf(last.label, language) || quantity}</dt>
      <dd>
        <bdi>{valueText(last, language)}</bdi>
        {flag && <span className="flag">{flag}</span>}
      </dd>
    </div>
  );
}

function trendPath(device: ListedDevice, quantity: string): string {
  const now = Date.now();
  const query = new URLSearchParams({
    device: device.identity,
    quantity,
    every: String(stepMs(device)),
  });
  return `/api/v1/telemetry?${query}&from=${now - hourMs}&to=${now}`;
}
