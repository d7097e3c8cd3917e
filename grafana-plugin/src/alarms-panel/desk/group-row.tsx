import { memo } from "react";
import type { Language } from "../../shared/language.ts";
import { timeText } from "../../shared/time-text.ts";
import { messageText, siteText } from "../alarm-text.ts";
import type { GroupItem } from "../items.ts";
import { PriorityMark } from "../priority-mark.tsx";
import { words } from "../words.ts";
import type { RowHandlers } from "./row.tsx";

interface Props extends Pick<RowHandlers, "onSelect" | "onExpand"> {
  readonly item: GroupItem;
  readonly language: Language;
  readonly index: number;
  readonly count: number;
  readonly top: number;
  readonly selected: boolean;
}

/** A site that stands for its alarms during a flood: how many, how bad, and which came first. */
export const GroupRow = memo(function GroupRow(props: Props) {
  const { item, language } = props;
  const say = words[language];
  const tabIndex = props.selected ? 0 : -1;
  return (
    <li
      className="kenh-row kenh-group"
      data-id={item.key}
      data-priority={item.highest}
      aria-setsize={props.count}
      aria-posinset={props.index + 1}
      aria-current={props.selected}
      tabIndex={tabIndex}
      style={{ top: props.top }}
      onFocus={() => props.onSelect(item.key)}
    >
      <PriorityMark
        priority={item.highest}
        filled={item.unacknowledged > 0}
        word={say.priorities[item.highest]}
      />
      <p className="kenh-message">
        <bdi>{siteText(item.first, language)}</bdi>
      </p>
      <p className="kenh-reading">
        <b>{say.groupCount(item.below)}</b>
      </p>
      <p className="kenh-state">
        {item.unacknowledged} {say.kpis.unacknowledged}
      </p>
      <p className="kenh-where">
        <span className="kenh-chip">{say.firstOut}</span>
        <bdi>{messageText(item.first, language)}</bdi>
      </p>
      <p className="kenh-when">
        {item.first.raisedAt !== null && <time>{timeText(item.first.raisedAt)}</time>}
      </p>
      <div className="kenh-act">
        <button
          type="button"
          tabIndex={tabIndex}
          aria-expanded={item.expanded}
          aria-label={`${siteText(item.first, language)}: ${say.groupCount(item.below)}`}
          onClick={() => props.onExpand(item.key)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={item.expanded ? "M3 6l5 5 5-5" : "M6 3l5 5-5 5"} />
          </svg>
        </button>
      </div>
    </li>
  );
});
