import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { topicOf } from "@kenh/schemas";
import { expect, test } from "vitest";
import { absent, until } from "../support/counterpart.ts";
import { kenh, startStation } from "../support/station.ts";

const execute = promisify(execFile);
const reason = absent("mosquitto_pub", "mosquitto-clients");
const site = "82/29869/cau-cao-lanh";
const [fresh, known] = [`${site}/moi-01`, `${site}/muc-nuoc-01`];

test.skipIf(reason)(
  `a sensor nobody knows sends, is seen, adopted, and nothing that it sent is lost${reason ? ` (${reason})` : ""}`,
  async () => {
    await using station = await startStation();
    await station.addDevice(known, "generic-water");
    const at = ["--data", station.dataDir, "--json"];
    const run = async <T>(...args: string[]): Promise<T> => {
      const { stdout, stderr } = await kenh(...args, ...at);
      expect(stderr).toBe("");
      return JSON.parse(stdout) as T;
    };
    const join = await run<{ username: string; password: string }>("enrol", "join", site);
    const { hostname, port } = new URL(station.mqtt);
    const publish = (identity: string, payload: object) =>
      execute("mosquitto_pub", [
        ...["-h", hostname, "-p", port, "-q", "1", "-u", join.username, "-P", join.password],
        ...["-t", topicOf(identity, "telemetry"), "-m", JSON.stringify(payload)],
      ]);
    const sent = [1, 2, 3].map((n) => [1_790_000_000_000 + n * 60_000, n / 10] as const);
    for (const [ts, value] of sent) await publish(fresh, { ts, values: { water_level_m: value } });
    // With the word of the site alone nobody speaks for a device that the station knows, or elsewhere.
    await expect(publish(known, { water_level_m: 9 })).rejects.toThrow();
    await expect(publish("82/29869/cho/moi-01", { water_level_m: 9 })).rejects.toThrow();

    const { discovered } = await run<{ discovered: object[] }>("discovered");
    expect(discovered).toMatchObject([
      {
        ...{ id: fresh, messages: 3, readings: 3, refused: 0, sender: join.username },
        guess: expect.arrayContaining([
          expect.objectContaining({ profile: "generic-water", confidence: 1 }),
        ]),
      },
    ]);
    await run("discovered", "ignore", fresh);
    expect(await run("discovered")).toEqual({ discovered: [] });

    expect(await run("adopt", fresh)).toMatchObject({
      device: { identity: fresh, profile: "generic-water" },
      ...{ replayed: 3, sender: join.username },
    });
    await publish(fresh, { ts: 1_790_000_300_000, values: { water_level_m: 0.5 } });
    const { total } = await station.settled();
    expect(total).toEqual({ received: 4, stored: 4, duplicate: 0, quarantined: 0, pending: 0 });
    const query = new URLSearchParams({ device: fresh, quantity: "water_level_m", from: "0" });
    const { points } = await station.get<{ points: number[][] }>(`/api/v1/telemetry?${query}`);
    expect(points.map(([ts, value]) => [ts, value])).toEqual([...sent, [1_790_000_300_000, 0.5]]);
    await until(async () => {
      const { lines } = await station.get<{ lines: { call: string }[] }>("/api/v1/audit");
      const calls = new Set(lines.map(({ call }) => call));
      return ["adopt", "registry.adopt", "discovered-ignore"].every((call) => calls.has(call));
    }, "the lines of the log");
  },
);
