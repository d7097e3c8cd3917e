import { useState } from "react";
import { fold } from "../../../src/shared/fold.ts";
import { textOf } from "../../../src/shared/text-of.ts";
import { useAsked } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { OriginWord } from "./origin-word.tsx";
import { hrefOf } from "./route.ts";
import { SearchField } from "./search-field.tsx";
import type { ListedProfile } from "./shapes.ts";
import { Table } from "./table.tsx";
import { words } from "./words.ts";

/** The kinds of devices that the station knows, and the way to a new one. */
export function ProfilesPage({ api, language, mayChange }: PageProps) {
  const say = words[language];
  const asked = useAsked<{ profiles: ListedProfile[] }>(api, "/api/v1/profiles", 30_000);
  const [wanted, setWanted] = useState("");
  const needle = fold(wanted);
  const all = asked.answer?.profiles ?? [];
  const found = all
    .filter(({ name, label }) => fold(`${name} ${label.vi} ${label.en}`).includes(needle))
    .toSorted((a, b) => b.devices - a.devices || (a.name < b.name ? -1 : 1));
  return (
    <>
      <div className="eng-head">
        <h1>{say.tabs.profiles}</h1>
        <SearchField label={say.searchProfiles} value={wanted} onChange={setWanted} />
        {asked.answer && <span className="hint">{say.ofCount(found.length, all.length)}</span>}
        {mayChange && (
          <a className="eng-button primary" href={hrefOf({ page: "profile", name: "" })}>
            {say.newProfile}
          </a>
        )}
      </div>
      <FailureNote
        failure={asked.failure}
        language={language}
        at={asked.at}
        onAgain={asked.again}
      />
      {found.length > 0 && (
        <Table heads={[say.profile, say.driver, say.measures, say.origin, say.tabs.devices]}>
          {found.map(({ name, label, driver, classes, quantities, origin, devices }) => (
            <tr key={name}>
              <td>
                <a href={hrefOf({ page: "profile", name })}>{textOf(label, language) || name}</a>
                <small className="eng-code">{name}</small>
              </td>
              <td className="eng-code">{driver ?? "–"}</td>
              <td>
                <span className="eng-code eng-few">
                  {[...classes.map((one) => say.wholeClass(one)), ...quantities].join(", ")}
                </span>
              </td>
              <td>
                <OriginWord origin={origin} language={language} />
              </td>
              <td className="eng-number">{devices}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
