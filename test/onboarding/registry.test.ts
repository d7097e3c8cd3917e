import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRegistry } from "@kenh/ingest";
import { topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { devicesCsv, provinceDevices } from "../support/province-devices.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { kenh, startStation } from "../support/station.ts";

const patienceMs = 60_000;
const gateway = "82/29869/ioc/gw-01";
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
/** Not registered before the import. */
const newcomer = "82/28249/tram-00/thiet-bi-0";

interface Imported {
  readonly change: { readonly id: number; readonly size: number } | null;
  readonly refused: readonly { at: string; message: string }[];
}

test("20,000 devices come in and go out again as they were while readings arrive, and none is lost", async () => {
  using folder = temporaryFolder("province");
  await using station = await startStation();
  const data = ["--data", station.dataDir, "--json"];
  const answer = async <T>(...args: string[]) => {
    const { code, stdout, stderr } = await kenh(...args, ...data);
    return { code, body: (stdout === "" ? { stderr } : JSON.parse(stdout)) as T };
  };
  const registry = openRegistry(join(station.dataDir, "registry.db"), shippedCatalogue());
  registry.put({ identity: gauge, profile: "generic-water" });
  registry.put({ identity: gateway, profile: "edge-gateway" });
  registry.close();
  const access = openAccess(join(station.dataDir, "access.db"));
  const password = await access.addAccount(gateway, [gateway, gauge, newcomer]);
  access.close();
  const client = await mqtt.connectAsync(station.mqtt, { username: gateway, password });

  let sent = 0;
  const seqs = new Map<string, number>();
  async function send(identity: string): Promise<void> {
    const seq = (seqs.get(identity) ?? 0) + 1;
    seqs.set(identity, seq);
    const samples = [{ ts: Date.now() - 3_600_000 + sent, values: { water_level_m: 1.5 } }];
    const message = JSON.stringify({ v: 1, agent: "gw-01", epoch: "e", seq, samples });
    sent += 1;
    await client.publishAsync(topicOf(identity, "telemetry"), message, { qos: 1 });
  }
  let over = false;
  async function keepSending(): Promise<void> {
    while (!over) await Promise.all(Array.from({ length: 5 }, () => send(gauge)));
  }
  const sending = keepSending();

  // One row is wrong: nothing is taken, and it is named.
  const text = devicesCsv(provinceDevices(20_000));
  const [good, wrong] = [join(folder.path, "devices.csv"), join(folder.path, "wrong.csv")];
  writeFileSync(good, text);
  writeFileSync(
    wrong,
    text.replace(/^(82\/28249\/tram-01\/thiet-bi-1),generic-environment/m, "$1,x"),
  );
  const refused = await answer<Imported>("registry", "import", wrong);
  expect(refused.code).toBe(1);
  expect(refused.body.change).toBeNull();
  expect(refused.body.refused).toHaveLength(1);
  expect(refused.body.refused[0]).toMatchObject({
    at: "wrong.csv:11",
    message: expect.stringContaining('there is no profile "x"'),
  });

  // The others are taken when that is asked for, and a stranger among them may send at once.
  const most = await answer<Imported>("registry", "import", wrong, "--take-good");
  expect(most.body).toMatchObject({ change: { size: 19_999 }, refused: [{ at: "wrong.csv:11" }] });
  await send(newcomer);

  // The one that is left, and a change of the device that sends: in force, and it goes on sending.
  const csv = join(folder.path, "one.csv");
  writeFileSync(csv, `identity,profile,interval_ms\n${gauge},generic-water,7000\n`);
  const rest = await answer<Imported>("registry", "import", good, csv);
  expect(rest).toMatchObject({ code: 0, body: { change: { size: 2 }, refused: [] } });
  const view = () => station.get<{ intervalMs: number }>(`/api/v1/devices/${gauge}`);
  await until(async () => (await view()).intervalMs === 7000, "the change in force", patienceMs);
  over = true;
  await sending;

  const out = join(folder.path, "out");
  expect((await answer("registry", "export", "--to", out)).code).toBe(0);
  const own = new Set([gateway, gauge]);
  const after = readFileSync(join(out, "devices.csv"), "utf8")
    .split("\n")
    .filter((line) => !own.has(line.split(",")[0] ?? ""));
  expect(after).toEqual(text.split("\n"));

  expect((await answer("registry", "undo", String(rest.body.change?.id))).code).toBe(0);
  await until(async () => (await view()).intervalMs !== 7000, "the change taken back", patienceMs);
  await send(gauge);
  await client.endAsync();

  const { total, epochs } = await station.settled();
  expect(total).toMatchObject({ received: sent, stored: sent, quarantined: 0, duplicate: 0 });
  expect(epochs.flatMap(({ missing }) => missing)).toEqual([]);

  // Who did it stands in the station's audit log, with a hash that stands for every row.
  const { lines } = await until(
    async () => {
      const log = await station.get<{ lines: { call: string; detail: string }[] }>("/api/v1/audit");
      return log.lines[0]?.call === "registry.undo" ? log : undefined;
    },
    "the audit log",
    patienceMs,
  );
  const imported = lines.find(({ detail }) => detail?.includes("19999 records"));
  expect(imported).toMatchObject({
    call: "registry.import",
    token: "command-line",
    result: "done",
  });
});
