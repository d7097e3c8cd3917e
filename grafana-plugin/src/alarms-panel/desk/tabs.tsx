import type { KeyboardEvent } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { isIn, type View, views } from "../states.ts";
import { words } from "../words.ts";

interface Props {
  readonly alarms: readonly ShownAlarm[];
  readonly view: View;
  readonly language: Language;
  readonly onView: (view: View) => void;
}

/** The lists with their counts; none disappears, so that none jumps. */
export function Tabs({ alarms, view, language, onView }: Props) {
  const say = words[language];
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = nextView(view, step);
    onView(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-view="${next}"]`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="kenh-tabs" role="tablist" aria-label={say.viewList} onKeyDown={onKeyDown}>
      {views.map((one) => {
        const count = alarms.filter((alarm) => isIn(one, alarm)).length;
        return (
          <button
            key={one}
            type="button"
            role="tab"
            data-view={one}
            data-any={count > 0}
            aria-selected={one === view}
            tabIndex={one === view ? 0 : -1}
            onClick={() => onView(one)}
          >
            {say.views[one]} <b>{count}</b>
          </button>
        );
      })}
    </div>
  );
}

/** The view `step` further, round about. */
export function nextView(view: View, step: number): View {
  return views[(views.indexOf(view) + step + views.length) % views.length] as View;
}
