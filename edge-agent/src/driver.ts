import type { Identity, Sample } from "@kenh/schemas";
import type * as z from "zod";

/** What a driver yields: the readings of one instant. */
export type DriverSample = Sample & {
  /** Whose readings these are; absent means the device that the driver is configured for. */
  readonly device?: Identity;
  /** Sent before everything else, at once and alone: a change of state, not a periodic reading. */
  readonly urgent?: boolean;
};

/** Something that a driver could not read and passed over, such as a row of a file. */
export interface Unreadable {
  /** Where: a line, a register, an address. */
  readonly at: string;
  /** Why, and what to do about it. */
  readonly reason: string;
}

/** Counts and announces what could not be read. */
export type Report = (unreadable: Unreadable) => void;

/**
 * Yields samples until the signal aborts; throws when the connection is lost; reads and never writes.
 * The pull is the backpressure. Restart, backoff, health and containment belong to `supervise.ts`.
 * A driver that returns before the signal aborts has come to the end of its source.
 */
export type Driver<Config> = (
  config: Config,
  signal: AbortSignal,
  report: Report,
) => AsyncIterable<DriverSample>;

/** One thing that a probe found at a device. */
export interface Finding {
  /** Where it is: a register, an OID, a variable, a node. */
  readonly point: string;
  readonly value: string | number | boolean | null;
  /** What it is or what is wrong with it, in words. */
  readonly note?: string;
}

/** Connects once, reads what there is, writes and publishes nothing. */
export interface Probe<Config> {
  /** Schemes of addresses it understands, such as `opc.tcp`. */
  readonly schemes: readonly string[];
  /** The configuration, as a person would write it, that an address alone gives. */
  configOf(address: URL): unknown;
  /** @throws Error saying what does not answer and what to try. */
  run(config: Config, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** A driver with its configuration, ready to run. */
export interface PreparedDriver {
  run(signal: AbortSignal, report: Report): AsyncIterable<DriverSample>;
  /** Undefined where there is nothing to connect to. */
  readonly probe: ((signal: AbortSignal) => Promise<readonly Finding[]>) | undefined;
  /** One picture, whole, for somebody who asked for it; undefined for what is no camera. */
  readonly picture: ((signal: AbortSignal) => Promise<Uint8Array>) | undefined;
  /** The source keeps what is not pulled yet: a full outbox holds it back instead of dropping. */
  readonly waits: boolean;
}

/** A kind of driver as the registry knows it. */
export interface DriverKind {
  readonly configSchema: z.ZodType;
  /** Fields of the configuration that are paths, taken from the folder of the configuration file. */
  readonly pathFields: readonly string[];
  /** What its probe understands; absent without one. */
  readonly addresses: Pick<Probe<never>, "schemes" | "configOf"> | undefined;
  /** @throws ZodError when the configuration is not one of this kind. */
  prepare(config: unknown): PreparedDriver;
}

/** Makes a kind out of its schema and its function. */
export function defineDriver<Config>(parts: {
  configSchema: z.ZodType<Config>;
  run: Driver<Config>;
  pathFields?: readonly string[];
  waits?: (config: Config) => boolean;
  probe?: Probe<Config>;
  picture?: (config: Config, signal: AbortSignal) => Promise<Uint8Array>;
}): DriverKind {
  const { probe, picture } = parts;
  return {
    configSchema: parts.configSchema,
    pathFields: parts.pathFields ?? [],
    addresses: probe,
    prepare(raw) {
      const config = parts.configSchema.parse(raw);
      return {
        run: (signal, report) => parts.run(config, signal, report),
        probe: probe && ((signal) => probe.run(config, signal)),
        picture: picture && ((signal) => picture(config, signal)),
        waits: parts.waits?.(config) ?? false,
      };
    },
  };
}
