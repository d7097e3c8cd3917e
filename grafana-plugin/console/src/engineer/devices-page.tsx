import { useState } from "react";
import { fold } from "../../../src/shared/fold.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { ageText } from "../../../src/shared/time-text.ts";
import { Freshness } from "../freshness.tsx";
import { bySite, freshnessOf, type ListedDevice } from "../station.ts";
import { words as pageWords } from "../words.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { hrefOf } from "./route.ts";
import { SearchField } from "./search-field.tsx";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

/** Rows of the table; a province has thousands, and nobody reads those without a search. */
const mostRows = 300;

/** All devices that the token may know of, with a search that needs no accents. */
export function DevicesPage({ api, language }: PageProps) {
  const say = words[language];
  const { answer, failure, at, again } = useAsked<{ devices: ListedDevice[] }>(
    api,
    "/api/v1/devices",
    5000,
  );
  const [wanted, setWanted] = useState("");
  const devices = bySite(answer?.devices ?? []).flatMap(([, members]) => members);
  const needle = fold(wanted);
  const found = devices.filter((device) => fold(textsOf(device)).includes(needle));
  return (
    <>
      <div className="eng-head">
        <h1>{say.tabs.devices}</h1>
        <SearchField label={say.searchDevices} value={wanted} onChange={setWanted} />
        {answer && <span className="hint">{say.ofCount(found.length, devices.length)}</span>}
      </div>
      <FailureNote failure={failure} language={language} at={at} onAgain={again} />
      {answer && devices.length === 0 && <p className="hint">{pageWords[language].noDevices}</p>}
      {found.length > 0 && (
        <Table heads={[say.device, say.site, say.profile, say.state, say.lastSeen]}>
          {found.slice(0, mostRows).map((device) => (
            <tr key={device.identity}>
              <td>
                <a href={hrefOf({ page: "device", identity: device.identity })}>
                  <bdi>{textOf(device.label, language) || device.identity}</bdi>
                </a>
                {device.label && <small className="eng-code">{device.identity}</small>}
              </td>
              <td>
                <bdi>{textOf(device.siteLabel, language) || "–"}</bdi>
              </td>
              <td className="eng-code">{device.profile}</td>
              <td>
                <Freshness freshness={freshnessOf(device)} language={language} />
              </td>
              <td className="eng-when">
                {device.lastSeenAt === null
                  ? "–"
                  : say.ago(ageText(Date.now() - device.lastSeenAt, language))}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {found.length > mostRows && <p className="hint">{say.more(found.length - mostRows)}</p>}
    </>
  );
}

function textsOf({ identity, profile, label, siteLabel }: ListedDevice): string {
  return [identity, profile, label?.vi, label?.en, siteLabel?.vi, siteLabel?.en].join(" ");
}
