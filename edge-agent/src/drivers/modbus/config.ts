import { conversionSchema, identitySchema, quantityNamePattern } from "@kenh/schemas";
import * as z from "zod";
import { serialFields } from "../byte-stream.ts";
import { currentLoopSchema } from "./current-loop.ts";
import { numberTypes, wordOrders, wordsOf } from "./number.ts";

/** Every default of this driver, each with its reason. */
export const defaults = {
  /** The port registered for Modbus. */
  port: 502,
  /** Water, weather and power move slower; a bus of ten slaves at 9600 baud is done in half of it. */
  intervalMs: 10_000,
  /** Slow slaves take 300 ms, gateways over a mobile link as much again. */
  timeoutMs: 1000,
  /** Below it, reading unused registers costs less than a request of their own (8 bytes and a gap). */
  bridgeRegisters: 8,
  /** As many bits as the bytes of those registers. */
  bridgeBits: 128,
  /** A slave that is silent is passed over for this long, doubled each time. */
  silentBaseMs: 5000,
  /** A slave that is back is read again within a minute. */
  silentMaxMs: 60_000,
  /** Where a serial server sends on what it has got: longer than most wait for more bytes. */
  serverGapMs: 20,
} as const;

const quantityName = z.string().regex(quantityNamePattern, {
  error: "must be a quantity, lower case with digits and _, such as voltage_v",
});

const pointSchema = z
  .strictObject({
    quantity: quantityName,
    function: z
      .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)], {
        error:
          "must be a function that reads: 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers",
      })
      .describe("1 coil, 2 discrete input, 3 holding register, 4 input register"),
    address: z
      .int()
      .min(0)
      .max(65_535)
      .describe("as on the wire, from 0: register 40001 of a manual is function 3, address 0"),
    type: z.enum(["bit", ...numberTypes]).default("bit"),
    wordOrder: z.enum(wordOrders).default("ABCD").describe("of the bytes of the number"),
    bit: z.int().min(0).max(15).optional().describe("of a register, 0 is the lowest"),
    invert: z.boolean().default(false).describe("of a bit: a contact that opens on the event"),
    ...conversionSchema.shape,
    currentLoop: currentLoopSchema
      .optional()
      .describe("what the converted number, in mA, stands for (NAMUR NE 43)"),
  })
  .superRefine((point, context) => {
    const fault = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    const register = point.function >= 3;
    if (!register && point.type !== "bit")
      fault("type", `is not read by function ${point.function}: leave it out, it is a bit`);
    if (register && point.type === "bit" && point.bit === undefined)
      fault("type", `must be one of ${numberTypes.join(", ")}, or bit with the number of the bit`);
    if (point.bit !== undefined && (!register || point.type !== "bit"))
      fault("bit", "goes with a register and the type bit alone");
    if (point.type === "bit" && point.currentLoop)
      fault("currentLoop", "goes with a number, not with a bit");
    if (point.type !== "bit" && point.invert) fault("invert", "goes with a bit alone");
    if (point.address + wordsOf(point.type) > 65_536)
      fault("address", "runs over the last register, 65535");
  });
export type Point = z.output<typeof pointSchema>;

const slaveSchema = z.strictObject({
  unitId: z
    .int()
    .min(0)
    .max(255)
    .describe("1 to 247 on a serial line; behind plain TCP what the manual says, often 1 or 255"),
  device: identitySchema.optional().describe("whose readings; the driver's own when absent"),
  points: z.array(pointSchema).min(1),
});

const milliseconds = z.int().positive();

export const configSchema = z
  .strictObject({
    bus: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("tcp"),
        host: z.string().min(1),
        port: z.int().min(1).max(65_535).default(defaults.port),
        framing: z
          .enum(["tcp", "rtu"])
          .default("tcp")
          .describe("rtu behind a serial server that passes bytes through as they are"),
      }),
      z.strictObject({ kind: z.literal("serial"), ...serialFields }),
    ]),
    intervalMs: milliseconds.min(100).max(86_400_000).default(defaults.intervalMs),
    timeoutMs: milliseconds.max(60_000).default(defaults.timeoutMs).describe("for one answer"),
    gapMs: z
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe("of silence between frames; 3.5 characters on a serial line when absent"),
    bridgeRegisters: z.int().min(0).max(100).default(defaults.bridgeRegisters),
    bridgeBits: z.int().min(0).max(1000).default(defaults.bridgeBits),
    silentBaseMs: milliseconds.default(defaults.silentBaseMs),
    silentMaxMs: milliseconds.default(defaults.silentMaxMs),
    slaves: z.array(slaveSchema).min(1).describe("a unit id may come twice, for two devices"),
  })
  .superRefine((config, context) => {
    const taken = new Set<string>();
    for (const [index, { device = "", points }] of config.slaves.entries()) {
      for (const [at, { quantity }] of points.entries()) {
        const key = `${device} ${quantity}`;
        if (taken.has(key))
          context.addIssue({
            code: "custom",
            path: ["slaves", index, "points", at, "quantity"],
            message:
              "is read twice for one device: give the slave a device, or the point another quantity",
          });
        taken.add(key);
      }
    }
  });
export type Config = z.output<typeof configSchema>;
