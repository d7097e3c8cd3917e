import { createHash } from "node:crypto";
import {
  type Alarm,
  type AlarmRule,
  type Identity,
  levelsOf,
  limitOf,
  quantityOf,
} from "@kenh/schemas";
import type { RegisteredDevice } from "../registry.ts";
import type { Point } from "../stores/store.ts";
import type { FedMessage } from "./alarms.ts";
import type { EvaluationRow } from "./book.ts";
import { type Crossing, evaluate, unevaluated } from "./evaluate.ts";
import { onCrossing } from "./operate.ts";
import type { Watch, Watches } from "./watches.ts";

/** What messages change: pure data, to be taken over by whoever asked. */
export interface Assessment {
  /** How far each rule is judged now, by source. */
  readonly rows: ReadonlyMap<string, EvaluationRow>;
  /** An alarm for each of its transitions, in order. */
  readonly alarms: readonly Alarm[];
  /** Readings that came too late to be judged. */
  readonly late: number;
}

export interface Known {
  readonly evaluations: ReadonlyMap<string, EvaluationRow>;
  /** Alarms that are not over, by source. */
  readonly live: ReadonlyMap<string, Alarm>;
}

/** Judges the messages of one position of the spool by the rules that watch their devices. Pure. */
export function assess(
  watches: Watches,
  known: Known,
  position: number,
  messages: readonly FedMessage[],
): Assessment {
  const rows = new Map<string, EvaluationRow>();
  const changed = new Map<string, Alarm>();
  const alarms: Alarm[] = [];
  let late = 0;

  function judge(
    { rule, source }: Watch,
    device: RegisteredDevice,
    samples: readonly Point[],
  ): void {
    const { identity } = device;
    const quantity = quantityOf(rule);
    const before = known.evaluations.get(source) ?? unjudged(identity, rule.id);
    if (before.position >= position) return;
    let row = rows.get(source) ?? { ...before, position };
    for (const { ts, fields } of samples) {
      for (const { name, value, flag } of fields) {
        if (quantity !== null && name !== quantity) continue;
        const verdict = evaluate(rule, device, row.state, { ts, value, flag });
        if (verdict.late) late += 1;
        if (verdict.state === row.state) continue;
        row = { ...row, state: verdict.state };
        if (rule.silent) continue;
        for (const crossing of verdict.crossings) {
          const open = changed.get(source) ?? known.live.get(source);
          const over = open === undefined || open.state === "normal";
          const alarm = over ? begin(identity, rule, crossing.at) : open;
          const next = onCrossing(atLevel(alarm, rule, crossing), crossing);
          changed.set(source, next);
          alarms.push(next);
        }
      }
    }
    rows.set(source, row);
  }

  for (const { device, samples } of messages) {
    const rules = watches.of(device);
    if (rules.length === 0) continue;
    const ordered = inOrder(samples);
    for (const watch of rules) judge(watch, device, ordered);
  }
  return { rows, alarms, late };
}

/** How far a rule has been judged on a device before anything has been. */
function unjudged(device: Identity, rule: string): EvaluationRow {
  return { device, rule, position: 0, state: unevaluated };
}

/** Samples of one message by event time; almost always they are. */
function inOrder(samples: readonly Point[]): readonly Point[] {
  const sorted = samples.every(({ ts }, i) => i === 0 || (samples[i - 1] as Point).ts <= ts);
  return sorted ? samples : samples.toSorted((a, b) => a.ts - b.ts);
}

/** The alarm that a raise at `raisedAt` begins, before that raise. */
function begin(device: Identity, rule: AlarmRule, raisedAt: number): Alarm {
  const { id, kind, message, cause, consequence, action, owner } = rule;
  return {
    id: createHash("sha256").update(`${device}\n${id}\n${raisedAt}`).digest("hex").slice(0, 24),
    device,
    rule: id,
    priority: levelsOf(rule)[0].priority,
    state: "normal",
    active: false,
    raisedAt: null,
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    value: null,
    limit: null,
    quantity: quantityOf(rule) ?? "",
    message,
    cause,
    action,
    version: 0,
    history: [],
    kind,
    level: null,
    consequence,
    owner,
  };
}

/** The alarm with what the level that holds says of it; one that ends keeps what it was. */
function atLevel(alarm: Alarm, rule: AlarmRule, { level }: Crossing): Alarm {
  const held = level === null ? undefined : levelsOf(rule)[level];
  if (level === null || !held) return { ...alarm, level: null };
  const { priority, message = rule.message } = held;
  return { ...alarm, level, priority, message, limit: limitOf(rule, level) };
}
