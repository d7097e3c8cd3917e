import type { AlarmRule, Clock, QuotaConfig } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Registry } from "../registry.ts";
import type { Tenants } from "./watches.ts";

/** What the alarms of a station are opened with. */
export interface AlarmsOptions {
  readonly rules: Iterable<AlarmRule>;
  /** Provinces and units whose rules are others. */
  readonly tenants?: Tenants;
  readonly registry: Pick<Registry, "find" | "all">;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
  readonly metrics: Metrics;
  /** How long readings are held to be put in order. */
  readonly latenessMs?: number;
  /** How many new alarms units and devices may have; without it there is no limit. */
  readonly quotas?: QuotaConfig | undefined;
}
