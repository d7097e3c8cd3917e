import { DateTime } from "luxon";
import { isoTime } from "../extract.ts";
import type { TimeField } from "./config.ts";

/**
 * Milliseconds since 1970 UTC of the time in a message.
 * @throws RangeError, with the reason, when it has no single meaning.
 */
export function readTime(raw: unknown, { format, zone }: TimeField): number {
  const shown = JSON.stringify(raw)?.slice(0, 80) ?? "nothing";
  if (format === "epoch-s" || format === "epoch-ms") {
    const number = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
    if (typeof number !== "number" || !Number.isFinite(number)) {
      throw new RangeError(`time ${shown} is no number: correct time.format`);
    }
    return Math.trunc(format === "epoch-s" ? number * 1000 : number);
  }
  if (typeof raw !== "string")
    throw new RangeError(`time ${shown} is no text: correct time.format`);
  const ts = isoTime(raw);
  if (ts !== undefined) return ts;
  const local = DateTime.fromISO(raw.trim().replace(" ", "T"), { zone: zone ?? "UTC" });
  if (!local.isValid || !/T\d{2}:\d{2}/.test(raw.trim().replace(" ", "T"))) {
    throw new RangeError(`time ${shown} is not of ISO 8601, such as 2026-11-22T07:00:00`);
  }
  if (zone === undefined) throw new RangeError(`time ${shown} carries no zone: set time.zone`);
  if (local.getPossibleOffsets().length > 1) {
    throw new RangeError(`time ${shown} comes twice in ${zone}: let the device send UTC`);
  }
  const written = DateTime.fromISO(raw.trim().replace(" ", "T"), { zone: "UTC" });
  if (written.hour !== local.hour || written.minute !== local.minute) {
    throw new RangeError(`time ${shown} does not exist in ${zone}: let the device send UTC`);
  }
  return local.toMillis();
}
