import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm, AlarmRule, Dispatch } from "@kenh/schemas";
import fc from "fast-check";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { loadCatalogue } from "../../catalogue.ts";
import { openRegistry, type Registry } from "../../registry.ts";
import type { Alarms } from "../alarms.ts";
import { openAlarms } from "../engine.ts";
import { Refusal } from "../operate.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../../../schemas/", import.meta.url)));
const rule = catalogue.rules.get("water.bd3") as AlarmRule;
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const minute = 60_000;
const t0 = 1_790_000_000_000;

let folder: TemporaryFolder;
let registry: Registry;
let clock = t0;
let count = 0;
beforeAll(() => {
  folder = temporaryFolder("kenh-dispatches");
  registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({ identity: gauge, profile: "generic-water" });
});
afterAll(() => {
  registry.close();
  folder[Symbol.dispose]();
});
beforeEach(() => {
  clock = t0;
});

const newFile = (): string => join(folder.path, `${++count}`, "alarms.db");
function open(file: string): Alarms {
  const parts = { registry, now: () => clock, metrics: new Metrics(), latenessMs: 0 };
  return openAlarms(file, { rules: [rule], log: pino({ level: "silent" }), ...parts });
}

/** The book as a kill at this moment would leave it. */
function copyOf(file: string): string {
  const copy = newFile();
  mkdirSync(join(copy, ".."), { recursive: true });
  for (const end of ["", "-wal"]) cpSync(`${file}${end}`, `${copy}${end}`);
  return copy;
}

/** An alarm that there is, whatever its condition. */
function anAlarm(alarms: Alarms): string {
  const call = { comment: "thay cảm biến", until: null };
  const json = alarms.takeOut(gauge, rule.id, call, { actor: "Lan" });
  return (JSON.parse(json ?? "") as Alarm).id;
}
const by = { actor: "Lan (0123)", scope: "82/29869" };
const order = {
  agency: "82/29869/kinh-te",
  label: { vi: "Phòng Kinh tế", en: "Economy office" },
  place: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
  instruction: "Kiểm tra cống số 3",
  deadline: { inMs: 30 * minute },
};
const assigned = (alarms: Alarms, alarm: string) =>
  alarms.dispatches.assign(alarm, order, by) as Dispatch;
const eventsOf = (alarms: Alarms, alarm: string) =>
  alarms.get(alarm)?.history.map(({ event }) => event) ?? [];

test("a step is told with its transition, and a kill right after it takes neither away", () => {
  const file = newFile();
  const alarms = open(file);
  const alarm = anAlarm(alarms);
  const told: string[] = [];
  alarms.subscribe(({ json }) => told.push((JSON.parse(json) as Alarm).dispatch?.state ?? "none"));
  const { id } = assigned(alarms, alarm);
  alarms.dispatches.operate(id, { kind: "accept", comment: null, version: 1 }, by);
  expect(told).toEqual(["assigned", "accepted"]);
  const after = open(copyOf(file));
  expect(after.dispatches.get(id)).toEqual(alarms.dispatches.get(id));
  expect(after.get(alarm)).toEqual(alarms.get(alarm));
  expect(after.dispatches.get(id)?.history.map(({ event }) => event)).toEqual(["assign", "accept"]);
  after.close();
  alarms.close();
});

test("what is overdue is told once, whatever is restarted before, between and after", () => {
  const file = newFile();
  let alarms = open(file);
  const alarm = anAlarm(alarms);
  const { id } = assigned(alarms, alarm);
  const restart = (): void => {
    alarms.close();
    alarms = open(file);
  };
  clock += 30 * minute - 1;
  alarms.tick();
  restart();
  alarms.tick();
  expect(alarms.dispatches.get(id)?.overdue).toBe(false);
  clock += 1;
  restart();
  alarms.tick();
  alarms.tick();
  restart();
  clock += 24 * 60 * minute;
  alarms.tick();
  expect(alarms.dispatches.get(id)).toMatchObject({ overdue: true, state: "assigned" });
  expect(eventsOf(alarms, alarm).filter((event) => event === "dispatch-overdue")).toHaveLength(1);
  expect(alarms.dispatches.list({ states: ["overdue"], visible: () => true })).toHaveLength(1);
  alarms.close();
});

test("an alarm is with one agency at a time; given to another, it leaves the first", () => {
  const alarms = open(newFile());
  const alarm = anAlarm(alarms);
  const first = assigned(alarms, alarm);
  expect(() => assigned(alarms, alarm)).toThrow(
    expect.objectContaining({ kind: "wrong-state", message: expect.stringContaining(first.id) }),
  );
  const other = { ...order, agency: "82/so-nnmt", comment: "vượt thẩm quyền", version: 1 };
  const second = alarms.dispatches.reassign(first.id, other, by) as Dispatch;
  expect(second).toMatchObject({ previous: first.id, agency: "82/so-nnmt", state: "assigned" });
  expect(alarms.dispatches.get(first.id)?.state).toBe("withdrawn");
  expect(alarms.get(alarm)?.dispatch?.id).toBe(second.id);
  expect(eventsOf(alarms, alarm).slice(-2)).toEqual(["dispatch-withdraw", "dispatch"]);
  // Refused as a whole: the first one would be withdrawn with nobody to take over.
  const wrong = { ...other, version: 1, deadline: 1 };
  expect(() => alarms.dispatches.reassign(second.id, wrong, by)).toThrow(Refusal);
  expect(alarms.dispatches.get(second.id)?.state).toBe("assigned");
  alarms.close();
});

test("the same call with the same key is one call, over a restart too", () => {
  const file = newFile();
  const alarms = open(file);
  const alarm = anAlarm(alarms);
  const keyed = { ...by, idempotencyKey: "0123 k1" };
  const first = alarms.dispatches.assign(alarm, order, keyed);
  clock += minute;
  const after = open(copyOf(file));
  expect(after.dispatches.assign(alarm, order, keyed)).toEqual(first);
  expect(after.get(alarm)?.version).toBe(alarms.get(alarm)?.version);
  expect(() => after.dispatches.assign(alarm, { ...order, instruction: "khác" }, keyed)).toThrow(
    expect.objectContaining({ kind: "key-reused" }),
  );
  after.close();
  alarms.close();
});

test("an alarm that is over leaves its dispatch open, and a dispatch that is over its alarm", () => {
  const alarms = open(newFile());
  const alarm = anAlarm(alarms);
  const { id } = assigned(alarms, alarm);
  const { version = 0 } = alarms.get(alarm) ?? {};
  const back = { kind: "return-to-service", comment: null } as const;
  alarms.operate(alarm, back, { actor: "Lan", version });
  const seen = { kind: "acknowledge", comment: null } as const;
  alarms.operate(alarm, seen, { actor: "Lan", version: version + 1 });
  expect(alarms.get(alarm)).toMatchObject({ state: "normal", dispatch: { state: "assigned" } });
  clock += 31 * minute;
  alarms.tick();
  const handle = { kind: "handle", comment: "đã thông cống", version: 2 } as const;
  expect(alarms.dispatches.operate(id, handle, by)).toMatchObject({ state: "handled", late: true });
  expect(alarms.get(alarm)).toMatchObject({
    state: "normal",
    dispatch: { state: "handled", late: true },
  });
  alarms.close();
});

test("the history of a dispatch is written once and never again", () => {
  const file = newFile();
  const alarms = open(file);
  assigned(alarms, anAlarm(alarms));
  alarms.close();
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(file);
  expect(() => db.exec("UPDATE dispatch_line SET line = '{}'")).toThrow("append-only");
  expect(() => db.exec("DELETE FROM dispatch_line")).toThrow("append-only");
  db.close();
});

const kinds = ["assign", "accept", "handle", "return", "withdraw", "comment"] as const;
const moves = fc.record({
  move: fc.constantFrom(...kinds, "reassign" as const, "restart" as const, "kill" as const),
  waitMs: fc.nat(15 * minute),
  stale: fc.integer({ min: 0, max: 9 }),
});

test("any interleaving of calls, restarts and kills leaves a history that is whole", () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 14 }), (sequence) => {
      clock = t0;
      let file = newFile();
      let alarms = open(file);
      const alarm = anAlarm(alarms);
      const made: string[] = [];
      let refused = 0;
      for (const { move, waitMs, stale } of sequence) {
        clock += waitMs;
        alarms.tick();
        const id = made.at(-1) ?? "none";
        const version = (alarms.dispatches.get(id)?.version ?? 0) - (stale === 0 ? 1 : 0);
        if (move === "restart" || move === "kill") {
          const next = move === "kill" ? copyOf(file) : file;
          alarms.close();
          file = next;
          alarms = open(file);
          continue;
        }
        try {
          const { dispatches } = alarms;
          if (move === "assign") made.push(assigned(alarms, alarm).id);
          else if (move === "reassign") {
            const next = dispatches.reassign(id, { ...order, version, comment: "chuyển" }, by);
            if (next) made.push(next.id);
          } else dispatches.operate(id, { kind: move, comment: "x", version }, by);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          refused += 1;
        }
      }
      const all = made.map((id) => alarms.dispatches.get(id) as Dispatch);
      expect(
        all.filter(({ state }) => !["handled", "withdrawn"].includes(state)).length,
      ).toBeLessThan(2);
      const lines = all.flatMap(({ history }) => history);
      const ofAlarm = alarms
        .get(alarm)
        ?.history.filter(({ event }) => event.startsWith("dispatch"));
      // Each step is one transition of the alarm, with its version: nothing is lost or told twice.
      expect(lines.map(({ alarmVersion }) => alarmVersion).sort((a, b) => a - b)).toEqual(
        lines.map((_, index) => index + 2),
      );
      expect(ofAlarm).toHaveLength(lines.length);
      for (const { history, version } of all) {
        expect(history).toHaveLength(version);
        expect(history.filter(({ event }) => event === "overdue").length).toBeLessThan(2);
        expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).toSorted());
      }
      expect(refused).toBeLessThanOrEqual(sequence.length);
      alarms.close();
    }),
    { numRuns: 15 },
  );
});
