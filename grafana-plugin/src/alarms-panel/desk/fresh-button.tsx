import type { Language } from "../../shared/language.ts";
import type { Item } from "../items.ts";
import { words } from "../words.ts";

/** Tells of lines that came while the list was held, and lets them in. */
export function FreshButton(props: {
  fresh: readonly Item[];
  language: Language;
  onShow: () => void;
}) {
  const { fresh, language } = props;
  const say = words[language];
  if (fresh.length === 0) return null;
  const critical = fresh.filter(
    (item) => item.kind === "alarm" && item.alarm.priority === 1,
  ).length;
  return (
    <button
      type="button"
      className="kenh-fresh"
      data-critical={critical > 0}
      onClick={props.onShow}
    >
      {critical > 0 ? say.freshCritical(critical) : say.fresh(fresh.length)} <kbd>N</kbd>
    </button>
  );
}
