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
  const found = useAsked<{ discovered: Discovered[] }>(api, "/api/v1/discovered", 5000);
  const ignored = useAsked<{ discovered: Discovered[] }>(
    api,
    withIgnored ? "/api/v1/discovered?ignored=true" : null,
    5000,
  );
  const profiles = useAsked<{ profiles: ListedProfile[] }>(api, "/api/v1/profiles");
  const [adopted, setAdopted] = useState<Adopted | null>(null);
  const again = () => {
    found.again();
    ignored.again();
  };
  const all = new Map(
    [...(found.answer?.discovered ?? []), ...(ignored.answer?.discovered ?? [])].map((one) => [
      one.id,
      one,
    ]),
  );
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
      <FailureNote failure={found.failure} language={language} at={found.at} onAgain={again} />
      <div aria-live="polite">
        {adopted && (
          <div className="eng-told">
            <p>
              {say.adopted(adopted.device.identity, adopted.replayed)}{" "}
              {adopted.setAside.length > 0 &&
                say.stillAside(adopted.setAside.reduce((sum, one) => sum + one.messages, 0))}{" "}
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
      {found.answer && all.size === 0 && <p className="hint">{say.noDiscovered}</p>}
      <ul className="eng-cards">
        {[...all.values()].map((one) => (
          <DiscoveredCard
            key={one.id}
            {...props}
            found={one}
            profiles={profiles.answer?.profiles ?? []}
            onAdopted={(done) => {
              setAdopted(done);
              again();
            }}
            onChanged={again}
          />
        ))}
      </ul>
    </>
  );
}
