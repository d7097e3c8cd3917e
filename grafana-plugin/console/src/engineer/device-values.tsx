import { range } from "../../../src/shared/line-path.ts";
import { numberText } from "../../../src/shared/reading-text.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { timeText } from "../../../src/shared/time-text.ts";
import { Sparkline } from "../sparkline.tsx";
import { type LastValue, type ListedDevice, orderQuantities, type Series } from "../station.ts";
import { stepMs, valueText } from "../value-text.ts";
import { words as pageWords } from "../words.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

/** Rows with a line of their own: each is a question to the store. */
const mostLines = 12;
const lineEveryMs = 60_000;
const hourMs = 3_600_000;

interface Props extends PageProps {
  readonly device: ListedDevice;
  /** The quantity whose trend is drawn large. */
  readonly chosen: string | undefined;
  readonly onChoose: (quantity: string) => void;
}

/** The last value of each quantity, with its flag, its time and its last hour. */
export function DeviceValues({ device, chosen, onChoose, ...props }: Props) {
  const { language } = props;
  const say = words[language];
  const quantities = orderQuantities(device);
  if (quantities.length === 0) return <p className="hint">{pageWords[language].noValues}</p>;
  return (
    <Table heads={[say.quantity, say.value, say.measuredAt, say.lastHour]}>
      {quantities.map((quantity, index) => {
        const last = device.values[quantity] as LastValue;
        const isNumber = typeof last.value === "number";
        const label = textOf(last.label, language) || quantity;
        const flag = pageWords[language].flags[last.flag];
        return (
          <tr key={quantity} data-chosen={quantity === chosen}>
            <th scope="row">
              {isNumber ? (
                <button
                  type="button"
                  className="eng-link"
                  aria-pressed={quantity === chosen}
                  onClick={() => onChoose(quantity)}
                >
                  {label}
                </button>
              ) : (
                label
              )}
              <small className="eng-code">{quantity}</small>
            </th>
            <td className="eng-number">
              <bdi>{valueText(last, language)}</bdi>
              {flag && <span className="flag">{flag}</span>}
            </td>
            <td className="eng-when">{timeText(last.ts)}</td>
            <td className="eng-spark">
              {isNumber && index < mostLines && (
                <Line {...props} device={device} quantity={quantity} label={label} />
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Line(props: PageProps & { device: ListedDevice; quantity: string; label: string }) {
  const { api, device, quantity, label, language } = props;
  const query = new URLSearchParams({
    device: device.identity,
    quantity,
    every: String(stepMs(device)),
  });
  // Without `to` the station answers up to now, so that the address stays the same.
  const { answer } = useAsked<Series>(api, `/api/v1/telemetry?${query}`, lineEveryMs);
  const newest = answer?.points.at(-1)?.[0] ?? 0;
  const points = answer?.points.filter(([ts]) => ts > newest - hourMs) ?? [];
  const bounds = range(points);
  if (!answer || !bounds) return null;
  const text = (value: number) => numberText(value, answer.unit, language);
  return (
    <Sparkline
      points={points}
      everyMs={stepMs(device)}
      label={`${label}, ${pageWords[language].trend(text(bounds.least), text(bounds.most))}`}
    />
  );
}
