import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import type { Alarms } from "../alarms/alarms.ts";
import { openAlarms } from "../alarms/engine.ts";
import { makeRule } from "../alarms/rule.fixture.ts";
import { acceptAs, heldBack, type Lead, passOver } from "./lead.ts";

const log = pino({ level: "silent" });
const rules = ["test.a", "test.b", "test.c"].map((id) =>
  makeRule({ id, kind: "high", levels: [{ limit: 2, priority: 2 }] }),
);

function open(): { alarms: Alarms; change(rule: string): void } {
  const folder = temporaryFolder();
  const alarms = openAlarms(`${folder.path}/alarms.db`, {
    rules,
    registry: registryOf(gauge),
    now: Date.now,
    log,
    metrics: new Metrics(),
  });
  onTestFinished(() => {
    alarms.close();
    folder[Symbol.dispose]();
  });
  return {
    alarms,
    change(rule) {
      const call = { comment: "bảo trì", until: null };
      alarms.takeOut(gauge.identity, rule, call, { actor: "lan" });
    },
  };
}

/** A lead whose standby answers when the test says so. */
function makeLead(isAnnounced: Lead["isAnnounced"] = () => false) {
  const begun = Promise.withResolvers<void>();
  let answers = Promise.withResolvers<void>();
  const lead: Lead = {
    clientId: "kenh-alarms",
    door: { will: { topic: "t", payload: "" }, onConnected() {}, onLost() {} },
    begun: begun.promise,
    settled: () => answers.promise,
    isAnnounced,
    expose() {},
  };
  return {
    lead,
    begin: begun.resolve,
    answer(): void {
      answers.resolve();
      answers = Promise.withResolvers();
    },
    lose(): void {
      answers.promise.catch(() => undefined);
      answers.reject(new Error("it does not lead any more"));
    },
  };
}

test("nothing is told before whoever could take over has it", async () => {
  const { alarms, change } = open();
  const { lead, begin, answer, lose } = makeLead();
  const told = heldBack(alarms, lead, log);
  const heard: number[] = [];
  told.subscribe(({ revision }) => heard.push(revision));
  change("test.a");
  begin();
  await lead.begun;
  expect([told.revision, told.after(0, 10).length, heard]).toEqual([0, 0, []]);
  answer();
  await until(() => heard.length === 1, "the first to be told");
  change("test.b");
  expect([alarms.revision, told.revision, told.after(0, 10).length]).toEqual([2, 1, 1]);
  answer();
  await until(() => heard.length === 2, "the second to be told");
  expect(heard).toEqual([1, 2]);
  change("test.c");
  lose();
  await Promise.resolve();
  expect(told.after(0, 10)).toHaveLength(2);
});

test("what can't be read of the book is told of when it can", async () => {
  const { alarms, change } = open();
  const { lead, begin, answer } = makeLead();
  let fault: Error | undefined = new Error("disk I/O error");
  const broken: Alarms = Object.create(alarms, {
    after: {
      value(...asked: Parameters<Alarms["after"]>) {
        if (fault) throw fault;
        return alarms.after(...asked);
      },
    },
  });
  const lines: unknown[] = [];
  const told = heldBack(broken, lead, { error: (line: unknown) => void lines.push(line) });
  const heard: number[] = [];
  told.subscribe(({ revision }) => heard.push(revision));
  change("test.a");
  begin();
  await lead.begun;
  answer();
  await until(() => lines.length > 0, "the fault to be told");
  expect([lines[0], heard]).toEqual([{ err: fault }, []]);
  fault = undefined;
  await until(() => {
    answer();
    return heard.length > 0;
  }, "the transition to be told of");
  expect(heard).toEqual([1]);
});

test("what the one before has announced is not announced again, nor what came before that", () => {
  const { alarms, change } = open();
  for (const rule of ["test.a", "test.b", "test.c"]) change(rule);
  const [, second] = alarms.after(0, 10).map(({ json }) => JSON.parse(json) as { id: string });
  passOver(alarms, makeLead((id, version) => id === second?.id && version === 1).lead);
  expect(alarms.announced("mqtt")).toBe(2);
  passOver(alarms, makeLead().lead);
  expect(alarms.announced("mqtt")).toBe(2);
});

test("a message is accepted when it is on disk here, and there", async () => {
  const { lead, begin, answer } = makeLead();
  const steps: string[] = [];
  const accept = acceptAs(lead, async () => void steps.push("here"));
  const accepted = accept({ topic: "t", payload: new Uint8Array() }).then(() =>
    steps.push("PUBACK"),
  );
  await Promise.resolve();
  expect(steps).toEqual([]);
  begin();
  await until(() => steps.length === 1, "it to be on disk here");
  answer();
  await accepted;
  expect(steps).toEqual(["here", "PUBACK"]);
});
