import { identitySchema } from "@kenh/schemas";
import { IANAZone } from "luxon";
import * as z from "zod";
import { pathSchema, pointsSchema } from "../extract.ts";
import { listenShape } from "../listen.ts";
import { isFilter, overlap } from "./topic.ts";

/** Defaults, each with its reason. */
export const defaults = {
  /** What the wire of the station takes; a picture among the topics is not read as text. */
  maxPayloadBytes: 256 * 1024,
  /** Long enough for gear that speaks every few seconds; a probe is waited for by a person. */
  probeMs: 10_000,
} as const;

const zoneSchema = z
  .string()
  .refine(
    (zone) =>
      zone === "UTC" || /^UTC[+-]\d{1,2}(:\d{2})?$/.test(zone) || IANAZone.isValidZone(zone),
    { error: 'must be "UTC", "UTC+7" or a zone such as "Asia/Ho_Chi_Minh"' },
  );

const timeSchema = z
  .strictObject({
    path: pathSchema.describe("where the time of measurement stands"),
    format: z
      .enum(["epoch-s", "epoch-ms", "iso", "tasmota-local"])
      .describe("iso carries its zone; tasmota-local is ISO 8601 without one"),
    zone: zoneSchema.optional().describe("where the clock of the device stands, for tasmota-local"),
  })
  .refine((time) => (time.format === "tasmota-local") === (time.zone !== undefined), {
    path: ["zone"],
    error:
      'belongs to tasmota-local, and only there: say where the clock of the device stands, such as "Asia/Ho_Chi_Minh", or take time: arrival',
  });
export type TimeField = z.output<typeof timeSchema>;

const subscriptionSchema = z
  .strictObject({
    topic: z.string().refine(isFilter, {
      error: "must be a topic filter: + for one whole level, # for all that follow",
    }),
    device: identitySchema.optional().describe("the driver's own device when absent"),
    deviceBy: z
      .union([
        z.strictObject({
          level: z.int().nonnegative().describe("the level of the topic, counted from 0"),
          devices: z.record(z.string(), identitySchema),
        }),
        z.strictObject({
          path: pathSchema.describe("the place in the payload, or in the entry of each"),
          devices: z.record(z.string(), identitySchema),
        }),
        z.strictObject({
          key: z.literal(true).describe("the name of the entry of each"),
          devices: z.record(z.string(), identitySchema),
        }),
      ])
      .optional()
      .describe("what names the device; one that is not among devices is reported"),
    each: pathSchema
      .optional()
      .describe(
        "a list or an object of which every entry is a message of its own; '' is the whole",
      ),
    payload: z.enum(["json", "text"]).default("json").describe("text is one value, at the path ''"),
    points: pointsSchema.refine((points) => points.length > 0, {
      error: "must name at least one point",
    }),
    time: z.union([z.literal("arrival"), timeSchema]).default("arrival"),
    state: z
      .boolean()
      .default(false)
      .describe("the topic holds a state: what the broker kept is the present one; it is urgent"),
  })
  .refine((s) => !(s.device && s.deviceBy), {
    path: ["device"],
    error: "stands beside deviceBy: keep one of the two",
  })
  .refine((s) => s.each !== undefined || !(s.deviceBy && "key" in s.deviceBy), {
    path: ["deviceBy", "key"],
    error: "names an entry: say in each where the entries stand",
  })
  .refine((s) => !s.state || s.time === "arrival", {
    path: ["time"],
    error: "does not go with state: a state holds from the moment that it is heard",
  });
export type Subscription = z.output<typeof subscriptionSchema>;

export const configSchema = z
  .strictObject({
    ...listenShape,
    subscriptions: z.array(subscriptionSchema).min(1),
    maxPayloadBytes: z.int().positive().default(defaults.maxPayloadBytes),
  })
  .superRefine(({ subscriptions, clientId }, context) => {
    for (const [index, { topic, time, state }] of subscriptions.entries()) {
      const other = subscriptions.findIndex((s, at) => at < index && overlap(s.topic, topic));
      const at = ["subscriptions", index];
      const say = (field: string, message: string) =>
        context.addIssue({ code: "custom", path: [...at, field], message });
      if (other >= 0) {
        say("topic", `overlaps with subscriptions.${other}: give each message one reader`);
      }
      if (clientId !== undefined && time === "arrival" && !state) {
        say(
          "time",
          "must be in the payload when clientId is set: what the broker kept meanwhile is older than its arrival",
        );
      }
    }
  });
export type Config = z.output<typeof configSchema>;
