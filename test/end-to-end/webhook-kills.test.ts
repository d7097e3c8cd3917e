import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Alarm, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type RunningStation, startStation } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const kills = 8;
const messages = 10;
const samplesEach = 200;

test("a station killed again and again in a storm loses no webhook, and repeats under the same key alone", async () => {
  using folder = temporaryFolder("webhook-kills");
  /** Bodies by webhook-id, and how often each came. */
  const bodies = new Map<string, Set<string>>();
  const revisions = new Set<number>();
  let posts = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      posts += 1;
      const id = String(request.headers["webhook-id"]);
      const hash = createHash("sha256").update(body).digest("hex");
      bodies.set(id, (bodies.get(id) ?? new Set()).add(hash));
      revisions.add((JSON.parse(body) as { data: { revision: number } }).data.revision);
      // Some answers are lost on their way.
      if (posts % 97 === 0) request.socket.destroy();
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  mkdirSync(join(folder.path, "rules"));
  const change = "{ rule: water.bd3, set: { onDelayMs: 0, offDelayMs: 0 } }";
  writeFileSync(
    join(folder.path, "rules", "at-once.yaml"),
    `version: 1\nchanges:\n  - ${change}\n`,
  );
  writeFileSync(join(folder.path, "hook.secret"), "bi mat");
  writeFileSync(
    join(folder.path, "ways.yaml"),
    `version: 1\nways:\n  - { kind: webhook, name: so, url: "http://127.0.0.1:${port}/", secret: { file: hook.secret } }\n`,
  );

  let station: RunningStation = await startStation({ folder });
  const password = await station.addDevice(gauge, "generic-water");
  const begin = Date.now() - 3_600_000;
  let seq = 0;
  async function publish(): Promise<void> {
    seq += 1;
    const samples = Array.from({ length: samplesEach }, (_, n) => ({
      ts: begin + (seq * samplesEach + n) * 100,
      values: { water_level_m: n % 2 === 0 ? 2.5 : 1 },
    }));
    const client = await mqtt.connectAsync(station.mqtt, { username: gauge, password });
    const message = JSON.stringify({ v: 1, agent: "a", epoch: "e", seq, samples });
    await client.publishAsync(topicOf(gauge, "telemetry"), message, { qos: 1 });
    await client.endAsync();
  }
  for (let life = 0; life < messages; life += 1) {
    await publish();
    if (life >= kills) continue;
    // At some moment of judging, writing or announcing.
    await pause(100 + ((life * 271) % 700));
    await station.stop("SIGKILL");
    station = await startStation({ folder });
  }
  const list = () =>
    station.get<{ alarms: Alarm[]; revision: number }>("/api/v1/alarms?priority=1");
  await until(
    async () =>
      (await list()).revision >= messages * samplesEach &&
      revisions.size === (await list()).revision,
    "every transition to be posted",
    180_000,
  );
  const { revision, alarms } = await list();
  const history = (await station.get<Alarm>(`/api/v1/alarms/${alarms[0]?.id}`)).history;
  expect(history.length).toBe(messages * samplesEach);
  expect([...revisions].sort((a, b) => a - b)).toEqual(
    Array.from({ length: revision }, (_, n) => n + 1),
  );
  expect(bodies.size).toBe(revision);
  expect([...bodies.values()].every(({ size }) => size === 1)).toBe(true);
  expect(posts).toBeGreaterThanOrEqual(revision);
  await station.stop();
  server.closeAllConnections();
  server.close();
});
