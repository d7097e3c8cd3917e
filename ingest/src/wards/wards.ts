import { setTimeout as pause } from "node:timers/promises";
import { type Accept, bridgeIdentity, parseTopic, reportSchema } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import type { Logger } from "pino";
import { Counter, type Registry as Metrics } from "prom-client";
import type { Alarms } from "../alarms/alarms.ts";
import type { Tenants } from "../alarms/watches.ts";
import { decode } from "../decode.ts";
import type { Pipeline } from "../pipeline.ts";
import type { Presence } from "../presence.ts";

export interface WardsParts {
  readonly access: Pick<Access, "bridges" | "version">;
  readonly alarms: Pick<Alarms, "take" | "letGo">;
  readonly pipeline: Pick<Pipeline, "accept" | "takeAside" | "takeMended">;
  readonly presence: Pick<Presence, "of">;
  /** Brings rules into force again: there are other units with a station. */
  readonly onChange: () => void;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
}

/** A unit whose own station judges its devices. */
export interface WardView {
  /** `province/unit`. */
  readonly unit: string;
  readonly connected: boolean;
  /** Since when, by the clock of the unit's station; null while there is no line. */
  readonly since: number | null;
}

/** Units whose own stations judge their devices, and report here. */
export interface Wards {
  /** The door of all telemetry, and of these reports. */
  readonly accept: Accept;
  list(): WardView[];
  /** How many of the stations have no line to here. */
  away(): number;
  /** Looks for other units with a station until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** An account for a station is made by hand. */
const lookEveryMs = 2000;
const noRules = { rulesInForce: [] } as const;

/** The rules of provinces and units, with none for units whose own stations judge. */
export function withoutWards(access: Pick<Access, "bridges">, tenants: Tenants): Tenants {
  return new Map([...tenants, ...access.bridges.units().map((unit) => [unit, noRules] as const)]);
}

export function openWards(parts: WardsParts): Wards {
  const { access, alarms, pipeline, presence, onChange, log, metrics } = parts;
  let [version, units] = [access.version(), access.bridges.units()];
  const taken = new Counter({
    name: "kenh_ward_reports_total",
    help: "Reports of units' own stations, by what they are about and what became of them",
    labelNames: ["kind", "result"] as const,
    registers: [metrics],
  });

  /** What is judged there is judged here no more before anything of it is taken, and the other way round. */
  function look(): void {
    if (access.version() === version) return;
    const found = access.bridges.units();
    if (found.join() !== units.join()) {
      log.info({ units: found }, "units with a station of their own");
      alarms.letGo(found);
      units = found;
      onChange();
    }
    version = access.version();
  }

  function list(): WardView[] {
    return units.map((unit) => {
      const status = presence.of(bridgeIdentity(unit));
      // A last will was written when the connection began: it does not say when it ended.
      const connected = status?.state === "online";
      return { unit, connected, since: connected ? status.since : null };
    });
  }

  /** What can't be read is counted and let go: sent again it would be no better. */
  function read(topic: string, payload: Uint8Array) {
    const device = parseTopic(topic)?.identity;
    look();
    const ward = units.find((unit) => device?.startsWith(`${unit}/`));
    const decoded = decode(payload);
    const parsed = decoded.fault === undefined ? reportSchema.safeParse(decoded.value) : undefined;
    if (!device || !ward || !parsed?.success) return undefined;
    const report = parsed.data;
    if (report.kind === "alarm" && report.alarm.device !== device) return undefined;
    return { device, ward, report };
  }

  async function take({ topic, payload }: Parameters<Accept>[0]): Promise<void> {
    const found = read(topic, payload);
    if (!found) {
      taken.inc({ kind: "unknown", result: "refused" });
      log.warn({ topic }, "a report of a unit's station is none, or of no unit that has one");
      return;
    }
    const result = await enter(found);
    taken.inc({ kind: found.report.kind, result });
  }

  async function enter({ device, ward, report }: NonNullable<ReturnType<typeof read>>) {
    switch (report.kind) {
      case "alarm":
        return alarms.take(report.alarm, { ward, settled: report.settled }) ? "taken" : "repeated";
      case "aside":
        await pipeline.takeAside(device, ward, report);
        return "taken";
      case "mended":
        await pipeline.takeMended(device, ward, report);
        return "taken";
    }
  }

  return {
    accept: (arrival) =>
      arrival.topic.endsWith("/bridge") ? take(arrival) : pipeline.accept(arrival),
    list,
    away: () => list().filter(({ connected }) => !connected).length,
    async run(signal) {
      while (!signal.aborted) {
        try {
          look();
        } catch (error) {
          log.error({ err: error }, "alarms of units' stations can't be ended; tried again");
        }
        await pause(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
}
