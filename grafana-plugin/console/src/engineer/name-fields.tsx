import type { Text } from "@kenh/schemas";
import { useId } from "react";
import type { Language } from "../../../src/shared/language.ts";
import { words } from "./words.ts";

/** What people are to call a device; empty where nobody has said. */
export interface Names {
  readonly vi: string;
  readonly en: string;
}

/** The label of these names: one that is missing is as the other; undefined where both are. */
export function labelOf({ vi, en }: Names): Text | undefined {
  const [inVi, inEn] = [vi.trim(), en.trim()];
  return inVi || inEn ? { vi: inVi || inEn, en: inEn || inVi } : undefined;
}

interface Props {
  readonly language: Language;
  readonly value: Names;
  readonly onChange: (names: Names) => void;
}

/** The name in both languages. */
export function NameFields({ language, value, onChange }: Props) {
  const say = words[language];
  const id = useId();
  return (["vi", "en"] as const).map((each) => (
    <div key={each} className="eng-field">
      <label htmlFor={id + each}>{each === "vi" ? say.nameVi : say.nameEn}</label>
      <input
        id={id + each}
        value={value[each]}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => onChange({ ...value, [each]: event.target.value })}
      />
    </div>
  ));
}
