import { conversionSchema, quantityNamePattern, valueSchema } from "@kenh/schemas";
import * as z from "zod";

/** Defaults, each with its reason. */
export const defaults = {
  /** IANA's port of SNMP. */
  port: 161,
  /** Mains loss is told within 10 s without traps; cards of UPSes are slow and refresh no faster. */
  intervalMs: 10_000,
  /** The slowest cards answer a batch within a second. */
  timeoutMs: 2000,
  /** A datagram may be lost; three in a row are not. */
  retries: 2,
  /** Answers stay below the 1,472 bytes of one packet, strings included. */
  batch: 20,
} as const;

const oidSchema = z
  .string()
  .regex(/^\.?[0-2](\.\d{1,10})+$/, { error: "must be numeric, such as 1.3.6.1.2.1.33.1.2.4.0" })
  .transform((oid) => oid.replace(/^\./, ""));

const pointSchema = z
  .strictObject({
    oid: oidSchema.describe("of the instance, with its index"),
    quantity: z.string().regex(quantityNamePattern, {
      error: "must be a quantity, lower case with digits and _, such as output_voltage_v",
    }),
    ...conversionSchema.shape,
    unit: z
      .string()
      .min(1)
      .optional()
      .describe('what the agent writes behind a number in a text, such as "V" in "229 V"'),
    map: z
      .record(z.string(), valueSchema)
      .optional()
      .describe("raw value or text to the quantity's value; what is not named is missing"),
    text: z.boolean().default(false).describe("the quantity is a text: take it as it is"),
  })
  .refine((point) => !(point.map && point.text), {
    path: ["text"],
    error: "stands beside map: keep one of the two",
  });

const secretSchema = z.string().min(8, { error: "must have at least 8 characters (RFC 3414)" });
const userSchema = z.strictObject({
  name: z.string().min(1),
  auth: z.strictObject({
    protocol: z.enum(["sha", "sha256", "sha384", "sha512"]),
    password: secretSchema,
  }),
  priv: z
    .strictObject({ protocol: z.enum(["aes", "aes256b", "aes256r"]), password: secretSchema })
    .describe("aes is AES-128; aes256b after Blumenthal, aes256r after Reeder (Cisco)"),
});

export const configSchema = z
  .strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(defaults.port),
    community: z.string().min(1).optional().describe("SNMP v2c: travels readable"),
    user: userSchema.optional().describe("SNMP v3 with authentication and privacy"),
    context: z.string().default("").describe("SNMP v3 context"),
    mib: z.enum(["ups"]).optional().describe("ups: all of RFC 1628, without points"),
    points: z.array(pointSchema).default([]),
    traps: z
      .strictObject({
        port: z.int().min(1).max(65_535).describe("where the device sends its traps, mostly 162"),
        host: z.string().min(1).default("0.0.0.0").describe("own address to listen on"),
      })
      .optional()
      .describe("a trap is a hint to ask at once; nothing in it is believed"),
    intervalMs: z.int().min(500).default(defaults.intervalMs).describe("between two readings"),
    timeoutMs: z.int().min(100).default(defaults.timeoutMs).describe("for each try"),
    retries: z.int().min(0).max(10).default(defaults.retries),
  })
  .refine((c) => Boolean(c.community) !== Boolean(c.user), {
    path: ["community"],
    error: "or user: give community for v2c, or user for v3",
  })
  .refine((c) => c.mib !== undefined || c.points.length > 0, {
    path: ["points"],
    error: 'names nothing to read: give points, or mib: "ups"',
  })
  .refine((c) => new Set(c.points.map((p) => p.quantity)).size === c.points.length, {
    path: ["points"],
    error: "reads one quantity from two points: give each its own",
  });
export type Config = z.output<typeof configSchema>;
