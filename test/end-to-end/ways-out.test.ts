import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Alarm, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
interface Post {
  readonly id: string;
  readonly type: string;
  readonly alarm: Alarm;
}

let folder: TemporaryFolder;
let server: Server;
let url: string;
let posts: Post[];
let away: boolean;
beforeEach(async () => {
  folder = temporaryFolder("ways-out");
  posts = [];
  away = false;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const isAway = away && request.url !== "/watch";
      if (!isAway) {
        const { type, data } = JSON.parse(body) as { type: string; data: { alarm: Alarm } };
        posts.push({ id: String(request.headers["webhook-id"]), type, alarm: data.alarm });
      }
      response.writeHead(isAway ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(folder.path, "hook.secret"), "bi mat");
  mkdirSync(join(folder.path, "rules"));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

const hook = (name: string, path: string, more = ""): string =>
  `  - { kind: webhook, name: ${name}, url: "${url}${path}", secret: { file: hook.secret }${more} }\n`;

/** Levels count at once, and so does a way that fails. */
function rulesAtOnce(): void {
  const change = (rule: string): string =>
    `  - { rule: ${rule}, set: { onDelayMs: 0, offDelayMs: 0 } }\n`;
  const changes = ["water.bd3", "platform.way_out"].map(change).join("");
  writeFileSync(join(folder.path, "rules", "at-once.yaml"), `version: 1\nchanges:\n${changes}`);
}

/** Publishes one level and waits for its PUBACK. */
async function level(station: RunningStation, password: string, value: number): Promise<void> {
  const client = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
  const payload = JSON.stringify({ ts: Date.now(), values: { water_level_m: value } });
  await client.publishAsync(topicOf(gauge, "telemetry"), payload, { qos: 1 });
  await client.endAsync();
}

const of = (type: string) =>
  posts.filter((post) => post.type === type && post.alarm.device === gauge);

test("a webhook gets every transition, across kill -9 and while it is away, and a broken one is an alarm", async () => {
  rulesAtOnce();
  writeFileSync(
    join(folder.path, "ways.yaml"),
    `version: 1\nways:\n${hook("so", "/")}${hook("watch", "/watch", ", rules: [platform.way_out]")}` +
      "  - { kind: cap, name: cap, sender: ioc@caolanh.example, senderName: Cao Lãnh, folder: cap, priorities: [1, 2, 3, 4] }\n",
  );
  let station = await startStation({ folder });
  const password = await station.addDevice(gauge, "generic-water");
  await level(station, password, 2.5);
  await until(() => of("alarm.raise").length >= 1, "the raise");

  away = true;
  await level(station, password, 1);
  await until(
    async () =>
      (await station.get<{ alarms: Alarm[] }>(`/api/v1/alarms?state=returned`)).alarms.length > 0,
    "the clear",
  );
  await station.stop("SIGKILL");
  station = await startStation({ folder });
  await until(
    () => posts.some(({ alarm }) => alarm.rule === "platform.way_out"),
    "the alarm of the way",
    60_000,
  );
  const { ways } = await station.get<{ ways: { name: string; error: string | null }[] }>(
    "/api/v1/ways",
  );
  expect(ways.find(({ name }) => name === "so")?.error).toContain("503");
  expect(ways.find(({ name }) => name === "watch")?.error).toBeNull();

  away = false;
  await until(() => of("alarm.clear").length >= 1, "the clear, late");
  const raises = new Map(of("alarm.raise").map(({ id, alarm }) => [id, alarm.rule]));
  expect(new Set(raises.values()).size).toBe(raises.size);
  const files = readdirSync(join(folder.path, "cap")).filter((name) => name.endsWith(".xml"));
  expect(files.length).toBeGreaterThanOrEqual(2);
  const types = files.map(
    (name) => /<msgType>(\w+)</.exec(readFileSync(join(folder.path, "cap", name), "utf8"))?.[1],
  );
  expect(types).toEqual(expect.arrayContaining(["Alert", "Cancel"]));
  await station.stop();
});

test("a wrong file of ways stops the start with its line", async () => {
  writeFileSync(join(folder.path, "ways.yaml"), "version: 1\nways:\n  - { kind: fax, name: a }\n");
  const { code, stderr } = await kenh("station", "--no-demo", "--data", folder.path);
  expect(code).toBe(1);
  expect(stderr).toContain("ways.yaml:3");
});
