import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import type { Language } from "../../shared/language.ts";
import { linePath, type Point, range } from "../../shared/line-path.ts";
import { floodLevel, numberText } from "../../shared/reading-text.ts";
import { timeText } from "../../shared/time-text.ts";
import { useRead } from "../use-read.ts";
import { words } from "../words.ts";

const hourMs = 3_600_000;
/** What led to it is seen, and an alarm of last week is not drawn whole. */
const before = 2 * hourMs;
const longest = 24 * hourMs;
const steps = 240;

const box = { width: 360, height: 150, left: 4, right: 4, top: 18, bottom: 20 };

interface Props {
  readonly alarm: ShownAlarm;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
}

/** How the value came to where it is, with its limit and the moment of the alarm. */
export function Trend({ alarm, language, now }: Props) {
  const say = words[language];
  const to =
    alarm.clearedAt !== null && !alarm.active ? Math.min(now, alarm.clearedAt + hourMs) : now;
  const from = Math.max(Math.min(alarm.raisedAt ?? to, to) - before, to - longest);
  const everyMs = Math.max(1000, Math.ceil((to - from) / steps / 1000) * 1000);
  const series = useRead<{ unit: string; points: readonly Point[] }>(
    () =>
      `telemetry?${new URLSearchParams({
        device: alarm.device,
        quantity: alarm.quantity,
        from: String(from),
        to: String(to),
        every: String(everyMs),
      })}`,
    30_000,
    alarm.id,
  );
  const { answer } = series;
  const bounds = answer && range(answer.points);
  if (!answer) return <p className="kenh-hint">{series.failed ? say.notRead : "…"}</p>;
  if (!bounds) return <p className="kenh-hint">{say.noTrend}</p>;
  const { limit } = alarm;
  const unit = answer.unit || alarm.unit;
  const least = Math.min(bounds.least, limit ?? bounds.least);
  const most = Math.max(bounds.most, limit ?? bounds.most);
  const spread = most - least || 1;
  const x = (ts: number) =>
    box.left + ((ts - from) / (to - from)) * (box.width - box.left - box.right);
  const y = (value: number) =>
    box.height - box.bottom - ((value - least) / spread) * (box.height - box.top - box.bottom);
  const number = (value: number) => numberText(value, unit, language);
  const label = say.trendText(number(bounds.least), number(bounds.most));
  const limitName = floodLevel(alarm.rule) ?? say.limit;
  return (
    <figure className="kenh-trend">
      <svg
        viewBox={`0 0 ${box.width} ${box.height}`}
        role="img"
        aria-label={`${say.trend}: ${label}`}
      >
        {alarm.raisedAt !== null && alarm.raisedAt >= from && (
          <path
            className="kenh-raised"
            d={`M${x(alarm.raisedAt).toFixed(1)} ${box.top}V${box.height - box.bottom}`}
          />
        )}
        {limit !== null && (
          <>
            <path
              className="kenh-limit"
              d={`M${box.left} ${y(limit).toFixed(1)}H${box.width - box.right}`}
            />
            <text x={box.left + 2} y={y(limit) - 4}>
              {limitName} {number(limit)}
            </text>
          </>
        )}
        <path className="kenh-line" d={linePath(answer.points, everyMs, x, y)} />
        <text x={box.left} y={box.height - 4}>
          {timeText(from).slice(0, 16)}
        </text>
        <text x={box.width - box.right} y={box.height - 4} textAnchor="end">
          {timeText(to).slice(0, 16)}
        </text>
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}
