import { type Flag, flags, type Value } from "@kenh/schemas";
import type { Condition, ConditionKind } from "./condition.ts";

/** What the conditions of all feeds come to, as readings. */
export interface Board {
  /** Notes a condition; gives the readings that change by it, or undefined. */
  note(feed: string, condition: Condition): Record<string, Value> | undefined;
  /** A feed is gone: what it said is no longer known. Gives the flags of what nobody says now. */
  forget(feed: string): Record<string, Flag>;
  /** Every reading as it stands. */
  readings(): Record<string, Value>;
}

export function createBoard(): Board {
  /** By kind, then by feed and source: active or not. */
  const said = new Map<ConditionKind, Map<string, boolean>>();

  const holds = (kind: ConditionKind): boolean | undefined => {
    const sources = said.get(kind);
    return sources && sources.size > 0 ? [...sources.values()].some(Boolean) : undefined;
  };
  const readings = (): Record<string, Value> => {
    const tamper = holds("tamper");
    const failure = holds("storage-failure");
    return {
      ...(tamper !== undefined && { tamper }),
      ...(failure !== undefined && { storage_ok: !failure }),
      // That no loss is announced proves no stream: only playing it does.
      ...(holds("video-loss") && { stream_ok: false }),
    };
  };

  return {
    readings,
    note(feed, { kind, from, active }) {
      const before = readings();
      const sources = said.get(kind) ?? new Map<string, boolean>();
      said.set(kind, sources.set(`${feed} ${from}`, active));
      const changed = Object.entries(readings()).filter(([name, value]) => before[name] !== value);
      return changed.length > 0 ? Object.fromEntries(changed) : undefined;
    },
    forget(feed) {
      const before = readings();
      for (const sources of said.values()) {
        for (const key of sources.keys()) if (key.startsWith(`${feed} `)) sources.delete(key);
      }
      const after = readings();
      const gone = Object.keys(before).filter((name) => !(name in after) && name !== "stream_ok");
      return Object.fromEntries(gone.map((name) => [name, flags.missing]));
    },
  };
}
