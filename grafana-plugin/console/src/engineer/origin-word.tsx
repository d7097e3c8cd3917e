import type { Language } from "../../../src/shared/language.ts";
import type { ListedProfile } from "./shapes.ts";
import { words } from "./words.ts";

interface Props {
  readonly origin: ListedProfile["origin"];
  readonly language: Language;
}

/** Who has said it, and whose it goes before; its file and what differs there for whoever points at it. */
export function OriginWord({ origin, language }: Props) {
  const say = words[language];
  const { layer, file, overrides, differs } = origin;
  return (
    <span title={[file, ...differs].join("\n")}>
      {say.layers[layer]}
      {overrides && <small className="hint">{say.insteadOf(say.layers[overrides])}</small>}
    </span>
  );
}
