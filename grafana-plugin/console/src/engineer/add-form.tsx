import { type ReactNode, useId } from "react";
import { words as panelWords } from "../../../src/alarms-panel/words.ts";
import type { Language } from "../../../src/shared/language.ts";
import { labelOf, NameFields } from "./name-fields.tsx";
import { ProfileChoice } from "./profile-choice.tsx";
import type { ListedProfile, NewDevice } from "./shapes.ts";
import { words } from "./words.ts";

/** What stands in the form, as it was typed. */
export interface Asking {
  readonly identity: string;
  readonly profile: string;
  readonly vi: string;
  readonly en: string;
  readonly intervalS: string;
  readonly criticality: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly payload: string;
  readonly withPassword: boolean;
}

const identityPattern = /^[a-z0-9][a-z0-9_-]{0,31}(\/[a-z0-9][a-z0-9_-]{0,31}){3}$/;

/** The device that the form describes; null while identity or profile are not there yet. */
export function deviceOf(asking: Asking): NewDevice | null {
  const identity = asking.identity.trim();
  if (!identityPattern.test(identity) || !asking.profile) return null;
  const label = labelOf(asking);
  const seconds = Number(asking.intervalS);
  const criticality = Number(asking.criticality);
  const position = asking.latitude !== "" &&
    asking.longitude !== "" && {
      latitude: Number(asking.latitude),
      longitude: Number(asking.longitude),
    };
  return {
    identity,
    profile: asking.profile,
    ...(label && { label }),
    ...(seconds > 0 && { intervalMs: Math.round(seconds * 1000) }),
    ...(position && { position }),
    ...(criticality > 0 && { criticality: criticality as 1 | 2 | 3 | 4 }),
  };
}

interface Props {
  readonly language: Language;
  readonly value: Asking;
  readonly onChange: (asking: Asking) => void;
  readonly profiles: readonly ListedProfile[];
  /** Absent while there is nothing to register, or for whoever may only look. */
  readonly onSubmit: (() => void) | undefined;
}

/** What a new device is. */
export function AddForm({ language, value, onChange, profiles, onSubmit }: Props) {
  const say = words[language];
  const set = (change: Partial<Asking>) => onChange({ ...value, ...change });
  const isWrong = value.identity !== "" && !identityPattern.test(value.identity.trim());
  return (
    <form
      className="eng-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
    >
      <Field label={say.identity} hint={say.identityHint} isWide>
        {(ids) => (
          <input
            {...ids}
            className="eng-code"
            required
            autoComplete="off"
            spellCheck={false}
            aria-invalid={isWrong}
            value={value.identity}
            onChange={(event) => set({ identity: event.target.value })}
          />
        )}
      </Field>
      <ProfileChoice
        language={language}
        profiles={profiles}
        value={value.profile}
        onChange={(profile) => set({ profile })}
      />
      <NameFields language={language} value={value} onChange={set} />
      <Field label={say.interval} hint={say.optional}>
        {(ids) => (
          <input
            {...ids}
            type="number"
            min="1"
            value={value.intervalS}
            onChange={(event) => set({ intervalS: event.target.value })}
          />
        )}
      </Field>
      <Field label={say.criticality} hint={say.optional}>
        {(ids) => (
          <select
            {...ids}
            value={value.criticality}
            onChange={(event) => set({ criticality: event.target.value })}
          >
            <option value="">–</option>
            {([1, 2, 3, 4] as const).map((each) => (
              <option key={each} value={each}>
                {each} · {panelWords[language].priorities[each]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {(["latitude", "longitude"] as const).map((each) => (
        <Field key={each} label={say[each]} hint={say.optional}>
          {(ids) => (
            <input
              {...ids}
              type="number"
              step="any"
              min={each === "latitude" ? -90 : -180}
              max={each === "latitude" ? 90 : 180}
              value={value[each]}
              onChange={(event) => set({ [each]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <Field label={say.testPayload} hint={say.testPayloadHint} isWide>
        {(ids) => (
          <textarea
            {...ids}
            className="eng-code"
            rows={5}
            spellCheck={false}
            dir="ltr"
            value={value.payload}
            onChange={(event) => set({ payload: event.target.value })}
          />
        )}
      </Field>
      <label className="eng-check">
        <input
          type="checkbox"
          checked={value.withPassword}
          onChange={(event) => set({ withPassword: event.target.checked })}
        />
        {say.withPassword}
      </label>
      <div className="eng-actions">
        <button type="submit" className="primary" disabled={!onSubmit}>
          {say.addDevice}
        </button>
      </div>
    </form>
  );
}

function Field(props: {
  label: string;
  hint: string;
  isWide?: boolean;
  children: (ids: { id: string; "aria-describedby": string }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="eng-field" data-wide={props.isWide}>
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": `${id}hint` })}
      <small id={`${id}hint`} className="hint">
        {props.hint}
      </small>
    </div>
  );
}
