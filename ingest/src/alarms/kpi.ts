import type { AlarmTransition, Identity } from "@kenh/schemas";
import { floodLimits, unitOf } from "./flood.ts";
import { chatteredAt, isAnnounced, markLimits } from "./marks.ts";

/** A transition as the book has it. */
export interface KpiLine {
  readonly alarm: string;
  readonly device: Identity;
  readonly rule: string;
  readonly line: AlarmTransition;
}

/** From the announcement to the acknowledgement, in milliseconds; null where nothing was acknowledged. */
export interface AnswerTime {
  readonly count: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
}

/** What an operator had to take (EEMUA 191, ISA-18.2 clause 16). */
export interface Load {
  /** Alarms announced. */
  readonly alarms: number;
  readonly per10Min: { readonly mean: number; readonly most: number };
  /** Share of the ten minutes of the period in which more were announced than an operator can take. */
  readonly floodShare: number;
  readonly toAcknowledge: AnswerTime;
}

/** How well the alarms of a period served their operators. */
export interface Kpis extends Load {
  readonly from: number;
  readonly to: number;
  /** The ten sources that were announced most. */
  readonly top: readonly { device: Identity; rule: string; count: number; share: number }[];
  readonly chattering: readonly { device: Identity; rule: string; alarm: string }[];
  /** Alarms that had been active for more than a day at the end of the period. */
  readonly stale: readonly { device: Identity; rule: string; alarm: string; since: number }[];
  readonly units: readonly (Load & { readonly unit: string })[];
  readonly operators: readonly (AnswerTime & { readonly actor: string })[];
}

const topSources = 10;

interface Answer {
  readonly unit: string;
  readonly actor: string | null;
  readonly ms: number;
}

/**
 * The key figures of `from` to `to`. Pure.
 * @param lines all transitions of the period and, for alarms that began before it, the earlier ones, in order
 */
export function kpisOf(lines: readonly KpiLine[], from: number, to: number): Kpis {
  const announced: { unit: string; at: number }[] = [];
  const answers: Answer[] = [];
  const sources = new Map<string, { device: Identity; rule: string; count: number }>();
  const histories = new Map<string, KpiLine[]>();
  const waiting = new Map<string, number>();
  for (const entry of lines) {
    const { alarm, device, rule, line } = entry;
    const history = histories.get(alarm);
    if (history) history.push(entry);
    else histories.set(alarm, [entry]);
    const unit = unitOf(device);
    if (isAnnounced(line)) {
      waiting.set(alarm, line.at);
      if (line.at < from || line.at >= to) continue;
      announced.push({ unit, at: line.at });
      const key = `${device} ${rule}`;
      const source = sources.get(key) ?? { device, rule, count: 0 };
      source.count += 1;
      sources.set(key, source);
    } else if (line.event === "acknowledge") {
      const since = waiting.get(alarm);
      waiting.delete(alarm);
      if (since === undefined || line.at < from || line.at >= to) continue;
      answers.push({ unit, actor: line.actor, ms: Math.max(0, line.at - since) });
    }
  }
  const units = [...new Set([...announced, ...answers].map(({ unit }) => unit))].sort();
  const operators = [...new Set(answers.map(({ actor }) => actor))].filter(
    (actor) => actor !== null,
  );
  return {
    from,
    to,
    ...loadOf(announced, answers, from, to),
    top: [...sources.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, topSources)
      .map((source) => ({ ...source, share: source.count / announced.length })),
    ...nuisancesOf(histories, from, to),
    units: units.map((name) => {
      const ofUnit = ({ unit }: { unit: string }): boolean => unit === name;
      return {
        unit: name,
        ...loadOf(announced.filter(ofUnit), answers.filter(ofUnit), from, to),
      };
    }),
    operators: operators.sort().map((name) => ({
      actor: name,
      ...answerTime(answers.filter(({ actor }) => actor === name)),
    })),
  };
}

function loadOf(
  announced: readonly { at: number }[],
  answers: readonly Answer[],
  from: number,
  to: number,
): Load {
  const { windowMs, beginsBeyond } = floodLimits;
  const slots = new Map<number, number>();
  for (const { at } of announced) {
    const slot = Math.floor((at - from) / windowMs);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  const all = Math.max(1, Math.ceil((to - from) / windowMs));
  const counts = [...slots.values()];
  return {
    alarms: announced.length,
    per10Min: { mean: announced.length / all, most: Math.max(0, ...counts) },
    floodShare: counts.filter((count) => count > beginsBeyond).length / all,
    toAcknowledge: answerTime(answers),
  };
}

function nuisancesOf(
  histories: ReadonlyMap<string, readonly KpiLine[]>,
  from: number,
  to: number,
): Pick<Kpis, "chattering" | "stale"> {
  const chattering: { device: Identity; rule: string; alarm: string }[] = [];
  const stale: { device: Identity; rule: string; alarm: string; since: number }[] = [];
  for (const [alarm, history] of histories) {
    const [first] = history;
    if (!first) continue;
    const { device, rule } = first;
    const lines = history.map(({ line }) => line).filter(({ at }) => at < to);
    const chattered = chatteredAt(lines.filter(({ at }) => at >= from));
    if (chattered !== null) chattering.push({ device, rule, alarm });
    const turn = lines.findLast(({ event }) => event === "raise" || event === "clear");
    if (turn?.event === "raise" && to - turn.at > markLimits.staleMs) {
      stale.push({ device, rule, alarm, since: turn.at });
    }
  }
  return { chattering, stale };
}

function answerTime(answers: readonly Answer[]): AnswerTime {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number | null =>
    times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? null;
  return { count: times.length, medianMs: at(0.5), p90Ms: at(0.9) };
}
