import { useState } from "react";
import { timeText } from "../../../src/shared/time-text.ts";
import { post, useDeed } from "./ask.ts";
import { carry } from "./carried.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { GuessChoice } from "./guess-choice.tsx";
import { labelOf, NameFields, type Names } from "./name-fields.tsx";
import { Payload } from "./payload.tsx";
import { hrefOf } from "./route.ts";
import type { Adopted, Discovered, ListedProfile } from "./shapes.ts";
import { words } from "./words.ts";

interface Props extends PageProps {
  readonly found: Discovered;
  readonly profiles: readonly ListedProfile[];
  readonly onAdopted: (done: Adopted) => void;
  readonly onChanged: () => void;
}

/** One unknown device: what it sent, which profile that is likely to be, and what to do with it. */
export function DiscoveredCard(props: Props) {
  const { api, language, mayChange, found, profiles, onAdopted, onChanged } = props;
  const say = words[language];
  const { id, device, topic, sample, guess, sender } = found;
  const [profile, setProfile] = useState(guess[0]?.profile ?? "");
  const [names, setNames] = useState<Names>({ vi: "", en: "" });
  const [ownPassword, setOwnPassword] = useState(sender === null);
  const adopt = useDeed<Adopted>(onAdopted);
  const ignore = useDeed<object>(onChanged);
  const label = labelOf(names);
  return (
    <li className="eng-card">
      <div className="eng-item-head">
        <h2>
          <bdi>{device ?? topic}</bdi>
        </h2>
        {found.ignored && <span className="flag">{say.ignoredMark}</span>}
        <span>{say.waiting(found.messages, found.readings)}</span>
        <span className="eng-when">
          {say.seenFromTo(timeText(found.firstSeenAt), timeText(found.lastSeenAt))}
        </span>
        {sender !== null && <span className="eng-code">{say.broughtBy(sender)}</span>}
      </div>
      {found.refused > 0 && <p className="problem">{say.refusedCount(found.refused)}</p>}
      <div className="eng-card-body">
        <GuessChoice
          language={language}
          guess={guess}
          profiles={profiles}
          value={profile}
          onChange={mayChange ? setProfile : undefined}
        />
        {sample && <Payload {...sample} language={language} isOpen />}
      </div>
      {device === null && <p className="hint">{say.noIdentity}</p>}
      {mayChange && device !== null && (
        <form
          className="eng-form"
          onSubmit={(event) => {
            event.preventDefault();
            adopt.run(() =>
              post(api, "/api/v1/discovered/adopt", {
                identity: device,
                profile,
                ...(label && { label }),
                ...(ownPassword && { credentials: "password" }),
              }),
            );
          }}
        >
          <NameFields language={language} value={names} onChange={setNames} />
          {sender !== null && (
            <label className="eng-check">
              <input
                type="checkbox"
                checked={ownPassword}
                onChange={(event) => setOwnPassword(event.target.checked)}
              />
              {say.ownPassword}
            </label>
          )}
          <div className="eng-actions">
            <button type="submit" className="primary" disabled={!profile || adopt.isBusy}>
              {say.adopt}
            </button>
            {sample && !sample.cut && (
              <a
                className="eng-button"
                href={hrefOf({ page: "profile", name: "" })}
                onClick={() => carry(sample.payload)}
              >
                {say.draftFromThis}
              </a>
            )}
            <button
              type="button"
              disabled={ignore.isBusy}
              onClick={() =>
                ignore.run(() =>
                  post(api, "/api/v1/discovered/ignore", {
                    identity: id,
                    ignored: !found.ignored,
                  }),
                )
              }
            >
              {found.ignored ? say.unignore : say.ignore}
            </button>
          </div>
        </form>
      )}
      <FailureNote failure={adopt.failure ?? ignore.failure} language={language} />
    </li>
  );
}
