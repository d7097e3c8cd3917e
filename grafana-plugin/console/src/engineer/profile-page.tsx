import type { Quantity } from "@kenh/schemas";
import { useEffect, useMemo, useRef, useState } from "react";
import { post, useAsked, useDeed } from "./ask.ts";
import { keepWork, takeCarried, workOn } from "./carried.ts";
import { type Drafted, draftFrom, withSample } from "./drafting.ts";
import type { PageProps } from "./engineer.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Faults } from "./faults.tsx";
import { ReadingsPane } from "./readings-pane.tsx";
import { hrefOf } from "./route.ts";
import { SamplePane } from "./sample-pane.tsx";
import type { ListedProfile, ProfileText } from "./shapes.ts";
import { useCheck } from "./use-check.ts";
import { words } from "./words.ts";
import { YamlEditor, type YamlPlace } from "./yaml-editor.tsx";

/** The editor of one profile, once its text is there; a new one begins empty. */
export function ProfilePage({ name, ...props }: PageProps & { name: string }) {
  const { api, language } = props;
  const path = name ? `/api/v1/profiles/${encodeURIComponent(name)}` : null;
  const { answer, failure, again } = useAsked<ProfileText>(api, path);
  if (path && !answer) {
    return <FailureNote failure={failure} language={language} onAgain={again} />;
  }
  return <Editor {...props} stored={answer} />;
}

interface Props extends PageProps {
  readonly stored: ProfileText | null;
}

/** The profile, the sample beside it, and beside that what the one makes of the other. */
function Editor({ api, language, mayChange, stored }: Props) {
  const say = words[language];
  const name = stored?.name ?? "";
  const [kept] = useState(() => workOn(name));
  const [text, setText] = useState(kept ? kept.text : stored);
  const [yaml, setYaml] = useState(kept?.yaml ?? stored?.yaml ?? "");
  const [sample, setSample] = useState(() => takeCarried() || (kept?.sample ?? ""));
  const isShown = useRef(sample !== "");
  const [drafted, setDrafted] = useState<Drafted | null>(null);
  const [before, setBefore] = useState<string | null>(null);
  const place = useRef<YamlPlace>(null);
  const known = useAsked<{ quantities: Quantity[] }>(api, "/api/v1/quantities");
  const listed = useAsked<{
    profiles: ListedProfile[];
    classes: Record<string, string[]>;
  }>(api, "/api/v1/profiles");
  const quantities = useMemo(
    () => new Map(known.answer?.quantities.map((one) => [one.name, one])),
    [known.answer],
  );
  const { check, says, failure } = useCheck(api, yaml, sample, mayChange);
  const save = useDeed<ProfileText>((saved) => {
    setText(saved);
    // The address names it from now on, and the page stays as it is.
    history.replaceState(null, "", hrefOf({ page: "profile", name: saved.name }));
  });
  const reload = useDeed<ProfileText>((theirs) => {
    setText(theirs);
    setBefore(yaml);
    setYaml(theirs.yaml);
    save.forget();
  });
  const drafting = useDeed<Drafted>((done) => {
    setBefore(yaml);
    setYaml(done.yaml);
    setDrafted(done);
  });
  const isChanged = yaml !== (text?.yaml ?? "");
  useUnsaved(isChanged);
  useEffect(
    () => keepWork(name, isChanged ? { text, yaml, sample } : undefined),
    [name, isChanged, text, yaml, sample],
  );
  const samples = check?.samples ?? [];
  const first = samples[0];
  useEffect(() => {
    // A profile that has samples shows the first one, once.
    if (!first || isShown.current) return;
    isShown.current = true;
    setSample(JSON.stringify(first.says, null, 2));
  }, [first]);
  const uses = listed.answer?.profiles.find((one) => one.name === text?.name)?.devices ?? 0;
  const faulty = new Set(check?.faults.map(({ line }) => line));
  return (
    <>
      <div className="eng-head">
        <h1>{text ? say.profileNamed(text.name) : say.newProfile}</h1>
        {text && (
          <span className="hint" title={text.file}>
            {say.layers[text.layer]}
            {!text.own && `, ${say.inheritedProfile}`}
          </span>
        )}
        <span className="hint">{say.usedBy(uses)}</span>
        {mayChange && (
          <>
            <span className={isChanged ? "eng-warn" : "eng-good"} role="status">
              {isChanged ? say.unsaved : text && say.saved}
            </span>
            <button
              type="button"
              className="primary"
              disabled={!isChanged || save.isBusy || !check || check.faults.length > 0}
              onClick={() =>
                save.run(() =>
                  post(api, "/api/v1/profiles", { yaml, version: text?.version ?? null }),
                )
              }
            >
              {say.save}
            </button>
          </>
        )}
      </div>
      <FailureNote failure={save.failure} language={language} />
      {save.failure?.status === 409 && (
        <button
          type="button"
          disabled={reload.isBusy}
          onClick={() =>
            reload.run(() =>
              api.get(`/api/v1/profiles/${encodeURIComponent(text?.name ?? nameIn(yaml))}`),
            )
          }
        >
          {say.reload}
        </button>
      )}
      <FailureNote failure={reload.failure ?? failure} language={language} />
      <div className="eng-editor">
        <section aria-label={say.profileText}>
          <h2>{say.profileText}</h2>
          <YamlEditor
            ref={place}
            label={say.profileText}
            value={yaml}
            onChange={setYaml}
            faulty={faulty}
            readOnly={!mayChange}
            describedBy="eng-faults"
          />
          {before !== null && (
            <button
              type="button"
              onClick={() => {
                setYaml(before);
                setBefore(null);
                setDrafted(null);
              }}
            >
              {say.undoDraft}
            </button>
          )}
          {mayChange && yaml.trim() !== "" && !failure && (
            <Faults
              id="eng-faults"
              faults={check?.faults ?? null}
              language={language}
              onLine={(line) => place.current?.goTo(line)}
            />
          )}
        </section>
        <SamplePane
          language={language}
          value={sample}
          onChange={setSample}
          samples={samples}
          drafted={drafted}
          drafting={drafting}
          onDraft={
            mayChange && known.answer && listed.answer
              ? () =>
                  drafting.run(() =>
                    draftFrom(sample, {
                      name: text?.name ?? "mau-moi",
                      quantities,
                      classes: listed.answer?.classes ?? {},
                    }),
                  )
              : undefined
          }
        />
        <section aria-label={say.readings}>
          <h2>{say.readings}</h2>
          {mayChange ? (
            yaml.trim() !== "" && !failure ? (
              <ReadingsPane check={check} quantities={quantities} language={language} />
            ) : (
              <p className="hint">{say.noReadings}</p>
            )
          ) : (
            <p className="hint">{say.engineersCheck}</p>
          )}
          {mayChange && check?.readings && Object.keys(check.readings).length > 0 && (
            <button
              type="button"
              onClick={() => {
                setBefore(yaml);
                setYaml(
                  withSample(yaml, say.sampleName(samples.length + 1), says, check.readings ?? {}),
                );
              }}
            >
              {say.addSample}
            </button>
          )}
        </section>
      </div>
    </>
  );
}

/** The name that the text gives its profile. */
const nameIn = (yaml: string): string => /^name:\s*["']?([\w-]+)/m.exec(yaml)?.[1] ?? "";

/** The browser asks before a page with unsaved work is left. */
function useUnsaved(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isChanged]);
}
