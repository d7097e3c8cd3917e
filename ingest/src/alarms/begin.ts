import { createHash } from "node:crypto";
import {
  type Alarm,
  type AlarmRule,
  type Identity,
  levelsOf,
  limitOf,
  quantityOf,
} from "@kenh/schemas";
import type { Crossing } from "./evaluate.ts";

/** The alarm that a raise at `raisedAt` begins, before that raise. */
export function begin(device: Identity, rule: AlarmRule, raisedAt: number): Alarm {
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
    suppressedBy: null,
    consequence,
    owner,
  };
}

/** The alarm with what the level that holds says of it; one that ends keeps what it was. */
export function atLevel(alarm: Alarm, rule: AlarmRule, { level, value }: Crossing): Alarm {
  const held = level === null ? undefined : levelsOf(rule)[level];
  if (level === null || !held) return { ...alarm, level: null };
  const { priority, message = rule.message } = held;
  return { ...alarm, level, priority, message, limit: limitOf(rule, level, value) };
}
