import * as z from "zod";
import { flagSchema } from "./quality.ts";

/** A quantity's value on the wire. */
export const valueSchema = z.union([z.number(), z.boolean(), z.string()]);
export type Value = z.infer<typeof valueSchema>;

/** The readings of one instant. */
export const sampleSchema = z.object({
  ts: z.int().describe("milliseconds since 1970 UTC, the time of measurement"),
  values: z.record(z.string(), valueSchema),
  qc: z
    .record(z.string(), flagSchema)
    .optional()
    .describe("QARTOD flag by quantity; absent is 2; 9 stands without a value"),
});
export type Sample = z.infer<typeof sampleSchema>;

/** The payload of a telemetry message from a sender that has an outbox. */
export const envelopeSchema = z.object({
  v: z.literal(1),
  agent: z.string().min(1).max(128).describe("the sender"),
  epoch: z.string().min(1).max(64).describe("identity of the sender's outbox"),
  seq: z
    .int()
    .nonnegative()
    .describe("grows by one with each message of this device in this outbox, from 1"),
  samples: z.array(sampleSchema).min(1),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** What a device that can do no more may send: one sample, several, or a flat object stamped on arrival. */
export const plainSchema = z.union([
  sampleSchema,
  z.array(sampleSchema).min(1),
  z.record(z.string(), valueSchema),
]);

/** Everything that may stand in a telemetry message. */
export const telemetrySchema = z.union([envelopeSchema, plainSchema]);

/** Limits of one message; configuration may set others. */
export const messageLimits = { maxBytes: 256 * 1024, maxSamples: 1000 } as const;
