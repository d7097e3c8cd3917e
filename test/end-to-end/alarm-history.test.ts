import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm, AlarmRule, Flag, Value } from "@kenh/schemas";
import fc from "fast-check";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Alarms, FedMessage } from "../../ingest/src/alarms/alarms.ts";
import { openAlarms } from "../../ingest/src/alarms/engine.ts";
import { type Call, Refusal } from "../../ingest/src/alarms/operate.ts";
import { makeRule } from "../../ingest/src/alarms/rule.fixture.ts";
import { loadCatalogue } from "../../ingest/src/catalogue.ts";
import { openRegistry, type RegisteredDevice, type Registry } from "../../ingest/src/registry.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../schemas/", import.meta.url)));
const gauges = ["82/29869/a/g-1", "82/29869/a/g-2", "82/29869/b/g-3"] as const;
const ups = "82/29869/a/ups-1";
const supplies = [ups, "82/29869/b/ups-2"] as const;
const cameras = ["82/29869/a/cam-1", "82/29869/a/cam-2"] as const;
const identities = [...gauges, ...supplies, ...cameras];

/**
 * Of every kind of bond between alarms: levels, a louder one, a latched one, a cause with its delay
 * and a cause of that, memories of earlier readings, a whole site and a combination of combinations.
 */
const rules: AlarmRule[] = [
  makeRule({
    id: "water.level",
    kind: "high",
    levels: [
      { limit: 2, priority: 3 },
      { limit: 3, priority: 1 },
    ],
    hysteresis: 0.2,
    offDelayMs: 2000,
  }),
  makeRule({
    id: "water.wet",
    kind: "high",
    levels: [{ limit: 1, priority: 4 }],
    suppressedBy: ["water.level"],
    latch: true,
  }),
  makeRule({
    id: "water.rise",
    kind: "rate",
    windowMs: 20_000,
    levels: [{ limit: 1, priority: 3 }],
    offSamples: 2,
  }),
  makeRule({
    id: "water.stuck",
    kind: "frozen",
    epsilon: 0,
    forMs: 4000,
    leastSamples: 2,
    priority: 4,
    suppressedBy: ["water.rise"],
  }),
  makeRule({
    id: "water.odd",
    kind: "combination",
    all: ["water.wet"],
    any: ["water.rise", "water.stuck"],
    offDelayMs: 1500,
    priority: 3,
  }),
  makeRule({
    id: "power.cut",
    kind: "state",
    measurement: "power",
    quantity: "ups_status",
    includes: ["OB"],
    onDelayMs: 3000,
    priority: 2,
    explains: { rules: ["water.level", "water.odd", "cam.site"], within: "site" },
  }),
  makeRule({
    id: "power.gone",
    kind: "state",
    measurement: "power",
    quantity: "ups_status",
    includes: ["LB"],
    offDelayMs: 2000,
    priority: 1,
    explains: { rules: ["power.cut", "water.rise", "site.lost"], within: "unit" },
  }),
  makeRule({
    id: "cam.dark",
    kind: "state",
    measurement: "camera",
    quantity: "reachable",
    equals: [false],
    priority: 3,
    silent: true,
  }),
  makeRule({
    id: "cam.site",
    kind: "combination",
    measurement: "camera",
    within: "site",
    any: ["cam.dark"],
    share: 0.6,
    onDelayMs: 1000,
    priority: 2,
  }),
  makeRule({
    id: "site.lost",
    kind: "combination",
    measurement: "camera",
    within: "site",
    any: ["cam.site", "water.odd"],
    none: ["power.gone"],
    priority: 2,
    explains: { rules: ["cam.site"], within: "site" },
  }),
];

let folder: TemporaryFolder;
let registry: Registry;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-alarms-property");
  registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  for (const identity of gauges) registry.put({ identity, profile: "generic-water" });
  for (const identity of cameras) registry.put({ identity, profile: "generic-camera" });
  for (const identity of supplies) registry.put({ identity, profile: "generic-power" });
});
afterAll(() => {
  registry.close();
  folder[Symbol.dispose]();
});

const base = 1_790_000_000_000;
let clock = base;

function open(file: string): Alarms {
  const log = pino({ level: "silent" });
  return openAlarms(file, { rules, registry, now: () => clock, log, metrics: new Metrics() });
}
const newFile = (): string => join(folder.path, `${++count}`, "alarms.db");

/** The book as a kill at this moment would leave it. */
function copyOf(file: string): string {
  const copy = newFile();
  mkdirSync(join(copy, ".."), { recursive: true });
  for (const end of ["", "-wal"]) cpSync(`${file}${end}`, `${copy}${end}`);
  return copy;
}

interface Reading {
  readonly identity: string;
  readonly ts: number;
  readonly value: Value;
  readonly flag: Flag;
}

function fieldOf({ identity, value }: Pick<Reading, "identity" | "value">) {
  if (identity.includes("ups-")) return { name: "ups_status", type: "string" as const, value };
  if (typeof value === "boolean") return { name: "reachable", type: "boolean" as const, value };
  return { name: "water_level_m", type: "float" as const, value };
}

/** A reading in a message of its own, that arrives at an instant. */
function messageOf(reading: Reading, receivedAt: number, index: number): FedMessage {
  const device = registry.find(reading.identity) as RegisteredDevice;
  const field = { ...fieldOf(reading), flag: reading.flag };
  const samples = [{ series: device.series, ts: reading.ts, fields: [field] }];
  return { device, samples, receivedAt, index };
}

const reading = fc.constantFrom(...identities).chain((identity) =>
  fc.record({
    identity: fc.constant(identity),
    ts: fc.integer({ min: 0, max: 40_000 }).map((ms) => base + ms),
    value: identity.includes("ups-")
      ? fc.constantFrom<Value>("OL", "OB DISCHRG", "OB LB")
      : identity.includes("cam-")
        ? fc.constantFrom<Value>(true, false)
        : fc.constantFrom<Value>(0.5, 1.5, 1.9, 2.5, 3.5),
    flag: fc.oneof(
      { weight: 9, arbitrary: fc.constant<Flag>(1) },
      { weight: 1, arbitrary: fc.constantFrom<Flag>(2, 3, 4, 9) },
    ),
  }),
);
const readings = fc.uniqueArray(reading, {
  minLength: 1,
  maxLength: 40,
  selector: ({ identity, ts }) => `${identity} ${ts}`,
});

/** Instants of arrival, and how they fall into commits. */
interface Arrival {
  readonly reading: Reading;
  readonly at: number;
}
const windowMs = 250;
const latest = 15 * 60_000;

function arrivalsOf(all: readonly Reading[], delays: readonly number[]): Arrival[] {
  return all
    .map((one, n) => ({ reading: one, at: one.ts + (delays[n % delays.length] ?? 0) }))
    .sort((a, b) => a.at - b.at);
}
const delays = fc.array(fc.nat(windowMs), { minLength: 1, maxLength: 40 });
/** Some come out of an outbox, much later. */
const anyDelays = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.nat(windowMs) }, { weight: 1, arbitrary: fc.nat(30_000) }),
  { minLength: 1, maxLength: 40 },
);

interface Disturbance {
  /** After so many commits … */
  readonly after: number;
  readonly what: "checkpoint" | "crash" | "tick";
}
const disturbances = fc.array(
  fc.record({
    after: fc.nat(40),
    what: fc.constantFrom("checkpoint", "crash", "tick"),
  }) as fc.Arbitrary<Disturbance>,
  { maxLength: 8 },
);

/** How often a station looks at its clock where nothing arrives: never as rarely as one that was away. */
const everyMs = fc.integer({ min: 300, max: 9000 });

/** Feeds what arrives as it arrives, disturbed, and lets the time go by after it; gives the book. */
function run(
  arrivals: readonly Arrival[],
  { every = 1000, disturbed = [] }: { every?: number; disturbed?: readonly Disturbance[] } = {},
) {
  clock = base - 1000;
  let file = newFile();
  let alarms = open(file);
  const rows: FedMessage[][] = [];
  for (const { reading: one, at } of arrivals) {
    for (clock += every; clock < at; clock += every) alarms.tick();
    clock = at + 3;
    rows.push([messageOf(one, at, 0)]);
    alarms.feed(rows.length, rows.at(-1) ?? []);
    for (const { after, what } of disturbed) {
      if (after !== rows.length) continue;
      if (what === "checkpoint") alarms.checkpoint();
      if (what === "tick") alarms.tick();
      if (what !== "crash") continue;
      const crashed = alarms;
      file = copyOf(file);
      alarms = open(file);
      crashed.close();
      for (let row = alarms.durablePosition + 1; row <= rows.length; row++) {
        alarms.feed(row, rows[row - 1] ?? []);
      }
    }
  }
  for (const end = base + latest; clock < end; clock += 5000) alarms.tick();
  return alarms;
}

/** The history of every alarm there was: what happened, when, into which state. */
function historiesOf(alarms: Alarms): Map<string, string[]> {
  const histories = new Map<string, string[]>();
  for (const { json } of alarms.after(0, 1e6)) {
    const alarm = JSON.parse(json) as Alarm;
    const { at, event, state, value, comment } = alarm.history.at(-1) as Alarm["history"][number];
    const lines = histories.get(alarm.id) ?? [];
    histories.set(alarm.id, lines);
    const { rule, device, priority, active } = alarm;
    lines.push([device, rule, at - base, event, state, value, comment, priority, active].join(" "));
  }
  return new Map([...histories].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** More of them are to be run by hand after a change of the engine. */
const runs = Number(process.env.KENH_PROPERTY_RUNS ?? 40);
const patienceMs = Math.max(120_000, 1000 * runs);

function closed<T>(alarms: Alarms, read: (alarms: Alarms) => T): T {
  try {
    return read(alarms);
  } finally {
    alarms.close();
  }
}

test(
  "any order within the window gives the same history",
  () => {
    fc.assert(
      fc.property(readings, delays, delays, everyMs, (all, some, others, every) => {
        const one = closed(run(arrivalsOf(all, some)), historiesOf);
        const other = closed(run(arrivalsOf(all, others), { every }), historiesOf);
        expect(other).toEqual(one);
      }),
      { numRuns: runs },
    );
  },
  patienceMs,
);

test(
  "readings that come again, soon or late, change nothing",
  () => {
    fc.assert(
      fc.property(
        readings,
        anyDelays,
        fc.array(fc.nat(60_000), { maxLength: 40 }),
        (all, some, laters) => {
          const arrivals = arrivalsOf(all, some);
          const again = arrivals.flatMap((one, n) => {
            const later = laters[n];
            return later === undefined ? [] : [{ ...one, at: one.at + later }];
          });
          const doubled = [...arrivals, ...again].sort((a, b) => a.at - b.at);
          expect(closed(run(doubled), historiesOf)).toEqual(closed(run(arrivals), historiesOf));
        },
      ),
      { numRuns: runs },
    );
  },
  patienceMs,
);

test("a cause whose delay runs out in silence is judged before what follows it", () => {
  const [gauge] = gauges;
  const all: Reading[] = [
    { identity: gauge, ts: base, value: 3.5, flag: 1 },
    { identity: ups, ts: base + 5473, value: "OB DISCHRG", flag: 1 },
    { identity: gauge, ts: base + 8723, value: 0.5, flag: 1 },
  ];
  const arrivals = arrivalsOf(all, [3]);
  const again = arrivals.slice(0, 1).map((one) => ({ ...one, at: one.at + 8995 }));
  const once = closed(run(arrivals), historiesOf);
  expect(closed(run([...arrivals, ...again]), historiesOf)).toEqual(once);
  const wet = [...once.values()].find(([first]) => first?.includes("water.wet"));
  expect(wet?.map((line) => line.split(" ").slice(2, 4).join(" "))).toEqual([
    "0 raise",
    "8473 suppress",
    "8723 clear",
  ]);
});

test(
  "a kill at any point, with any checkpoints, gives the same history",
  () => {
    fc.assert(
      fc.property(readings, anyDelays, disturbances, everyMs, (all, some, disturbed, every) => {
        const arrivals = arrivalsOf(all, some);
        const undisturbed = closed(run(arrivals), historiesOf);
        expect(closed(run(arrivals, { every, disturbed }), historiesOf)).toEqual(undisturbed);
      }),
      { numRuns: runs },
    );
  },
  patienceMs,
);

test("a kill between two members of one instant leaves neither out of the site's condition", () => {
  const one = { ts: base, flag: 1 } as const;
  const all: Reading[] = [
    { ...one, identity: cameras[1], value: false },
    { ...one, identity: gauges[1], value: 0.5 },
    { ...one, identity: cameras[0], value: false },
  ];
  const arrivals = all.map((reading, n) => ({ reading, at: base + (n > 0 ? 251 : 0) }));
  const disturbed: Disturbance[] = [
    { after: 2, what: "checkpoint" },
    { after: 3, what: "crash" },
  ];
  const undisturbed = closed(run(arrivals), historiesOf);
  expect(undisturbed.size).toBe(2);
  expect(closed(run(arrivals, { disturbed }), historiesOf)).toEqual(undisturbed);
});

test(
  "no calls lead out of the standard, and every alarm raised is over or open",
  () => {
    const call = fc.record({
      kind: fc.constantFrom<Call["kind"]>(
        "acknowledge",
        "shelve",
        "unshelve",
        "out-of-service",
        "return-to-service",
        "comment",
      ),
      which: fc.nat(5),
      after: fc.nat(40),
    });
    fc.assert(
      fc.property(readings, delays, fc.array(call, { maxLength: 30 }), (all, some, calls) => {
        clock = base - 1000;
        const alarms = open(newFile());
        arrivalsOf(all, some).forEach(({ reading: one, at }, n) => {
          clock = at + 600;
          alarms.feed(n + 1, [messageOf(one, at, 0)]);
          alarms.tick();
          for (const { kind, which } of calls.filter(({ after }) => after === n)) {
            const listed = alarms.list({ visible: () => true });
            const alarm = JSON.parse(listed[which % listed.length] ?? "null") as Alarm | null;
            if (!alarm) continue;
            try {
              const given = { kind, comment: "a test", until: null } as Call;
              alarms.operate(alarm.id, given, { actor: "a", version: alarm.version });
            } catch (error) {
              if (!(error instanceof Refusal)) throw error;
            }
          }
        });
        for (const end = base + latest; clock < end; clock += 5000) alarms.tick();
        closed(alarms, (last) => {
          for (const { json } of last.after(0, 1e6)) expectStandard(JSON.parse(json));
          const open = new Set(
            last.list({ visible: () => true }).map((json) => `${JSON.parse(json).id}`),
          );
          for (const id of historiesOf(last).keys()) expect(open.has(id)).toBe(true);
        });
      }),
      { numRuns: runs },
    );
  },
  patienceMs,
);

/** ISA-18.2: what each state says of the condition and of the acknowledgement. */
function expectStandard(alarm: Alarm): void {
  const { state, active, acknowledgedAt, shelvedUntil, suppressedBy } = alarm;
  const told = { state, active, acknowledged: acknowledgedAt !== null };
  if (state === "unacknowledged") expect(told).toMatchObject({ active: true, acknowledged: false });
  if (state === "acknowledged") expect(told).toMatchObject({ active: true, acknowledged: true });
  if (state === "returned") expect(told).toMatchObject({ active: false, acknowledged: false });
  if (state === "normal") expect(told).toMatchObject({ active: false });
  expect(shelvedUntil !== null).toBe(state === "shelved" || state === "out-of-service");
  expect(suppressedBy !== null).toBe(state === "suppressed");
}
