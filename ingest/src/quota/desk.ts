import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { type Clock, type QuotaUse, quotasSchema } from "@kenh/schemas";
import type { Logger } from "pino";
import { Gauge, type Registry as Metrics } from "prom-client";
import type { Alarms } from "../alarms/alarms.ts";
import { quotaIdentity } from "../alarms/quota.ts";
import type { IngestParts } from "../ingest-parts.ts";
import type { Ledger } from "../ledger.ts";
import type { RetentionPolicy } from "../rollup/retention-file.ts";
import { Storage } from "./storage.ts";

/** What is held back is to be seen soon; what is kept grows slowly. */
const [lookEveryMs, countEveryMs] = [5000, 60_000];

/** What the desk looks at and whom it tells. */
interface Parties {
  readonly alarms: Pick<Alarms, "observe" | "quotaUses">;
  readonly ledger: Pick<Ledger, "accounts">;
  /** How long readings are kept. */
  readonly retention: { readonly policy: Pick<RetentionPolicy, "daysOf"> };
  readonly now: Clock;
}
type Given = Pick<IngestParts, "quotas" | "quotaUses"> & {
  readonly config: Pick<IngestParts["config"], "dataDir">;
  readonly log: Pick<Logger, "error">;
  readonly metrics: Metrics;
};

/** How the quotas of all units and devices stand, told to those that pass them. */
export interface QuotaDesk {
  /** Of all units that are or were here, and of devices that have passed one. */
  uses(): QuotaUse[];
  /** Units of which one of the quotas, or one of a device's, is passed; in order. */
  over(): string[];
  /** Whether as much of a unit or device is stored as may be. */
  isFull(place: string): boolean;
  /** Counts what is kept, and tells the alarms of each unit how it stands. */
  look(): void;
  /** Looks every few seconds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Opens what is known of quotas. */
export function openQuotaDesk(
  { quotas = quotasSchema.parse({}), quotaUses: held = () => [], config, log, metrics }: Given,
  { alarms, ledger, retention, now }: Parties,
): QuotaDesk {
  // Of a unit whose classes are kept for different times: as long as what no line names.
  const daysOf = (unit: string) => retention.policy.daysOf("*", unit, "raw");
  const storage = new Storage(join(config.dataDir, "quota.db"), quotas, daysOf, (keptAt) =>
    log.error({ keptAt }, "the book of quotas was damaged on disk; what could be read was saved"),
  );
  let countedAt = Number.NEGATIVE_INFINITY;

  /** What the broker holds back for want of room is told of by what is stored. */
  function uses(): QuotaUse[] {
    const waiting = held().filter(({ kind }) => kind !== "stored");
    return [...waiting, ...alarms.quotaUses(), ...storage.uses()].filter(isWorthTelling);
  }
  const passed = () => uses().filter(({ over }) => over);

  const gauge = (name: string, help: string, read: (use: QuotaUse) => number | null) =>
    new Gauge({
      ...{ name, help, labelNames: ["place", "kind"] as const, registers: [metrics] },
      collect() {
        this.reset();
        for (const use of uses()) {
          const value = read(use);
          if (value !== null) this.set({ place: use.place, kind: use.kind }, value);
        }
      },
    });
  gauge("kenh_quota_limit", "Quotas by unit or device", ({ limit }) => limit);
  gauge("kenh_quota_used", "What of a quota is used, where that is known", ({ used }) => used);
  gauge("kenh_quota_over", "1 while a quota is passed", ({ over }) => Number(over));
  gauge(
    "kenh_quota_excess_total",
    "Since the start: times that a sender had to wait, alarms that wait behind another, most readings kept beyond",
    ({ excess }) => excess,
  );

  function look(): void {
    const at = now();
    if (at - countedAt >= countEveryMs || at < countedAt) {
      storage.count(ledger.accounts(), at);
      countedAt = at;
    }
    for (const [unit, of] of Map.groupBy(uses(), ({ place }) => unitOf(place))) {
      const holding = of.filter(({ over, kind }) => over && kind !== "alarms" && kind !== "stored");
      const kept = of.filter(({ kind }) => kind === "stored");
      alarms.observe(quotaIdentity(unit), {
        platform_quotas_held: holding.length,
        ...(kept.length > 0 && {
          platform_quota_stored_pct: Math.max(
            ...kept.map(({ used, limit }) => Math.round(((used ?? 0) / limit) * 1000) / 10),
          ),
        }),
      });
    }
  }

  return {
    uses,
    over: () => [...new Set(passed().map(({ place }) => unitOf(place)))].sort(),
    isFull: (place) => storage.isFull(place),
    look,
    async run(signal) {
      try {
        for await (const _ of setInterval(lookEveryMs, undefined, { signal })) {
          try {
            look();
          } catch (error) {
            log.error({ err: error }, "what is kept of units can't be counted; it is tried again");
          }
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    close: () => storage.close(),
  };
}

/** Of tens of thousands of devices those that have passed one. */
const isWorthTelling = ({ place, over, excess }: QuotaUse): boolean =>
  over || excess > 0 || unitOf(place) === place;

const unitOf = (place: string): string => place.split("/", 2).join("/");
