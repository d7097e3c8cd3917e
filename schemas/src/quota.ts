import * as z from "zod";
import { identitySchema } from "./identity.ts";

const rate = z.int().positive().optional();

/** What one unit, or one device, may have. Absent is no limit. */
const quotaSchema = z.strictObject({
  messagesPerSecond: rate.describe("of telemetry"),
  bytesPerSecond: rate,
  readingsPerSecond: rate,
  alarmsPerMinute: rate.describe(
    "new alarms that are told; of more, all but those of the first priority wait behind one alarm",
  ),
  storedReadings: rate.describe("kept in the store"),
  whenFull: z
    .enum(["tell", "hold"])
    .optional()
    .describe(
      "beyond storedReadings: tell the unit and take on, or hold its messages back as well; tell when absent",
    ),
});
export type Quota = z.infer<typeof quotaSchema>;

/** What units and devices may send and keep; without it there is no limit. One of its own name goes before what all have. */
export const quotasSchema = z
  .strictObject({
    each: quotaSchema.default({}).describe("of every unit"),
    units: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}\/[a-z0-9][a-z0-9_-]{0,31}$/, {
          error: "must be province/unit, such as 82/29869",
        }),
        quotaSchema,
      )
      .default({}),
    eachDevice: quotaSchema.default({}).describe("of every device"),
    devices: z.record(identitySchema, quotaSchema).default({}),
  })
  .prefault({});
export type QuotaConfig = z.infer<typeof quotasSchema>;

/** The quota of a unit (`province/unit`) or of a device (its identity). */
export function quotaOf({ each, units, eachDevice, devices }: QuotaConfig, place: string): Quota {
  const isUnit = place.split("/").length === 2;
  return isUnit ? { ...each, ...units[place] } : { ...eachDevice, ...devices[place] };
}

export const quotaKinds = ["messages", "bytes", "readings", "alarms", "stored"] as const;
export type QuotaKind = (typeof quotaKinds)[number];

/** How one quota of a unit or device stands. */
export interface QuotaUse {
  /** `province/unit`, or the identity of a device. */
  readonly place: string;
  readonly kind: QuotaKind;
  /** A second for messages, bytes and readings, a minute for alarms, in all for stored. */
  readonly limit: number;
  /** What is used now, where that is known: new alarms of the last minute, readings kept. */
  readonly used: number | null;
  /** Beyond it now, or within the last minute. */
  readonly over: boolean;
  /** Since the start: how often a sender was made to wait, or how many alarms wait behind another. */
  readonly excess: number;
}
