import * as z from "zod";
import { valueSchema } from "./envelope.ts";
import { quantityNamePattern } from "./quantity.ts";

/** Kinds of drivers that a profile can say something about. */
export const profileDrivers = [
  "lorawan",
  "mqtt",
  "modbus",
  "snmp",
  "nut",
  "opcua",
  "camera",
] as const;
export type ProfileDriver = (typeof profileDrivers)[number];

/** Names of what belongs to one installation and is none of the model's. */
const secret =
  /^(password|passwordFile|token|community|user|username|keyFile|userKeyFile|certFile|userCertFile|clientId)$/;
const place = /^(host|port|url|bus|unitId|ups|devices|device|identity)$/;

const quantity = z.string().regex(quantityNamePattern, {
  error: "must be a quantity, lower case with digits and _, such as water_level_m",
});

/** A point of the driver: its place, and what becomes of the number there. */
export const profilePointSchema = z
  .looseObject({ quantity })
  .describe("as the driver has it: path, address, oid or node; scale, offset, sentinels, map …");
export type ProfilePoint = z.infer<typeof profilePointSchema>;

/** How devices of the model are read. What belongs to one installation is never in it. */
export const profileSourceSchema = z.strictObject({
  driver: z.enum(profileDrivers),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("what the model fixes of the driver's configuration, such as the topic of mqtt")
    .superRefine((config, context) => {
      for (const key of Object.keys(config)) {
        const reason = secret.test(key)
          ? "is a secret, or leads to one: a profile is shown to everybody; give it to the agent"
          : place.test(key)
            ? "belongs to one installation: give it with the address of the device"
            : undefined;
        if (reason) context.addIssue({ code: "custom", path: [key], message: reason });
      }
    }),
  points: z
    .array(profilePointSchema)
    .default([])
    .refine((points) => new Set(points.map((p) => p.quantity)).size === points.length, {
      error: "gives one quantity twice: give each point its own",
    }),
});
export type ProfileSource = z.output<typeof profileSourceSchema>;

/** What a device of the model once said, and the readings that it must give. */
export const profileSampleSchema = z.strictObject({
  name: z.string().min(1),
  says: z
    .unknown()
    .describe(
      'the decoded object or the payload, of a node with a decoder { bytes, fPort } as well; values by OID, variable or node; registers by "function:address"',
    ),
  gives: z
    .record(z.string().regex(quantityNamePattern), valueSchema.nullable())
    .describe("null is missing: flag 9, without a value"),
});
export type ProfileSample = z.infer<typeof profileSampleSchema>;
