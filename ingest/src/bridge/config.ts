import { readFileSync } from "node:fs";
import { unitScopeSchema } from "@kenh/schemas";
import * as z from "zod";

const GiB = 1024 ** 3;
const dayMs = 86_400_000;

/** What is not said is so, each for its reason. */
const defaults = {
  /** A tenth of what a broker takes from one connection: three days of a hundred devices in seven minutes. */
  perSecond: 1000,
  /** A hundred devices at a message a minute fill it in two months; the least disk of a station has it twice. */
  maxGiB: 2,
  /** Longer than any line of a ward was down. */
  maxDays: 31,
} as const;

const positive = (preset: number) => z.coerce.number().positive().default(preset);
const text = z.string().trim().min(1).optional();

/** Variables of the environment that say where a unit's own station reports to. */
export const bridgeEnvironment = z.object({
  KENH_BRIDGE_URL: z.url({ protocol: /^(mqtts?|wss?)$/ }).optional(),
  KENH_BRIDGE_UNIT: unitScopeSchema.optional(),
  KENH_BRIDGE_PASSWORD: text,
  KENH_BRIDGE_PASSWORD_FILE: text,
  KENH_BRIDGE_CA_FILE: text,
  KENH_BRIDGE_PER_SECOND: positive(defaults.perSecond),
  KENH_BRIDGE_MAX_GIB: positive(defaults.maxGiB),
  KENH_BRIDGE_MAX_DAYS: positive(defaults.maxDays),
});

/** How a unit's own station reports to its province. */
export interface BridgeConfig {
  /** Of the province's broker. */
  readonly url: string;
  /** `province/unit`: what lies below it is reported, and it is the user name. */
  readonly unit: string;
  readonly password: string;
  readonly caFile: string | undefined;
  /** Messages of the backlog a second. */
  readonly perSecond: number;
  /** What waits beyond this, or longer, is dropped and counted, the oldest first. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** Undefined where the station reports to nobody. @throws Error naming what is missing */
export function bridgeOf(e: z.output<typeof bridgeEnvironment>): BridgeConfig | undefined {
  const url = e.KENH_BRIDGE_URL;
  if (url === undefined) return undefined;
  const unit = e.KENH_BRIDGE_UNIT;
  const file = e.KENH_BRIDGE_PASSWORD_FILE;
  const password =
    e.KENH_BRIDGE_PASSWORD ?? (file === undefined ? undefined : readFileSync(file, "utf8").trim());
  if (unit === undefined || !password) {
    throw new Error(
      "KENH_BRIDGE_URL needs KENH_BRIDGE_UNIT and KENH_BRIDGE_PASSWORD_FILE, which kenh bridge add gives at the province",
    );
  }
  return {
    ...{ url, unit, password },
    caFile: e.KENH_BRIDGE_CA_FILE,
    perSecond: e.KENH_BRIDGE_PER_SECOND,
    maxBytes: e.KENH_BRIDGE_MAX_GIB * GiB,
    maxAgeMs: e.KENH_BRIDGE_MAX_DAYS * dayMs,
  };
}
