import type { LedgerReport, QuarantineItem } from "@kenh/schemas";
import { type ReactNode, useState } from "react";
import { textOf } from "../../../src/shared/text-of.ts";
import { ageText, timeText } from "../../../src/shared/time-text.ts";
import { Freshness } from "../freshness.tsx";
import { freshnessOf, type ListedDevice, mainQuantity } from "../station.ts";
import { useAsked } from "./ask.ts";
import { DeviceAlarms } from "./device-alarms.tsx";
import { DeviceCalibrations } from "./device-calibrations.tsx";
import { DeviceCredentials } from "./device-credentials.tsx";
import { DeviceLedger } from "./device-ledger.tsx";
import { DeviceQuarantine } from "./device-quarantine.tsx";
import { DeviceTrend } from "./device-trend.tsx";
import { DeviceValues } from "./device-values.tsx";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { hrefOf } from "./route.ts";
import { words } from "./words.ts";

/** Items of the quarantine that one look brings. */
const mostItems = 50;

/** Everything that the station knows of one device. */
export function DevicePage({ identity, ...props }: PageProps & { identity: string }) {
  const { api, language } = props;
  const say = words[language];
  const path = identity.split("/").map(encodeURIComponent).join("/");
  const device = useAsked<ListedDevice>(api, `/api/v1/devices/${path}`, 5000);
  const of = encodeURIComponent(identity);
  const ledger = useAsked<LedgerReport>(api, `/api/v1/ledger?device=${of}`, 5000);
  const quarantine = useAsked<{ total: number; items: QuarantineItem[] }>(
    api,
    `/api/v1/quarantine?device=${of}&limit=${mostItems}`,
    10_000,
  );
  const [chosen, choose] = useState<string>();
  const quantity = chosen ?? (device.answer ? mainQuantity(device.answer) : undefined);
  return (
    <>
      <div className="eng-head">
        <h1>
          <bdi>{textOf(device.answer?.label, language) || identity}</bdi>
        </h1>
        {device.answer && <Freshness freshness={freshnessOf(device.answer)} language={language} />}
      </div>
      <p className="eng-facts">
        {device.answer?.label && <span className="eng-code">{identity}</span>}
        {device.answer && <Facts device={device.answer} {...props} />}
      </p>
      <FailureNote
        failure={device.failure}
        language={language}
        at={device.at}
        onAgain={device.again}
      />
      {device.answer && (
        <div className="eng-columns">
          <div>
            <Part title={say.values}>
              <DeviceValues {...props} device={device.answer} chosen={quantity} onChoose={choose} />
            </Part>
            <Part title={say.alarms}>
              <DeviceAlarms {...props} device={device.answer} />
            </Part>
            <Part title={say.calibrations}>
              <DeviceCalibrations {...props} identity={identity} />
            </Part>
          </div>
          <div>
            <Part title={say.trend}>
              <DeviceTrend {...props} device={device.answer} quantity={quantity} />
            </Part>
            <Part title={say.ledger}>
              <DeviceLedger {...props} ledger={ledger} />
            </Part>
            <Part title={say.quarantine}>
              <DeviceQuarantine {...props} quarantine={quarantine} />
            </Part>
            <Part title={say.credentials}>
              <DeviceCredentials {...props} path={path} />
            </Part>
          </div>
        </div>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="eng-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Where it stands, what kind it is, how often it speaks and when it last did. */
function Facts({ device, language }: PageProps & { device: ListedDevice }) {
  const say = words[language];
  const { siteLabel, profile, intervalMs, lastSeenAt } = device;
  return (
    <>
      {siteLabel && <bdi>{textOf(siteLabel, language)}</bdi>}
      <a href={hrefOf({ page: "profile", name: profile })}>
        {say.profile}: {profile}
      </a>
      {intervalMs !== null && <span>{say.every(ageText(intervalMs, language))}</span>}
      {lastSeenAt !== null && <span>{say.seenAt(timeText(lastSeenAt))}</span>}
    </>
  );
}
