import { type Flag, flags, type Value } from "@kenh/schemas";
import type { Transform } from "../transform.ts";
import type { ReportConfig } from "./config.ts";
import { distance } from "./distance.ts";

interface Reported {
  readonly ts: number;
  /** Undefined where a flag stood without a value. */
  readonly value: Value | undefined;
  readonly flag: Flag;
}

/**
 * Leaves out readings that say nothing new. Of each quantity of each device goes on: the first
 * reading, every change of its flag, what is not later than the last one reported, and then, by `on`,
 * a change beyond the deadband, the first reading at least `periodMs` after the last report, or both.
 * An urgent sample goes on whole. What goes on is as it came.
 */
export function reportBy(config: ReportConfig): Transform {
  const deadbands = new Map(config.on === "period" ? [] : Object.entries(config.deadband));
  const last = new Map<string, Reported>();

  function changed(quantity: string, from: Value | undefined, to: Value | undefined): boolean {
    if (typeof from !== "number" || typeof to !== "number") return from !== to;
    const { absolute, relative } = deadbands.get(quantity) ??
      deadbands.get("default") ?? { absolute: 0, relative: 0 };
    return distance(to, from) > Math.max(absolute, relative * Math.abs(from));
  }

  function isNews(quantity: string, known: Reported | undefined, now: Reported): boolean {
    if (!known || known.flag !== now.flag || now.ts <= known.ts) return true;
    if (config.on !== "change" && now.ts - known.ts >= config.periodMs) return true;
    return config.on !== "period" && changed(quantity, known.value, now.value);
  }

  return (sample) => {
    const { ts, values, qc = {}, device = "", urgent = false } = sample;
    const kept: { values: Record<string, Value>; qc: Record<string, Flag> } = {
      values: {},
      qc: {},
    };
    const quantities = new Set([...Object.keys(values), ...Object.keys(qc)]);
    for (const quantity of quantities) {
      const key = `${device} ${quantity}`;
      const value = values[quantity];
      const flag = qc[quantity];
      const now = { ts, value, flag: flag ?? flags.notEvaluated };
      if (!urgent && !isNews(quantity, last.get(key), now)) continue;
      last.set(key, now);
      if (value !== undefined) kept.values[quantity] = value;
      if (flag !== undefined) kept.qc[quantity] = flag;
    }
    if (urgent || quantities.size === 0) return [sample];
    if (Object.keys(kept.values).length + Object.keys(kept.qc).length === 0) return [];
    const { qc: _, ...rest } = sample;
    return [
      { ...rest, values: kept.values, ...(Object.keys(kept.qc).length > 0 && { qc: kept.qc }) },
    ];
  };
}
