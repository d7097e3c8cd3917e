import type { PointerEventHandler } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { ageText, countdownText } from "../../shared/time-text.ts";
import { messageText } from "../alarm-text.ts";
import type { Item } from "../items.ts";
import { offeredCalls, type Rights } from "../states.ts";
import type { Actions } from "../use-actions.ts";
import type { RowWindow } from "../use-window.ts";
import { words } from "../words.ts";
import { GroupRow } from "./group-row.tsx";
import { AlarmRow, type RowHandlers } from "./row.tsx";

interface Props {
  readonly items: readonly Item[];
  readonly gone: ReadonlySet<string>;
  readonly byId: ReadonlyMap<string, ShownAlarm>;
  readonly view: RowWindow;
  readonly selectedKey: string | undefined;
  readonly checked: ReadonlySet<string>;
  readonly rights: Rights;
  readonly actions: Actions;
  readonly handlers: RowHandlers;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
  readonly onPointer: PointerEventHandler;
}

/** The rows in sight, each in its place; the selected one too, wherever it is, or it would lose the focus. */
export function Rows(props: Props) {
  const { items, view, selectedKey, language, now } = props;
  const say = words[language];
  const shown = items
    .slice(view.first, view.end)
    .map((item, at) => ({ item, index: view.first + at }));
  const selectedAt = items.findIndex(({ key }) => key === selectedKey);
  const selected = items[selectedAt];
  if (selected && (selectedAt < view.first || selectedAt >= view.end)) {
    shown.push({ item: selected, index: selectedAt });
  }
  return (
    <div
      ref={view.scroller}
      className="kenh-scroll"
      onScroll={view.onScroll}
      onPointerMove={props.onPointer}
      onPointerDown={props.onPointer}
    >
      <ul aria-label={say.title} style={{ height: items.length * view.rowPx }}>
        {shown.map(({ item, index }) => {
          const place = {
            language,
            index,
            count: items.length,
            top: index * view.rowPx,
            selected: selected ? item === selected : index === 0,
            onSelect: props.handlers.onSelect,
            onExpand: props.handlers.onExpand,
          };
          if (item.kind === "group") return <GroupRow key={item.key} item={item} {...place} />;
          const { alarm } = item;
          const { sending, refusal } = props.actions;
          return (
            <AlarmRow
              key={item.key}
              line={item.key}
              alarm={alarm}
              below={item.below}
              expanded={item.expanded}
              nested={item.nested}
              firstOut={item.firstOut}
              {...place}
              {...props.handlers}
              age={timeLeftOrGone(alarm, now, language)}
              because={becauseText(alarm, props.byId, language)}
              checked={props.checked.has(item.key)}
              checkable={props.rights.operate || props.rights.maintain}
              gone={props.gone.has(item.key)}
              sending={sending(alarm)}
              refusal={refusal(alarm)}
              offered={firstOffered(alarm, props.rights)}
            />
          );
        })}
      </ul>
    </div>
  );
}

/** "12 phút trước", or what is left of a shelving: "còn 7:59:10". */
function timeLeftOrGone(alarm: ShownAlarm, now: number, language: Language): string {
  const say = words[language];
  if (alarm.shelvedUntil !== null) return say.remaining(countdownText(alarm.shelvedUntil - now));
  return alarm.raisedAt === null ? "" : say.ago(ageText(now - alarm.raisedAt, language));
}

/** "Do: Mất điện lưới", for what another alarm explains. */
export function becauseText(
  alarm: ShownAlarm,
  byId: ReadonlyMap<string, ShownAlarm>,
  language: Language,
): string {
  const cause = alarm.suppressedBy === null ? undefined : byId.get(alarm.suppressedBy);
  return cause ? words[language].explainedBy(messageText(cause, language)) : "";
}

/** A row has room for one button; what needs a reason first is a key or a page away. */
function firstOffered(alarm: ShownAlarm, rights: Rights) {
  return offeredCalls(alarm, rights).find(
    (kind) => kind === "acknowledge" || kind === "unshelve" || kind === "return-to-service",
  );
}
