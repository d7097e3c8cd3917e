import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { makeRig } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";
import { program } from "./station.ts";

const stops: Record<Scale, number> = { bounded: 3, full: 30 };

/** SIGTERM under load, again and again; and a station with its agent, stopped and killed. */
export const cleanStop: Scenario = {
  name: "clean stop under load, and no orphans",
  absent: () => (existsSync("/proc/self") ? undefined : "there is no /proc to see processes in"),
  async run(scale, say) {
    await using rig = await makeRig({ store: "sqlite" });
    const { station } = rig;
    await station.start();
    await rig.send(6, { intervalMs: 10 });
    const acknowledged = (): number =>
      rig.senders.reduce((all, sender) => all + sender.acknowledged, 0);
    for (let time = 0; time < stops[scale]; time++) {
      const before = acknowledged();
      await until(() => acknowledged() > before, "PUBACKs");
      const { pid } = station;
      assert.equal(await station.stop(), 0, "a clean stop");
      assert.ok(!existsSync(`/proc/${pid}`), "nothing of it is left");
      assert.ok(!existsSync(join(station.dataDir, "station.json")), "nor its address");
      await station.start();
    }
    const result = await rig.count(stops[scale]);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) await family(signal);
    say("a station with its agent left no process behind, stopped and killed");
    return { ...result, faults: result.faults + 2 };
  },
};

/** Starts a station with the simulated ward, ends it, and waits until its whole family is gone. */
async function family(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  using folder = temporaryFolder("kenh-family");
  const child = spawn(process.execPath, [program, "station", "--data", folder.path], {
    env: { ...process.env, KENH_HTTP_PORT: "0", KENH_MQTT_PORT: "0", KENH_LOG: "warn" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let children: number[] = [];
  try {
    let printed = "";
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await until(() => printed.includes('"ready":true'), "the station to be ready", 60_000);
    children = await until(() => {
      const found = childrenOf(child.pid);
      return found.length > 0 ? found : undefined;
    }, "the agent to be started");
    child.kill(signal);
    const code = await exited;
    if (signal === "SIGTERM") {
      assert.equal(code, 0, "a clean stop");
      assert.deepEqual(children.filter(isAlive), [], "the agent ends before its station");
    }
    await until(() => !children.some(isAlive), `the agent to end after ${signal}`);
  } finally {
    child.kill("SIGKILL");
    await exited;
    for (const orphan of children.filter(isAlive)) process.kill(orphan, "SIGKILL");
  }
}

function childrenOf(pid = 0): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Whether it still runs; a zombie waits only for its new parent to take note. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
