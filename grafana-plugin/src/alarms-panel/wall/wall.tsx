import { useMemo, useRef } from "react";
import type { Language } from "../../shared/language.ts";
import { ageText, clockText, countdownText, timeText } from "../../shared/time-text.ts";
import { messageText, readingText, siteText } from "../alarm-text.ts";
import { Banners } from "../banners.tsx";
import { ReadingText } from "../desk/row.tsx";
import { priorities } from "../desk/toolbar.tsx";
import { explained, type Item, layOut } from "../items.ts";
import { order } from "../order.ts";
import { Place } from "../place.tsx";
import { PriorityMark, PriorityShape } from "../priority-mark.tsx";
import type { Shown } from "../shown.ts";
import { isIn, isUnacknowledged } from "../states.ts";
import type { Sound } from "../use-sound.ts";
import { useRoom } from "../use-window.ts";
import { words } from "../words.ts";
import { pageOf, shiftAt } from "./paging.ts";

/** Height of a row with its gap, in the font size of the wall; in the style sheet too. */
const rowEm = 4.45;
/** A row that is wider than this has a hole in its middle: a wall of several screens has columns. */
const columnEm = 64;
/** How far the picture wanders: a few pixels of a large wall, unseen from a chair. */
const reachShare = 0.004;
const minuteMs = 60_000;

interface Props extends Shown {
  readonly pageS: number;
  readonly height: number;
}

/** The panel for a wall that nobody touches: large, paged by itself, the first priority always there. */
export function Wall(props: Props) {
  const { alarms, freshness, now, language, flood, height } = props;
  const say = words[language];
  const stationNow = now + (freshness.skewMs ?? 0);
  const inService = useMemo(() => alarms.filter((alarm) => isIn("service", alarm)), [alarms]);
  const items = useMemo(
    () =>
      layOut(order(inService, "priority"), {
        under: explained(alarms),
        expanded: new Set(),
        flood: flood !== null,
      }),
    [alarms, inService, flood],
  );
  const body = useRef<HTMLDivElement>(null);
  const [room] = useRoom(body);
  const columns = Math.max(1, Math.floor(room.width / (columnEm * room.fontPx)));
  const places = columns * Math.max(1, Math.floor(room.height / (rowEm * room.fontPx)));
  const turn = Math.floor(now / (props.pageS * 1000));
  const { pinned, rows, page, pages } = pageOf(items, places, turn);
  const shift = shiftAt(Math.floor(now / minuteMs), Math.ceil(height * reachShare));
  const aside = (["shelved", "suppressed", "out-of-service"] as const).flatMap((view) => {
    const count = alarms.filter((alarm) => isIn(view, alarm)).length;
    return count > 0 ? [`${say.views[view]} ${count}`] : [];
  });
  return (
    <div className="kenh-wall" style={{ transform: `translate(${shift.x}px, ${shift.y}px)` }}>
      <header className="kenh-wall-top">
        <div className="kenh-priorities">
          {priorities.map((one) => {
            const found = inService.filter(({ priority }) => priority === one);
            return (
              <p key={one} data-priority={one} data-any={found.length > 0}>
                <PriorityShape priority={one} filled={found.some(isUnacknowledged)} />
                <b>{found.length}</b>
                <span>{say.priorities[one]}</span>
              </p>
            );
          })}
        </div>
        <time className="kenh-clock">{timeText(stationNow)}</time>
      </header>
      <Banners {...props} />
      <div ref={body} className="kenh-wall-body">
        {items.length > 0 ? (
          <ul
            aria-label={say.title}
            style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {[...pinned, ...rows].map((item) => (
              <WallRow key={item.key} item={item} language={language} now={stationNow} />
            ))}
          </ul>
        ) : (
          freshness.heardAt !== null && (
            <div className="kenh-empty">
              <p>{say.empty}</p>
              <p>{say.asOf(clockText(freshness.heardAt))}</p>
            </div>
          )
        )}
      </div>
      <footer className="kenh-wall-foot">
        <span>{aside.join(" · ")}</span>
        <span>{soundText(props.sound, now, language)}</span>
        {pages > 1 && <b>{say.page(page, pages)}</b>}
      </footer>
    </div>
  );
}

function WallRow({ item, language, now }: { item: Item; language: Language; now: number }) {
  const say = words[language];
  if (item.kind === "group") {
    const { first } = item;
    return (
      <li className="kenh-wall-row" data-priority={item.highest}>
        <PriorityMark
          priority={item.highest}
          filled={item.unacknowledged > 0}
          word={say.priorities[item.highest]}
        />
        <p className="kenh-message">
          <bdi>{siteText(first, language)}</bdi>
        </p>
        <p className="kenh-where">
          {say.firstOut}: <bdi>{messageText(first, language)}</bdi>
        </p>
        <p className="kenh-reading">{say.groupCount(item.below)}</p>
        <p className="kenh-state">
          {item.unacknowledged} {say.kpis.unacknowledged}
        </p>
        <When at={first.raisedAt} now={now} language={language} />
      </li>
    );
  }
  const { alarm } = item;
  const reading = readingText(alarm, language);
  return (
    <li
      className="kenh-wall-row"
      data-id={alarm.id}
      data-priority={alarm.priority}
      data-state={alarm.state}
      data-plain={reading === ""}
    >
      <PriorityMark
        priority={alarm.priority}
        filled={isUnacknowledged(alarm)}
        word={say.priorities[alarm.priority]}
      />
      <p className="kenh-message">
        <bdi>{messageText(alarm, language)}</bdi>
      </p>
      <p className="kenh-where">
        <Place alarm={alarm} language={language} />
      </p>
      {reading && (
        <p className="kenh-reading">
          <ReadingText text={reading} />
        </p>
      )}
      <p className="kenh-state">
        {say.states[alarm.state]}
        {alarm.chattering && <span className="kenh-chip">{say.chattering}</span>}
        {alarm.stale && <span className="kenh-chip">{say.stale}</span>}
        {item.below > 0 && <span className="kenh-chip">{say.explains(item.below)}</span>}
      </p>
      <When at={alarm.raisedAt} now={now} language={language} />
    </li>
  );
}

function When(props: { at: number | null; now: number; language: Language }) {
  const { at, now, language } = props;
  if (at === null) return null;
  return (
    <p className="kenh-when">
      <time>{timeText(at)}</time>
      {" · "}
      {words[language].ago(ageText(now - at, language))}
    </p>
  );
}

function soundText(sound: Sound, now: number, language: Language): string {
  const say = words[language].sound;
  if (sound.state === "on") return say.shortOn;
  if (sound.state === "muted")
    return say.shortMuted(countdownText((sound.mutedUntil ?? now) - now));
  return say.shortOff;
}
