import { setTimeout as pause } from "node:timers/promises";
import { topicOf } from "@kenh/schemas";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { recorded } from "../series/recorded.ts";
import { freePort, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";
import { noSharedData } from "../support/shared-data.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

interface Destination {
  readonly name: string;
  readonly role: string;
  readonly fault: string | null;
  readonly backlog: { readonly points: number };
  readonly refused: number;
  readonly backfills: readonly { readonly cursor: string; readonly finishedAt: number | null }[];
}

const river = "82/29869/so-lieu/sekong";
const gauge = "82/29869/cau/muc-nuoc";
const patience = 60_000;

/** Times and values of a device in an influxd, by another way than ours. */
async function heldBy(influxd: Influxd, device: string): Promise<unknown[][]> {
  const name = device.split("/").at(-1);
  const influxql = `SELECT water_level_m FROM water WHERE device = '${name}'`;
  const { results } = await influxd.query(influxql, "kenh");
  return (results[0]?.series?.[0]?.values ?? []).map((row) => [...row]);
}

test("pilot and official centre: add, backfill a year, verify, cut over under load, go back, each killed once", async (context) => {
  const absent = noInfluxd() ?? noSharedData();
  if (absent) return context.skip(absent);
  using folder = temporaryFolder("destinations");
  const [pilot, official] = await Promise.all([startInfluxd(), startInfluxd()]);
  const env = {
    KENH_STORE: "influxdb",
    KENH_INFLUX_URL: pilot.url,
    KENH_INFLUX_VERSION: "1",
    KENH_MQTT_PORT: String(await freePort()),
  };
  let station: RunningStation = await startStation({ env, folder });
  const data = ["--data", folder.path];
  const destination = (...args: string[]) => kenh("destination", ...args, ...data, "--json");
  const list = async () =>
    (await station.get<{ destinations: Destination[] }>("/api/v1/destinations")).destinations;
  const find = async (name: string) => (await list()).find((one) => one.name === name);
  const roles = async () =>
    Object.fromEntries((await list()).map(({ name, role }) => [name, role]));
  const drained = () =>
    until(
      async () => (await list()).every(({ backlog }) => backlog.points === 0),
      "every destination to have everything",
      patience,
    );
  /** The program as it is ended by a cut of the mains, and comes back. */
  async function crash(): Promise<void> {
    await station.stop("SIGKILL");
    station = await startStation({ env, folder });
  }

  try {
    // ── a year at the pilot centre ────────────────────────────────────────────────────────────
    const readings = recorded[0]?.readings() ?? [];
    const passwords: Record<string, string> = {
      [river]: await station.addDevice(river, "generic-water"),
      [gauge]: await station.addDevice(gauge, "generic-water"),
    };
    const connect = (device: string) =>
      connectAsync(station.mqtt, {
        ...{ username: device, password: passwords[device] ?? "", clientId: device },
        ...{ clean: false, reconnectPeriod: 100, queueQoSZero: false },
      });
    const sender = await connect(river);
    for (let at = 0; at < readings.length; at += 1000) {
      const samples = readings
        .slice(at, at + 1000)
        .map(({ ts, value }) => ({ ts, values: { water_level_m: value } }));
      await sender.publishAsync(topicOf(river, "telemetry"), JSON.stringify(samples), { qos: 1 });
    }
    await sender.endAsync();
    await station.settled();
    const year = new Map(readings.map(({ ts, value }) => [ts, value]));
    expect(await heldBy(pilot, river)).toHaveLength(year.size);

    // ── the official one opens ────────────────────────────────────────────────────────────────
    const added = await destination(
      "add",
      "official",
      "--url",
      official.url,
      "--influx-version",
      "1",
    );
    expect(added.code).toBe(0);
    const span = ["--from", "2024-01-01", "--to", "2025-01-01"];
    const differs = await destination("verify", "official", ...span);
    expect([differs.code, JSON.parse(differs.stdout).readings]).toEqual([
      1,
      { here: year.size, there: 0 },
    ]);
    await destination("backfill", "official", ...span, "--rate", "5000");
    const some = "SELECT water_level_m FROM water LIMIT 1";
    await until(
      async () => (await official.query(some, "kenh")).results[0]?.series,
      "some of the year",
      patience,
    );
    // Both ends of the way are cut while it is brought.
    await official.stop("SIGKILL");
    await until(async () => (await find("official"))?.fault, "the fault to be seen", patience);
    await crash();
    await official.start();
    await until(
      async () => (await find("official"))?.backfills.every(({ finishedAt }) => finishedAt),
      "the year to be brought",
      patience,
    );
    const same = await destination("verify", "official", ...span);
    expect([same.code, JSON.parse(same.stdout)]).toMatchObject([
      0,
      { series: 1, readings: { here: year.size, there: year.size }, differing: 0 },
    ]);

    // ── over and back, under load ─────────────────────────────────────────────────────────────
    const load = await connect(gauge);
    const start = Date.now() - 3_600_000;
    let sent = 0;
    let over = false;
    const publishing = (async () => {
      while (!over) {
        const samples = Array.from({ length: 10 }, (_, n) => ({
          ts: start + (sent + n) * 10,
          values: { water_level_m: ((sent + n) % 5000) / 1000 },
        }));
        await load.publishAsync(topicOf(gauge, "telemetry"), JSON.stringify(samples), { qos: 1 });
        sent += samples.length;
        await pause(2);
      }
    })();
    const more = (readings: number) => {
      const from = sent;
      return until(() => sent > from + readings, "some load", patience);
    };
    await more(500);
    expect((await destination("cut-over", "official")).code).toBe(0);
    expect(await roles()).toEqual({ pilot: "second", official: "main" });
    await more(500);
    await pilot.stop("SIGKILL");
    await more(500);
    // The main one dies, too: what comes meanwhile waits in the spool.
    await official.stop("SIGKILL");
    await more(500);
    await crash();
    await more(500);
    await official.start();
    await pilot.start();
    await until(
      async () => (await destination("cut-over", "pilot")).code === 0,
      "the way back",
      patience,
    );
    expect(await roles()).toEqual({ pilot: "main", official: "second" });
    await more(500);
    over = true;
    await publishing;
    await load.endAsync();

    // ── both as the ledger has it ─────────────────────────────────────────────────────────────
    await station.settled();
    await drained();
    const { total } = await station.ledger(gauge);
    const sums = { stored: total.stored, quarantined: total.quarantined };
    expect(sums).toEqual({ stored: sent, quarantined: 0 });
    const expected = Array.from({ length: sent }, (_, n) => [start + n * 10, (n % 5000) / 1000]);
    // Nothing was passed over: what a store refuses for good would be no fault, and would not wait.
    const refused = (await list()).map((one) => [one.name, one.refused]);
    expect(Object.fromEntries(refused)).toEqual({ pilot: 0, official: 0 });
    expect(await heldBy(pilot, gauge)).toEqual(expected);
    expect(await heldBy(official, gauge)).toEqual(expected);
    for (const influxd of [pilot, official])
      expect(new Map((await heldBy(influxd, river)) as [number, number][])).toEqual(year);
    const last = await destination(
      "verify",
      "official",
      "--from",
      "2024-01-01",
      "--to",
      "2030-01-01",
    );
    expect([last.code, JSON.parse(last.stdout).differing]).toEqual([0, 0]);

    // ── and one of them retires ───────────────────────────────────────────────────────────────
    expect((await destination("retire", "official")).code).toBe(0);
    expect(await roles()).toEqual({ pilot: "main" });
    const audit = await station.get<{ lines: { call: string }[] }>("/api/v1/audit?limit=1000");
    const calls = audit.lines
      .map(({ call }) => call)
      .filter((call) => call.startsWith("destination."));
    expect(new Set(calls)).toEqual(
      new Set(
        ["add", "verify", "backfill", "cut-over", "retire"].map((call) => `destination.${call}`),
      ),
    );
  } finally {
    await station.stop();
    await Promise.all([pilot.dispose(), official.dispose()]);
  }
});
