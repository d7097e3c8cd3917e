import { setInterval } from "node:timers/promises";
import type { Logger } from "pino";
import type { Audit, AuditEntry } from "../audit.ts";
import type { Registry } from "../registry.ts";
import type { Change, Edit } from "./change.ts";

const lookEveryMs = 1000;
/** Changes whose lines are written in one go. */
const page = 100;

/** How the line of a change is found again. */
const actionOf = (change: number): string => `registry change ${change}`;

/**
 * Brings changes of the registry, whoever made them, into the station's audit log: one line for each,
 * with its number and its hash, which stands for all that it changed. What is there already is
 * not brought again, so that nothing is missing or twice after a crash.
 */
export function createRegistryAudit(history: Registry["history"], audit: Audit) {
  const last = audit.lastAction("registry change *");
  let brought = Number(last?.split(" ").at(-1) ?? 0);

  /** Returns how many lines were written. */
  return function look(): number {
    let written = 0;
    for (;;) {
      const changes = history.after(brought, page);
      audit.append(changes.map((change) => lineOf(change, history.edits(change.id, "*", 2))));
      brought = changes.at(-1)?.id ?? brought;
      written += changes.length;
      if (changes.length < page) return written;
    }
  };
}

/** Looks every second until the signal aborts. */
export async function followRegistry(
  look: () => number,
  log: Pick<Logger, "error">,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of setInterval(lookEveryMs, undefined, { signal })) {
      try {
        look();
      } catch (error) {
        log.error({ err: error }, "a change can't be brought into the audit log; tried again soon");
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function lineOf(change: Change, edits: readonly Edit[]): AuditEntry {
  const { id, actor, how, comment, size, undoes, hash } = change;
  const [first] = edits;
  const one = size === 1 && first ? `${first.kind} ${first.key}` : `${size} records`;
  const takenBack = undoes === null ? "" : `, takes back change ${undoes}`;
  return {
    ...actor,
    action: actionOf(id),
    call: `registry.${how}`,
    alarm: "",
    device: size === 1 && first?.kind === "device" ? first.key : null,
    ...{ version: null, until: null },
    comment,
    result: "done",
    detail: `change ${id}: ${one}${takenBack}; sha256 ${hash}`,
  };
}
