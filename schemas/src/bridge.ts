import * as z from "zod";
import { alarmSchema } from "./alarm.ts";
import { sampleSchema } from "./envelope.ts";
import type { Identity } from "./identity.ts";
import { quarantineReasons } from "./quarantine.ts";

/** `province/unit`. */
export const unitScopeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}\/[a-z0-9][a-z0-9_-]{0,31}$/, {
    error: "must be province/unit, such as 82/29869",
  });

/** What the bridge of a unit's own station is called: where its status stands. */
export const bridgeIdentity = (unit: string): Identity => `${unit}/station/bridge`;

const about = { v: z.literal(1) };
const receivedAt = z.int().describe("when the unit's station had it, by its clock");
const item = z.int().describe("the item in the quarantine of the unit's station");
const sender = { receivedAt, agent: z.string().nullable(), epoch: z.string().nullable() };

/**
 * What a unit's own station reports of a device on the topic `bridge`, beside its telemetry: as it stands
 * in the station's books. It is not judged a second time.
 */
export const reportSchema = z.discriminatedUnion("kind", [
  z.object({
    ...about,
    kind: z.literal("alarm"),
    settled: z.boolean().describe("when it was sent, the alarm called for nobody any more"),
    alarm: alarmSchema.loose().describe("as it was after the transition that is its last line"),
  }),
  z.object({
    ...about,
    ...sender,
    kind: z.literal("aside").describe("readings were set aside"),
    item,
    seq: z.int().nullable(),
    reason: z.enum(quarantineReasons),
    detail: z.string(),
    readings: z.int().nonnegative(),
    payload: z.string(),
    encoding: z.enum(["utf8", "base64"]),
  }),
  z.object({
    ...about,
    ...sender,
    kind: z.literal("mended").describe("an item was judged anew: what is good of it"),
    item,
    samples: z.array(sampleSchema),
  }),
]);
export type Report = z.infer<typeof reportSchema>;
