import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm, AlarmRule } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { loadCatalogue } from "../../catalogue.ts";
import { openRegistry, type RegisteredDevice, type Registry } from "../../registry.ts";
import { openAlarms } from "../engine.ts";
import { makeRule } from "../rule.fixture.ts";
import { createAnnouncer } from "./announce.ts";
import { createEscalation } from "./escalate.ts";
import { alarmOn, gauge, step } from "./outbox.fixture.ts";
import { dueStep, waitingAfter } from "./unanswered.ts";
import { openWayBook } from "./way-book.ts";
import type { EscalationStep } from "./ways-file.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../../../schemas/", import.meta.url)));
const minute = 60_000;
const t0 = 1_790_000_000_000;
const steps: EscalationStep[] = [
  { after: { 1: 5, 2: 15 }, ways: ["truong-ca"], places: undefined },
  { after: { 1: 15 }, ways: ["lanh-dao", "truong-ca"], places: ["82/29869"] },
];

describe("an unanswered alarm", () => {
  const raised = step(alarmOn(gauge), "raise", t0);
  const waiting = waitingAfter(raised, undefined, t0);

  test.each([
    { minutes: 4, due: undefined },
    { minutes: 5, due: { ways: ["truong-ca"], afterMs: 5 * minute } },
    { minutes: 16, due: { ways: ["truong-ca", "lanh-dao"], afterMs: 15 * minute } },
  ])("of priority 1 after $minutes min", ({ minutes, due }) => {
    expect(waiting && dueStep(waiting, steps, t0 + minutes * minute)).toEqual(due);
  });

  test("is told at each step once, and a priority without a step never", () => {
    const told = waiting && { ...waiting, toldAfterMs: 5 * minute };
    expect(told && dueStep(told, steps, t0 + 14 * minute)).toBeUndefined();
    expect(told && dueStep(told, steps, t0 + 15 * minute)?.afterMs).toBe(15 * minute);
    const low = waitingAfter(step(alarmOn(gauge, { priority: 4 }), "raise", t0), undefined, t0);
    expect(low && dueStep(low, steps, t0 + 999 * minute)).toBeUndefined();
  });

  test("elsewhere is not for whom only one place is named", () => {
    const far = waitingAfter(step(alarmOn("82/30000/a/b"), "raise", t0), undefined, t0);
    expect(far && dueStep(far, steps, t0 + 20 * minute)?.ways).toEqual(["truong-ca"]);
  });

  test("that comes and goes keeps its time, and calls nobody while it is gone", () => {
    const gone = waitingAfter(step(raised, "clear", t0 + 1), waiting ?? undefined, t0 + minute);
    expect(gone).toMatchObject({ active: false, since: t0 });
    expect(gone && dueStep(gone, steps, t0 + 10 * minute)).toBeUndefined();
    const back = waitingAfter(step(raised, "raise", t0 + 2), gone ?? undefined, t0 + 6 * minute);
    expect(back && dueStep(back, steps, t0 + 6 * minute)?.ways).toEqual(["truong-ca"]);
  });

  test.each(["acknowledge", "shelve", "suppress"] as const)("waits no longer after %s", (event) => {
    expect(waitingAfter(step(raised, event, t0 + 1), waiting ?? undefined, t0 + 1)).toBeNull();
  });
});

describe("the escalation", () => {
  let folder: TemporaryFolder;
  let registry: Registry;
  let clock: number;
  const closers: (() => unknown)[] = [];
  beforeEach(() => {
    folder = temporaryFolder("kenh-escalation");
    registry = openRegistry(join(folder.path, "registry.db"), catalogue);
    registry.put({ identity: gauge, profile: "generic-water" });
    clock = t0;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    registry.close();
    folder[Symbol.dispose]();
  });

  const rule: AlarmRule = makeRule({
    kind: "high",
    id: "water.test",
    levels: [{ priority: 1, limit: 2.3 }],
  });
  const log = pino({ level: "silent" });
  const now = (): number => clock;

  function open() {
    const metrics = new Metrics();
    const file = join(folder.path, "alarms.db");
    const alarms = openAlarms(file, { rules: [rule], registry, now, log, metrics, latenessMs: 0 });
    const book = openWayBook(join(folder.path, "ways.db"), () => {
      throw new Error("damaged");
    });
    const escalation = createEscalation({ alarms, book, now, log });
    escalation.use(steps);
    const stopping = new AbortController();
    const announcer = createAnnouncer(alarms, { signal: stopping.signal, log, metrics, now });
    void announcer.use([escalation.way]);
    let position = 0;
    async function level(value: number): Promise<void> {
      const device = registry.find(gauge) as RegisteredDevice;
      const fields = [{ name: "water_level_m", type: "float" as const, value, flag: 1 as const }];
      const samples = [{ series: device.series, ts: clock, fields }];
      position += 1;
      alarms.feed(position, [{ device, samples, receivedAt: clock, index: 0 }]);
      clock += 1000;
      alarms.tick();
      await known();
    }
    const known = () =>
      until(() => announcer.standing()[0]?.waiting === 0, "the escalation to know all");
    const stop = async (): Promise<void> => {
      stopping.abort();
      await announcer.done;
      alarms.close();
      book.close();
    };
    closers.push(stop);
    const only = () => JSON.parse(alarms.list({ visible: () => true })[0] ?? "") as Alarm;
    const told = () =>
      (alarms.get(only().id)?.history ?? []).flatMap(({ event, comment, at }) =>
        event === "unanswered" ? [[comment, Math.floor((at - t0) / minute)]] : [],
      );
    return { alarms, escalation, level, known, only, told, stop };
  }

  test("tells one after the other, each once, until somebody acknowledges", async () => {
    const { alarms, escalation, level, known, only, told } = open();
    await level(2.4);
    expect(escalation.tick()).toBe(0);
    clock = t0 + 6 * minute;
    expect([escalation.tick(), escalation.tick()]).toEqual([1, 0]);
    await known();
    expect(escalation.tick()).toBe(0);
    clock = t0 + 17 * minute;
    expect(escalation.tick()).toBe(1);
    await known();
    expect(told()).toEqual([
      ["truong-ca", 6],
      ["lanh-dao, truong-ca", 17],
    ]);
    const { id, version, state } = only();
    expect(state).toBe("unacknowledged");
    alarms.operate(id, { kind: "acknowledge", comment: null }, { actor: "t1", version });
    await known();
    clock = t0 + 99 * minute;
    expect(escalation.tick()).toBe(0);
    expect(told().length).toBe(2);
  });

  test("knows after a restart since when nobody has answered, and what it has told", async () => {
    const first = open();
    await first.level(2.4);
    clock = t0 + 6 * minute;
    expect(first.escalation.tick()).toBe(1);
    // Gone at once: it has not seen its own step in the book.
    await first.stop();
    clock = t0 + 20 * minute;
    const second = open();
    await second.known();
    expect(second.escalation.tick()).toBe(1);
    await second.known();
    expect(second.escalation.tick()).toBe(0);
    expect(second.told()).toEqual([
      ["truong-ca", 6],
      ["lanh-dao, truong-ca", 20],
    ]);
  });

  test("a step that was written and not noted is not taken twice", async () => {
    const { alarms, escalation, level, known, only, told } = open();
    await level(2.4);
    const { id, version } = only();
    clock = t0 + 6 * minute;
    const since = t0 + 1000;
    alarms.operate(
      id,
      { kind: "unanswered", comment: "truong-ca" },
      { actor: "kenh", version, idempotencyKey: `escalation ${id} ${since} ${5 * minute}` },
    );
    await known();
    expect(escalation.tick()).toBe(1);
    expect(told().length).toBe(1);
  });
});
