import { identitySchema } from "@kenh/schemas";
import * as z from "zod";
import { pointsSchema } from "../extract.ts";
import { listenShape } from "../listen.ts";

/** Defaults, each with its reason. */
export const defaults = {
  /** A confirmed uplink is repeated up to eight times, a few seconds apart (LoRaWAN 1.0.3, 18). */
  repeatWithinMs: 60_000,
  /** What the wire of the station takes. */
  maxPayloadBytes: 256 * 1024,
  /** Nodes speak every few minutes; a probe that waited for all would try anybody's patience. */
  probeMs: 60_000,
} as const;

/** Topics of each network server: its uplinks and its other events. */
export const filters = {
  chirpstack: "application/+/device/+/event/+",
  "the-things-stack": "v3/+/devices/+/#",
} as const;

export const configSchema = z
  .strictObject({
    ...listenShape,
    network: z
      .enum(["chirpstack", "the-things-stack"])
      .describe("ChirpStack v4 with JSON events, or The Things Stack v3"),
    topic: z.string().min(1).optional().describe("a narrower filter than that of the network"),
    devices: z
      .record(
        z.string().min(1),
        z.strictObject({
          device: identitySchema,
          points: pointsSchema.default([]).describe("paths in the decoded object"),
          decoder: z
            .string()
            .min(1)
            .max(262_144)
            .optional()
            .describe(
              "JavaScript with decodeUplink(input), as the vendor publishes it; goes before what the network server decodes",
            ),
        }),
      )
      .describe("by devEui, or by device_id of The Things Stack"),
    radio: z
      .boolean()
      .default(true)
      .describe("signal and noise of the best reception, as rssi_dbm and snr_db"),
    repeatWithinMs: z.int().nonnegative().default(defaults.repeatWithinMs),
  })
  .transform((config) => ({
    ...config,
    // An EUI is written in either case and with or without dashes.
    devices: Object.fromEntries(
      Object.entries(config.devices).map(([name, device]) => [deviceKey(name), device]),
    ),
  }));
export type Config = z.output<typeof configSchema>;
export type LoraDevice = Config["devices"][string];

/** One spelling for an EUI; any other name stays as it is. */
export function deviceKey(name: string): string {
  const plain = name.replaceAll(/[-:]/g, "").toLowerCase();
  return /^[0-9a-f]{16}$/.test(plain) ? plain : name;
}
