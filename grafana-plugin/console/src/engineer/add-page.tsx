import { useState } from "react";
import { AddForm, type Asking, deviceOf } from "./add-form.tsx";
import { AddPreview } from "./add-preview.tsx";
import { post, useAsked, useDeed } from "./ask.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { hrefOf } from "./route.ts";
import { Secret } from "./secret.tsx";
import type { Credentials, ListedProfile } from "./shapes.ts";
import { usePreview } from "./use-preview.ts";
import { words } from "./words.ts";

interface Props extends PageProps {
  /** What the address already names; empty where it names nothing. */
  readonly identity: string;
  readonly profile: string;
}

interface Added {
  readonly identity: string;
  readonly credentials: Credentials | null;
}

/** A new device: on the left what it is, on the right what that comes to, before anything is written. */
export function AddPage({ api, language, mayChange, identity, profile }: Props) {
  const say = words[language];
  const [asking, setAsking] = useState<Asking>({
    ...{ identity, profile, vi: "", en: "", intervalS: "", criticality: "" },
    ...{ latitude: "", longitude: "", payload: "" },
    withPassword: true,
  });
  const profiles = useAsked<{ profiles: ListedProfile[] }>(api, "/api/v1/profiles");
  const device = deviceOf(asking);
  const preview = usePreview(api, mayChange ? device : null, asking.payload);
  const deed = useDeed<Added>();
  const add = () =>
    device &&
    deed.run(async () => {
      await post(api, "/api/v1/registry", { devices: [device] });
      const path = device.identity.split("/").map(encodeURIComponent).join("/");
      const credentials = asking.withPassword
        ? await post<Credentials>(api, `/api/v1/devices/${path}/password`, {})
        : null;
      return { identity: device.identity, credentials };
    });
  if (deed.done) {
    const { identity: added, credentials } = deed.done;
    return (
      <>
        <h1>{say.tabs.add}</h1>
        <div className="eng-told" role="status">
          <p>
            {say.added(added)}{" "}
            <a href={hrefOf({ page: "device", identity: added })}>{say.toDevice}</a>
          </p>
        </div>
        {credentials && (
          <Secret
            language={language}
            lines={[
              [say.username, credentials.username],
              [say.password, credentials.password],
            ]}
          />
        )}
        <button
          type="button"
          onClick={() => {
            deed.forget();
            setAsking((before) => ({ ...before, identity: "", vi: "", en: "", payload: "" }));
          }}
        >
          {say.another}
        </button>
      </>
    );
  }
  return (
    <>
      <h1>{say.tabs.add}</h1>
      <p className="hint">{say.addIntro}</p>
      <div className="eng-columns">
        <section aria-label={say.device}>
          <AddForm
            language={language}
            value={asking}
            onChange={setAsking}
            profiles={profiles.answer?.profiles ?? []}
            onSubmit={mayChange && device && !deed.isBusy ? add : undefined}
          />
          <FailureNote failure={deed.failure} language={language} />
        </section>
        <section aria-label={say.preview}>
          <h2>{say.preview}</h2>
          <FailureNote failure={preview.failure} language={language} />
          {!device && <p className="hint">{say.previewHint}</p>}
          {preview.answer && <AddPreview language={language} preview={preview.answer} />}
        </section>
      </div>
    </>
  );
}
