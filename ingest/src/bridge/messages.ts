import { isUtf8 } from "node:buffer";
import { type Envelope, type Identity, type Report, topicOf } from "@kenh/schemas";
import { sampleOf } from "../commit.ts";
import type { Followed } from "../follow.ts";
import type { SetAside } from "../quarantine.ts";
import type { Receipt } from "../spool.ts";

/** A message on its way to the province. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
}

/** What of an item is reported at most: with all around it, it is to fit into a packet of the broker. */
const mostBytes = 512 * 1024;

/**
 * What a row of the spool has to say to the province of the devices below a unit: what is good of each
 * message, with the numbers of its outbox, and what was set aside.
 * @param itemOf gives an item of the quarantine; undefined when it is there no more
 */
export function messagesOf(
  unit: string,
  { receipts, messages }: Followed,
  itemOf: (id: number) => SetAside | undefined,
): Outgoing[] {
  return receipts.flatMap((receipt, at) => {
    const { device, mended, items = [] } = receipt;
    if (!device?.startsWith(`${unit}/`)) return [];
    const message = messages[at];
    const samples = (message?.samples ?? []).map(sampleOf);
    const agent = message?.agent ?? null;
    const out: Outgoing[] = [];
    if (mended !== undefined) {
      const { epoch, receivedAt } = receipt;
      out.push(
        reporting(device, {
          ...{ v: 1, kind: "mended", item: mended, agent, epoch, receivedAt, samples },
        }),
      );
    } else if (samples.length > 0) {
      out.push({
        topic: topicOf(device, "telemetry"),
        payload: telemetryOf(receipt, agent ?? device, samples),
      });
    }
    for (const item of items) {
      const found = itemOf(item);
      if (found) out.push(reporting(device, asideOf(item, found, receipt, agent)));
    }
    return out;
  });
}

export function reporting(device: Identity, report: Report): Outgoing {
  return { topic: topicOf(device, "bridge"), payload: JSON.stringify(report) };
}

/** As the device sent it; a plain form carries the time that it was given. */
function telemetryOf({ epoch, seq }: Receipt, agent: string, samples: Envelope["samples"]): string {
  if (epoch === null || seq === null) return JSON.stringify(samples);
  const envelope: Envelope = { v: 1, agent, epoch, seq, samples };
  return JSON.stringify(envelope);
}

function asideOf(
  item: number,
  { reason, detail, readings, payload, receivedAt }: SetAside,
  { epoch, seq }: Receipt,
  agent: string | null,
): Report {
  const bytes = Buffer.from(payload.length > mostBytes ? new Uint8Array(0) : payload);
  const encoding = isUtf8(bytes) ? "utf8" : "base64";
  return {
    ...{ v: 1, kind: "aside", item, agent, epoch, seq, reason, readings, receivedAt, encoding },
    detail: payload.length > mostBytes ? `${detail}; ${payload.length} bytes, kept there` : detail,
    payload: bytes.toString(encoding),
  };
}
