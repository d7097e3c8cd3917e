import { useState } from "react";
import type { ShownAlarm } from "../../shared/alarm-frame.ts";
import { type Language, locales } from "../../shared/language.ts";
import { ageText } from "../../shared/time-text.ts";
import { useRead } from "../use-read.ts";
import { words } from "../words.ts";
import { type AnswerTime, type KpiGroups, KpiTables } from "./kpi-tables.tsx";

const dayMs = 86_400_000;
/** The figures of a day move slowly, and cost the station more than a list. */
const everyMs = 60_000;
const recentMs = 10 * 60_000;

/** What the panel shows of `GET /api/v1/alarms/kpis`. */
interface Kpis extends KpiGroups {
  readonly alarms: number;
  readonly per10Min: { readonly most: number };
  readonly floodShare: number;
  readonly toAcknowledge: AnswerTime;
  readonly top: readonly { device: string; rule: string; count: number; share: number }[];
}

interface Props {
  readonly alarms: readonly ShownAlarm[];
  readonly unit: string;
  readonly language: Language;
  /** Milliseconds UTC by the station's clock. */
  readonly now: number;
}

/** How the alarms are doing: what came in ten minutes and in a day, and how fast it was answered. */
export function KpiStrip({ alarms, unit, language, now }: Props) {
  const say = words[language].kpis;
  const [open, setOpen] = useState<"sources" | "groups">();
  const toggle = (wanted: typeof open) => setOpen(open === wanted ? undefined : wanted);
  const { answer } = useRead<Kpis>(
    () => {
      const query = new URLSearchParams({ from: String(now - dayMs), to: String(now) });
      if (unit) query.set("unit", unit);
      return `alarms/kpis?${query}`;
    },
    everyMs,
    unit,
  );
  const recent = alarms.filter(({ raisedAt }) => raisedAt !== null && now - raisedAt < recentMs);
  const percent = new Intl.NumberFormat(locales[language], {
    style: "percent",
    maximumFractionDigits: 1,
  });
  const median = answer?.toAcknowledge.medianMs;
  const names = new Map(alarms.map((alarm) => [`${alarm.device} ${alarm.rule}`, alarm]));
  const figures: [value: string | number | null | undefined, name: string][] = [
    [recent.length, say.recent],
    [answer?.alarms, say.day],
    [answer?.per10Min.most, say.most],
    [answer && percent.format(answer.floodShare), say.flood],
    [median === null || median === undefined ? null : ageText(median, language), say.toAcknowledge],
  ];
  return (
    <div className="kenh-kpis">
      <dl aria-label={say.title}>
        {figures.map(
          ([value, name]) =>
            value !== null &&
            value !== undefined && (
              <div key={name}>
                <dd>{value}</dd>
                <dt>{name}</dt>
              </div>
            ),
        )}
      </dl>
      {answer && answer.top.length > 0 && (
        <button type="button" aria-expanded={open === "sources"} onClick={() => toggle("sources")}>
          {say.sources}
        </button>
      )}
      {answer && answer.units.length > 0 && (
        <button type="button" aria-expanded={open === "groups"} onClick={() => toggle("groups")}>
          {say.groups}
        </button>
      )}
      {answer && open === "groups" && <KpiTables groups={answer} language={language} />}
      {answer && open === "sources" && (
        <ol className="kenh-sources" aria-label={say.sources}>
          {answer.top.map(({ device, rule, count, share }) => {
            const alarm = names.get(`${device} ${rule}`);
            return (
              <li key={`${device} ${rule}`}>
                <b>{count}</b>
                <span>{percent.format(share)}</span>
                <bdi>{alarm?.deviceLabel?.[language] || device}</bdi>
                <bdi>{alarm?.message[language] || rule}</bdi>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
