import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { loadCatalogue } from "../../catalogue.ts";
import { openRegistry, type RegisteredDevice, type Registry } from "../../registry.ts";
import { openAlarms } from "../engine.ts";
import { makeRule } from "../rule.fixture.ts";
import { gauge } from "./outbox.fixture.ts";
import { startOutgoing } from "./outgoing.ts";

const catalogue = loadCatalogue(fileURLToPath(new URL("../../../../schemas/", import.meta.url)));
const rule = makeRule({ kind: "high", id: "water.test", levels: [{ priority: 1, limit: 2.3 }] });
const t0 = 1_790_000_000_000;
let folder: TemporaryFolder;
let registry: Registry;
let server: Server;
let url: string;
let clock: number;
/** What came, by path. */
let came: string[];
let status: number;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = temporaryFolder("kenh-outgoing");
  registry = openRegistry(join(folder.path, "registry.db"), catalogue);
  registry.put({ identity: gauge, profile: "generic-water" });
  writeFileSync(join(folder.path, "hook.secret"), "bi mat");
  [clock, came, status] = [t0, [], 200];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { type, data } = JSON.parse(body) as { type: string; data: { revision: number } };
      came.push(`${request.url} ${type} ${data.revision}`);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  server.closeAllConnections();
  server.close();
  registry.close();
  folder[Symbol.dispose]();
});

function write(ways: string[], escalation = ""): void {
  const hooks = ways.map((way) => {
    const [name, ...more] = way.split(" ");
    const rest = more.length > 0 ? `, ${more.join(" ")}` : "";
    return `  - { kind: webhook, name: ${name}, url: "${url}/${name}", secret: { file: hook.secret }${rest} }\n`;
  });
  writeFileSync(
    join(folder.path, "ways.yaml"),
    `version: 1\nways:${hooks.length > 0 ? `\n${hooks.join("")}` : " []\n"}${escalation}`,
  );
}

function station() {
  const metrics = new Metrics();
  const log = pino({ level: "silent" });
  const now = (): number => clock;
  const file = join(folder.path, "alarms.db");
  const alarms = openAlarms(file, { rules: [rule], registry, now, log, metrics, latenessMs: 0 });
  const stopping = new AbortController();
  const start = () =>
    startOutgoing({
      folder: folder.path,
      ...{ alarms, always: [], places: registry, now, log, metrics, signal: stopping.signal },
      onFailing: () => undefined,
    });
  let position = 0;
  function level(value: number): void {
    const device = registry.find(gauge) as RegisteredDevice;
    const fields = [{ name: "water_level_m", type: "float" as const, value, flag: 1 as const }];
    const samples = [{ series: device.series, ts: clock, fields }];
    position += 1;
    alarms.feed(position, [{ device, samples, receivedAt: clock, index: 0 }]);
    clock += 1000;
    alarms.tick();
  }
  const only = () => JSON.parse(alarms.list({ visible: () => true })[0] ?? "") as Alarm;
  closers.push(async () => {
    stopping.abort();
    alarms.close();
  });
  return { alarms, start, level, only };
}

test("who is told when nobody answers hears of that alone, and a way that is new of nothing past", async () => {
  const { start, level, alarms, only } = station();
  level(2.4);
  write(["truc", "lanh-dao events: []"], "escalation:\n  - { ways: [lanh-dao] }\n");
  const outgoing = start();
  await until(() => outgoing.standing().length === 3, "the ways to be in force");
  level(1);
  level(2.5);
  await until(() => came.length === 2, "what is new");
  expect(came).toEqual(["/truc alarm.clear 2", "/truc alarm.raise 3"]);
  clock = t0 + 6 * 60_000;
  await until(() => came.length === 3, "the step of the escalation");
  expect(came[2]).toBe("/lanh-dao alarm.unanswered 4");
  const { id, version } = only();
  alarms.operate(id, { kind: "acknowledge", comment: null }, { actor: "t1", version });
  await until(() => came.length === 4, "the answer");
  expect(came[3]).toBe("/truc alarm.acknowledge 5");
});

test("ways follow their file, and what one refuses for good is kept", async () => {
  const { start, level } = station();
  write(["so"]);
  const outgoing = start();
  await until(() => outgoing.standing().length === 1, "the way");
  status = 422;
  level(2.4);
  await until(() => outgoing.refused().length === 1, "the refusal");
  expect(outgoing.refused()[0]).toMatchObject({ way: "so", revision: 1, device: gauge, at: clock });
  status = 200;
  write(["so", "khac priorities: [1]"]);
  await until(() => outgoing.standing().length === 2, "the second way");
  level(1);
  await until(() => came.length === 3, "both");
  expect(came.slice(1).sort()).toEqual(["/khac alarm.clear 2", "/so alarm.clear 2"]);
  write([]);
  await until(() => outgoing.standing().length === 0, "no way");
});
