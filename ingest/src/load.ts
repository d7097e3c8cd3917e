import { topicOf } from "@kenh/schemas";
import { judgedBefore } from "./check.ts";
import type { Message } from "./classify.ts";
import type { Load } from "./deliver.ts";
import type { Judge } from "./judge.ts";
import type { SetAside } from "./quarantine.ts";
import type { Receipt, Spool } from "./spool.ts";

/** A row taken back from disk, ready to be delivered. */
export type LoadedRow = Omit<Load, "upTo" | "rows">;

/**
 * Reads a row of the spool back. What can't be read, or is no longer known to the registry, is given
 * as set aside, so that every reading of the receipts is answered for.
 */
export function loadRow(spool: Spool, judge: Judge, id: number): LoadedRow {
  const row = spool.read(id);
  const unreadable = new Map<Receipt, readonly SetAside[]>();
  if (!("payloads" in row)) {
    for (const receipt of row.receipts ?? []) {
      const detail = `row ${id} of the spool was damaged on disk and its payload is lost`;
      if (receipt.good > 0) unreadable.set(receipt, [lost(receipt, detail, receipt.good)]);
    }
    const receipts = row.receipts ?? [];
    return { receipts, messages: receipts.map(() => ({ samples: [], late: true })), unreadable };
  }
  const before = spool.begun(id);
  const messages = row.receipts.map((receipt, at): Message => {
    if (receipt.good === 0) return { samples: [], late: false };
    const payload = row.payloads[at] as Uint8Array;
    const again = judge.judgePayload(receipt.device, payload, receipt.receivedAt, judgedBefore);
    if (again.good !== receipt.good) {
      unreadable.set(receipt, aside(receipt, payload, again.rejects, receipt.good - again.good));
    }
    const { samples, agent } = again;
    return { samples, late: receipt.late, agent, before: before?.[at] };
  });
  return { receipts: row.receipts, messages, unreadable };
}

function aside(
  receipt: Receipt,
  payload: Uint8Array,
  rejects: ReturnType<Judge["judgePayload"]>["rejects"],
  owed: number,
): SetAside[] {
  const items: SetAside[] = [];
  let left = owed;
  for (const { reason, detail, readings, part } of rejects) {
    const counted = Math.min(readings, left);
    left -= counted;
    items.push({ ...lost(receipt, detail, counted), reason, payload: part ?? payload });
  }
  if (left > 0)
    items.push({ ...lost(receipt, "the payload gives fewer readings than it did", left), payload });
  return items;
}

function lost(receipt: Receipt, detail: string, readings: number): SetAside {
  return {
    reason: "decode-failed",
    detail,
    device: receipt.device,
    epoch: receipt.epoch,
    topic: receipt.device === null ? "" : topicOf(receipt.device, "telemetry"),
    receivedAt: receipt.receivedAt,
    payload: new Uint8Array(0),
    readings,
  };
}
