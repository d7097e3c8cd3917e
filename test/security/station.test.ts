import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { afterEach, describe, expect, test } from "vitest";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

let station: RunningStation | undefined;
afterEach(async () => {
  await station?.[Symbol.asyncDispose]();
  station = undefined;
});

/** Addresses a process listens on, as the kernel has them: 127.0.0.1 is 0100007F. */
function listening(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === "0A" && inodes.has(inode ?? ""))
      .map(([, local]) => (local ?? "").split(":")[0] ?? ""),
  );
}

const refused = async (url: string, options: mqtt.IClientOptions) =>
  expect(mqtt.connectAsync(url, { ...options, reconnectPeriod: 0 })).rejects.toMatchObject({
    code: expect.toBeOneOf([4, 5]),
  });

describe("a station as it comes", () => {
  test("listens on loopback alone", async () => {
    station = await startStation();
    const addresses = listening(station.process.child.pid ?? 0);
    expect(addresses.length).toBeGreaterThanOrEqual(2);
    for (const address of addresses) expect(address).toBe("0100007F");
  });

  test("lets nobody in without credentials, told to listen elsewhere or not", async () => {
    station = await startStation({ env: { KENH_HOST: "0.0.0.0" } });
    const http = station.http.replace("0.0.0.0", "127.0.0.1");
    const broker = station.mqtt.replace("0.0.0.0", "127.0.0.1");
    await refused(broker, {});
    for (const name of ["admin", "kenh", "root", "token"]) {
      for (const password of ["", "admin", "kenh", "password", name]) {
        await refused(broker, { username: name, password });
        const headers = { authorization: `Basic ${btoa(`${name}:${password}`)}` };
        expect((await fetch(`${http}/api/v1/alarms`, { headers })).status).toBe(401);
      }
    }
    for (const path of [
      "alarms",
      "alarms/stream",
      "devices",
      "ledger",
      "quarantine",
      "telemetry",
    ]) {
      const answer = await fetch(`${http}/api/v1/${path}`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
    }
    // Figures are open to the machine itself, as a collector beside the station reads them.
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((found) => found?.family === "IPv4" && !found.internal)?.address;
    if (outside) {
      const fromOutside = `${station.http.replace("0.0.0.0", outside)}/metrics`;
      expect((await fetch(fromOutside)).status).toBe(401);
    }
  });

  test("makes credentials of its own at the first start, and keeps them as hashes", async () => {
    station = await startStation({ demo: true });
    const identity = "82/29869/kenh/muc-nuoc-07";
    const password = await station.addDevice(identity, "generic-water");
    const admin = readFileSync(join(station.dataDir, "admin-token"), "utf8").trim();
    const agent = readFileSync(join(station.dataDir, "demo-agent.password"), "utf8").trim();
    await station.stop();
    const own = new Set(["admin-token", "demo-agent.password"]);
    for (const entry of readdirSync(station.dataDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || own.has(entry.name)) continue;
      const content = readFileSync(join(entry.parentPath, entry.name));
      for (const secret of [password, admin, agent, station.token]) {
        expect(content.includes(secret), entry.name).toBe(false);
      }
    }
  });

  test("a device reaches its own topics alone, a reader its scope alone", async () => {
    station = await startStation();
    const [mine, other] = ["82/29869/kenh/muc-nuoc-01", "82/29884/kenh/muc-nuoc-01"];
    const password = await station.addDevice(mine, "generic-water");
    await station.addDevice(other, "generic-water");
    const device = await mqtt.connectAsync(station.mqtt, {
      username: mine,
      password,
      reconnectPeriod: 0,
    });
    await device.publishAsync(topicOf(mine, "telemetry"), '{"water_level_m":1}', { qos: 1 });
    const closed = new Promise<void>((resolve) => device.once("close", () => resolve()));
    device.publish(topicOf(other, "telemetry"), '{"water_level_m":2}', { qos: 1 });
    await closed;
    device.end(true);

    const made = await kenh(
      "token",
      "create",
      "--role",
      "reader",
      "--scope",
      "82/29884",
      "--data",
      station.dataDir,
      "--json",
    );
    const { token } = JSON.parse(made.stdout) as { token: string };
    const reader = await mqtt.connectAsync(station.mqtt, {
      username: "token",
      password: token,
      reconnectPeriod: 0,
    });
    const granted = async (filter: string) =>
      (await reader.subscribeAsync(filter, { qos: 1 }).catch(() => [])).every(
        ({ qos }) => qos < 128,
      );
    expect(await granted("kenh/v1/82/29884/#")).toBe(true);
    await reader.endAsync();
    const seen = async (path: string) =>
      (await fetch(station?.http + path, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await seen(`/api/v1/devices/${mine}`)).toBe(404);
    expect(await seen(`/api/v1/devices/${other}`)).toBe(200);
    const { total } = await station.settled();
    expect(total).toMatchObject({ received: 1, stored: 1 });
  });
});
