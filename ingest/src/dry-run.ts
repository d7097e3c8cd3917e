import {
  type AlarmRule,
  type Clock,
  type Device,
  type FieldType,
  type Flag,
  type Identity,
  levelsOf,
  type Priority,
  parseIdentity,
  type QuarantineItem,
  quantityOf,
  type Text,
  topicOf,
  type Value,
} from "@kenh/schemas";
import { type Played, play } from "./alarms/play.ts";
import { Watches } from "./alarms/watches.ts";
import { type DashboardPage, type PageShown, pagesOf } from "./dashboards.ts";
import { createJudge, type JudgeConfig, judgeDefaults } from "./judge.ts";
import type { RegisteredDevice, Registry } from "./registry.ts";
import { encodeBatch } from "./stores/line-protocol.ts";
import type { Point } from "./stores/store.ts";
import { type View, viewOf } from "./view.ts";

export interface DryRunParts {
  readonly registry: Pick<Registry, "plan" | "find" | "imagine" | "catalogue">;
  /** What waits under an identity, newest first. */
  readonly waiting: (
    device: Identity,
    limit: number,
  ) => { readonly total: number; readonly items: readonly QuarantineItem[] };
  /** The pages of Grafana. */
  readonly dashboards: readonly DashboardPage[];
  readonly judge?: Partial<JudgeConfig>;
  readonly now: Clock;
}

/** What registering a device would come to. Nothing of it is written. */
export interface DryRun {
  readonly device: Omit<RegisteredDevice, "quantities" | "series">;
  /** Whether there is such a device already. */
  readonly replaces: boolean;
  /** Where the samples come from: given, set aside under this identity, or the profile's own. */
  readonly source: "payload" | "quarantine" | "profile" | "none";
  readonly stored: {
    readonly measurement: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly fields: readonly {
      readonly name: string;
      readonly type: FieldType;
      readonly unit: string;
      readonly label: Text;
      /** Least and greatest plausible value, in unit; null where there is no such bound. */
      readonly plausible: readonly [number | null, number | null];
      /** Whether it is in the samples. */
      readonly sampled: boolean;
    }[];
    /** Line protocol of the newest samples. */
    readonly lines: readonly string[];
  };
  /** The newest ones, in order of time. */
  readonly readings: readonly {
    readonly ts: number;
    readonly quantity: string;
    readonly value: Value | null;
    readonly flag: Flag;
    readonly unit: string;
  }[];
  /** What of the samples could not be stored. */
  readonly setAside: readonly {
    readonly reason: string;
    readonly detail: string;
    readonly readings: number;
  }[];
  /** Messages that wait in quarantine under this identity. */
  readonly waiting: number;
  /** The rules that would watch it, and what they would have done over the samples. */
  readonly alarms: readonly {
    readonly rule: string;
    readonly priority: Priority;
    readonly message: Text;
    readonly quantity: string | null;
    readonly fired: readonly Pick<Played, "event" | "at" | "value" | "level">[];
  }[];
  readonly dashboards: readonly PageShown[];
  /** What is odd and hinders nothing. */
  readonly warnings: readonly string[];
}

/** As many messages as tell what a device sends; a rule that needs a day of them has to wait for it. */
const mostMessages = 200;
/** A screenful. */
const [mostReadings, mostLines] = [100, 20];
/** Of a profile that says nothing of its own. */
const usualIntervalMs = 60_000;

interface Message {
  readonly payload: Buffer;
  /** When it came, milliseconds since 1970 UTC. */
  readonly at: number;
}

/** Shows what registering a device would come to, over what it has sent so far. */
export function createDryRun({ registry, waiting, dashboards, judge, now }: DryRunParts) {
  /**
   * @param payload one telemetry payload, as text or as what its JSON says; without it what waits in
   *   quarantine under the identity, and without that the samples of the profile
   * @throws RangeError naming what is wrong with the device and the mend
   */
  return function dryRun(given: Device, payload?: unknown): DryRun {
    const { refused } = registry.plan([{ kind: "device", at: "device", value: given }]);
    const device = registry.imagine(given);
    if (refused[0] || !device) throw new RangeError(refused[0]?.message ?? given.profile);
    const { identity, quantities, series, ...rest } = device;
    const aside = waiting(identity, mostMessages);
    const [source, messages] = samplesOf(device, payload, aside.items);
    const { judge: judged } = createJudge(
      { find: () => device },
      { ...judgeDefaults, ...judge },
      now,
    );
    const points: Point[] = [];
    const setAside: DryRun["setAside"][number][] = [];
    for (const { payload: one, at } of messages) {
      const { samples, rejects } = judged(topicOf(identity, "telemetry"), one, at);
      points.push(...samples);
      setAside.push(
        ...rejects.map(({ reason, detail, readings }) => ({ reason, detail, readings })),
      );
    }
    points.sort((a, b) => a.ts - b.ts);
    const sampled = new Set(points.flatMap(({ fields }) => fields.map(({ name }) => name)));
    return {
      device: { identity, ...rest },
      replaces: registry.find(identity) !== undefined,
      source,
      stored: {
        measurement: series.measurement,
        tags: Object.fromEntries(series.tags),
        fields: [...quantities.values()].map(({ name, type, unit, label, min, max }) => ({
          ...{ name, type, unit, label, plausible: [min ?? null, max ?? null] as const },
          sampled: sampled.has(name),
        })),
        lines: points.length === 0 ? [] : encodeBatch(points.slice(-mostLines)).split("\n"),
      },
      readings: points
        .flatMap(({ ts, fields }) =>
          fields.map(({ name, value, flag }) => {
            const unit = quantities.get(name)?.unit ?? "";
            return { ts, quantity: name, value, flag, unit };
          }),
        )
        .slice(-mostReadings),
      setAside,
      waiting: aside.total,
      alarms: alarmsOn(device, points, viewOf<View>(registry.catalogue(), identity).rulesInForce),
      dashboards: pagesOf(dashboards, series.measurement, sampled.size > 0 ? sampled : quantities),
      warnings: warningsOf(device, source, sampled, points),
    };
  };

  function samplesOf(
    { identity, profile, intervalMs = usualIntervalMs }: RegisteredDevice,
    payload: unknown,
    items: readonly QuarantineItem[],
  ): [DryRun["source"], Message[]] {
    if (payload !== undefined) {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      return ["payload", [{ payload: Buffer.from(text), at: now() }]];
    }
    if (items.length > 0) {
      return [
        "quarantine",
        items.map((item) => ({
          payload: Buffer.from(item.payload, item.encoding),
          at: item.receivedAt,
        })),
      ];
    }
    const samples =
      viewOf<View>(registry.catalogue(), identity).profiles.get(profile)?.samples ?? [];
    const messages = samples.map(({ gives }, index): Message => {
      const at = now() - (samples.length - 1 - index) * intervalMs;
      const values = Object.entries(gives).filter(([, value]) => value !== null);
      const sample = { ts: at, values: Object.fromEntries(values) };
      return { payload: Buffer.from(JSON.stringify(sample)), at };
    });
    return [messages.length > 0 ? "profile" : "none", messages];
  }
}
export type DryRunner = ReturnType<typeof createDryRun>;

/** What each rule that would watch the device would have done, were these all its readings. */
function alarmsOn(
  device: RegisteredDevice,
  points: readonly Point[],
  rules: readonly AlarmRule[],
): DryRun["alarms"] {
  const others = new Map(rules.map((rule) => [rule.id, rule]));
  const samples = points.map((point) => ({ device: device.identity, point }));
  const loud = new Watches(rules).of(device).rules.filter(({ silent }) => !silent);
  return loud.map((rule) => ({
    rule: rule.id,
    priority: gravest(rule),
    message: rule.message,
    quantity: quantityOf(rule),
    fired: play(rule, others, { devices: [device], samples, until: points.at(-1)?.ts })
      .filter((step) => step.rule === rule.id)
      .map(({ event, at, value, level }) => ({ event, at, value, level })),
  }));
}

function gravest(rule: AlarmRule): Priority {
  const priorities = levelsOf(rule).map(({ priority }) => priority);
  return Math.min(...priorities) as Priority;
}

function warningsOf(
  device: RegisteredDevice,
  source: DryRun["source"],
  sampled: ReadonlySet<string>,
  points: readonly Point[],
): string[] {
  const warnings: string[] = [];
  const { site } = parseIdentity(device.identity);
  if (!device.siteLabel) warnings.push(`the site ${site} has no name yet: screens show its code`);
  if (!device.position) warnings.push("it has no position: no map shows it");
  if (device.intervalMs === undefined)
    warnings.push("no interval is known: that it has gone silent is told late");
  if (source === "none") warnings.push("there is no sample of it yet: nothing could be tried");
  else if (sampled.size === 0) warnings.push("nothing of the samples can be stored");
  const implausible = new Set(
    points.flatMap(({ fields }) => fields.filter(({ flag }) => flag === 4).map(({ name }) => name)),
  );
  for (const name of implausible)
    warnings.push(`${name} has values outside its plausible range: look at scale and unit`);
  return warnings;
}
