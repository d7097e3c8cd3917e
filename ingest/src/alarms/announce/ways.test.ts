import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AlarmEvent } from "@kenh/schemas";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { alarmOn, gauge, openOutbox, step } from "./outbox.fixture.ts";
import { wantsOf } from "./wants.ts";
import type { Way } from "./way.ts";
import { type ConfiguredWays, followWays, readWays } from "./ways.ts";

let folder: TemporaryFolder;
let file: string;
const logged: string[] = [];
const log = pino({ level: "info" }, { write: (line: string) => logged.push(line) });
const parts = { history: () => undefined, places: { find: () => undefined }, now: Date.now, log };
beforeEach(() => {
  folder = temporaryFolder("kenh-ways");
  file = join(folder.path, "ways.yaml");
  logged.length = 0;
  writeFileSync(join(folder.path, "hook.secret"), "bi mat\n");
});
afterEach(() => folder[Symbol.dispose]());

const hook = (name: string, more = ""): string =>
  `  - { kind: webhook, name: ${name}, url: "http://127.0.0.1:9/", secret: { file: hook.secret }${more} }\n`;
const write = (...lines: string[]): void => writeFileSync(file, `version: 1\n${lines.join("")}`);

describe("the file of ways", () => {
  test("need not be there", () => {
    expect(readWays(file, parts)).toEqual({ ways: [], names: [], escalation: [] });
  });

  test("names ways of every kind, and who is told when nobody answers", () => {
    write(
      "ways:\n",
      hook("so"),
      "  - kind: email\n    name: truc\n    from: kenh@caolanh.example\n    to: [truc@caolanh.example]\n",
      "    smtp: { host: smtp.caolanh.example, username: kenh, password: { file: hook.secret } }\n",
      "  - kind: cap\n    name: cap\n    sender: ioc@caolanh.example\n    senderName: Cao Lãnh\n    folder: cap\n",
      "escalation:\n  - ways: [truc]\n  - { after: { 1: 30 }, ways: [so, truc] }\n",
    );
    const { ways, names, escalation } = readWays(file, parts);
    expect(names).toEqual(["so", "truc", "cap"]);
    expect(ways.map(({ name }) => name)).toEqual(["so", "truc.urgent", "truc", "cap"]);
    expect(escalation[0]?.after).toEqual({ 1: 5, 2: 15, 3: 60 });
    for (const way of ways) way.close?.();
  });

  test.each([
    {
      what: "a way that there is not",
      lines: ["ways: []\nescalation:\n  - { after: { 1: 5 }, ways: [lanh-dao] }\n"],
      says: [":4:", "there is no way lanh-dao"],
    },
    {
      what: "a name that is there twice",
      lines: ["ways:\n", hook("a"), hook("a")],
      says: [":4:", "a is there twice"],
    },
    {
      what: "a name that is taken",
      lines: ["ways:\n", hook("store")],
      says: [":3:", "the station's own"],
    },
    { what: "an unknown kind", lines: ["ways:\n  - { kind: sms, name: a }\n"], says: [":3:"] },
    {
      what: "a secret in the file itself",
      lines: ['ways:\n  - { kind: webhook, name: a, url: "http://x/", secret: abc }\n'],
      says: [":3:", "secret"],
    },
    {
      what: "a misspelt field",
      lines: ["ways:\n", hook("a", ", eventz: []")],
      says: [":3:", "eventz"],
    },
    {
      what: "an event that there is not",
      lines: ["ways:\n", hook("a", ", events: [rise]")],
      says: [":3:", "events"],
    },
    {
      what: "messages of CAP that go nowhere",
      lines: ["ways:\n  - { kind: cap, name: c, sender: a, senderName: b }\n"],
      says: [":3:", "needs folder, post or both"],
    },
    { what: "YAML that is none", lines: ["ways: [\n"], says: ["ways.yaml"] },
  ])("is refused for $what, with its line", ({ lines, says }) => {
    write(...lines);
    for (const word of says) expect(() => readWays(file, parts)).toThrow(word);
  });

  test("a secret that is not there is told of at once, by its place alone", () => {
    write("ways:\n", hook("a").replace("file: hook.secret", "env: NO_SUCH_SECRET"));
    expect(() => readWays(file, parts)).toThrow("the environment has no NO_SUCH_SECRET");
    write("ways:\n", hook("a").replace("hook.secret", "gone.secret"));
    expect(() => readWays(file, parts)).toThrow("gone.secret");
  });
});

describe("following the file", () => {
  test("takes what changes, keeps what does not, and keeps all when it is wrong", async () => {
    write("ways:\n", hook("a"), hook("b"));
    const known = new Map<string, readonly Way[]>();
    const first = readWays(file, parts, known);
    const taken: ConfiguredWays[] = [];
    const stop = new AbortController();
    const done = followWays(
      file,
      parts,
      known,
      async (ways) => {
        taken.push(ways);
      },
      stop.signal,
    );
    write("ways:\n", hook("a"), hook("b", ", priorities: [1]"), hook("c"));
    const second = await until(() => taken[0], "the change");
    expect(second.names).toEqual(["a", "b", "c"]);
    expect(second.ways[0]).toBe(first.ways[0]);
    expect(second.ways[1]).not.toBe(first.ways[1]);
    write("ways: [{ kind: fax }]\n");
    await until(() => logged.join("").includes("those in force stay"), "the fault to be told");
    expect(logged.join("")).toContain("ways.yaml:2");
    expect(taken.length).toBe(1);
    rmSync(file);
    expect((await until(() => taken[1], "the file to be gone")).names).toEqual([]);
    stop.abort();
    await done;
    for (const way of [...first.ways, ...second.ways]) way.close?.();
  });
});

describe("what goes a way", () => {
  const events = (...names: AlarmEvent[]) => ({ events: names });
  test.each([
    { config: {}, alarm: {}, event: "raise", wanted: true },
    {
      config: { priorities: [1 as const] },
      alarm: { priority: 2 as const },
      event: "raise",
      wanted: false,
    },
    { config: { places: ["82/29869"] }, alarm: {}, event: "raise", wanted: true },
    { config: { places: ["82/29869/cau-cao-lanh"] }, alarm: {}, event: "raise", wanted: true },
    { config: { places: ["82/2986"] }, alarm: {}, event: "raise", wanted: false },
    { config: { rules: ["water.*"] }, alarm: {}, event: "raise", wanted: true },
    { config: { rules: ["water.bd"] }, alarm: {}, event: "raise", wanted: false },
    { config: events("clear"), alarm: {}, event: "raise", wanted: false },
    { config: events("clear"), alarm: {}, event: "clear", wanted: true },
    { config: events(), alarm: {}, event: "raise", wanted: false },
    { config: {}, alarm: { state: "suppressed" as const }, event: "raise", wanted: false },
    {
      config: { hidden: true },
      alarm: { state: "suppressed" as const },
      event: "raise",
      wanted: true,
    },
    { config: {}, alarm: {}, event: "shelve", wanted: false },
    { config: { kind: "email" }, alarm: {}, event: "dispatch", wanted: false },
    { config: { kind: "email" }, alarm: {}, event: "dispatch-overdue", wanted: true },
    { config: { kind: "cap" }, alarm: {}, event: "dispatch-overdue", wanted: false },
    { config: {}, alarm: {}, event: "unanswered", wanted: false },
    { config: events(), alarm: { comment: "x, hook" }, event: "unanswered", wanted: true },
  ] as const)("$event with $config: $wanted", ({ config, alarm, event, wanted }) => {
    const book = openOutbox(join(folder.path, "alarms.db"));
    const [change] = book.record(step(alarmOn(gauge), event, 1, alarm));
    const asked = { kind: "webhook", name: "hook", hidden: false, ...config } as const;
    expect(change && wantsOf(asked as never)(change)).toBe(wanted);
    book.close();
  });
});
