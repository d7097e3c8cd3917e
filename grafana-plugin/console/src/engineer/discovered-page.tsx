import { useState } from "react";
import { useAsked } from "./ask.ts";
import { DiscoveredCard } from "./discovered-card.tsx";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { hrefOf } from "./route.ts";
import { Secret } from "./secret.tsx";
import type { Adopted, Discovered, ListedProfile } from "./shapes.ts";
import { words } from "./words.ts";

/** Devices that nobody has registered and that have sent something: to adopt, or to leave alone. */
export function DiscoveredPage(props: PageProps) {
  const { api, language } = props;
  const say = words[language];
  const [withIgnored, setWithIgnored] = useState(false);
  const found = useAsked<{ discovered: Discovered[] }>(
    api,
    `/api/v1/discovered${withIgnored ? "" : "?ignored=false"}`,
    5000,
    "discovered",
  );
  const profiles = useAsked<{ profiles: ListedProfile[] }>(api, "/api/v1/profiles");
  const [adopted, setAdopted] = useState<Adopted | null>(null);
  const all = found.answer?.discovered ?? [];
  return (
    <>
      <div className="eng-head">
        <h1>{say.tabs.discovered}</h1>
        <label className="eng-check">
          <input
            type="checkbox"
            checked={withIgnored}
            onChange={(event) => setWithIgnored(event.target.checked)}
          />
          {say.showIgnored}
        </label>
      </div>
      <p className="hint">{say.discoveredHint}</p>
      <FailureNote
        failure={found.failure}
        language={language}
        at={found.at}
        onAgain={found.again}
      />
      <div aria-live="polite">
        {adopted && (
          <div className="eng-told">
            <p>
              {say.adopted(adopted.device.identity, adopted.replayed)}{" "}
              <a href={hrefOf({ page: "device", identity: adopted.device.identity })}>
                {say.toDevice}
              </a>
            </p>
            {adopted.password !== undefined && (
              <Secret
                language={language}
                lines={[
                  [say.username, adopted.username ?? adopted.device.identity],
                  [say.password, adopted.password],
                ]}
              />
            )}
          </div>
        )}
      </div>
      {found.answer && all.length === 0 && <p className="hint">{say.noDiscovered}</p>}
      <ul className="eng-cards">
        {all.map((one) => (
          <DiscoveredCard
            key={one.id}
            {...props}
            found={one}
            profiles={profiles.answer?.profiles ?? []}
            onAdopted={(done) => {
              setAdopted(done);
              found.again();
            }}
            onChanged={found.again}
          />
        ))}
      </ul>
    </>
  );
}
