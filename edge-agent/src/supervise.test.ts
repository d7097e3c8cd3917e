import type { Sample } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import type { DriverSample, PreparedDriver } from "./driver.ts";
import { type DriverHealth, supervise } from "./supervise.ts";
import type { Transform } from "./transform.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const silent = { info() {}, warn() {}, error() {} };

function watch(run: PreparedDriver["run"], pipe: Transform = (sample) => [sample]) {
  const stop = new AbortController();
  const states: string[] = [];
  const accepted: [string, Sample, boolean][] = [];
  const seen: { health?: DriverHealth; devices?: ReadonlySet<string> } = {};
  const done = supervise(
    {
      name: "d",
      device: gauge,
      driver: { run, waits: false, probe: undefined, picture: undefined },
      pipe: () => pipe,
      outbox: {
        async accept(device, sample, how) {
          accepted.push([device, sample, how?.urgent ?? false]);
        },
      },
      backoff: { backoffBaseMs: 1, backoffMaxMs: 4 },
      now: () => 0,
      random: () => 0.5,
      log: silent,
      onHealth(health, devices) {
        seen.health = health;
        seen.devices = devices;
        if (states.at(-1) !== health.state) states.push(health.state);
      },
    },
    stop.signal,
  );
  return { stop, states, accepted, seen, done };
}

const sample = (ts: number, more: Partial<DriverSample> = {}): DriverSample => ({
  ts,
  values: { water_level_m: 1 },
  ...more,
});

describe("a driver", () => {
  test("that throws is started again and again, and works again", async () => {
    let runs = 0;
    const { stop, states, seen, accepted, done } = watch(async function* () {
      runs += 1;
      if (runs === 2) throw new Error("no route to the gauge");
      yield sample(runs);
      if (runs < 4) throw new Error("connection lost");
      await new Promise(() => {});
    });
    await until(() => accepted.length === 3, "the third sample");
    expect(seen.health).toMatchObject({
      state: "working",
      restarts: 3,
      lastError: "connection lost",
    });
    stop.abort();
    await done;
    expect(states).toEqual([
      "starting",
      "working",
      "failing",
      "working",
      "failing",
      "working",
      "stopped",
    ]);
  });

  test("that throws at once, or gives back nonsense, takes nobody with it", async () => {
    const { stop, seen, done } = watch(() => {
      throw new TypeError("not even a generator");
    });
    await until(() => (seen.health?.restarts ?? 0) >= 3, "three attempts");
    stop.abort();
    await done;
    expect(seen.health?.lastError).toBe("not even a generator");
  });

  test("that ignores the signal is left behind", async () => {
    const { stop, accepted, states, done } = watch(async function* () {
      yield sample(1);
      await new Promise(() => {});
    });
    await until(() => accepted.length === 1, "a sample");
    stop.abort();
    await done;
    expect(states.at(-1)).toBe("stopped");
  });

  test("that comes to its end is finished, not failing", async () => {
    const { states, done } = watch(async function* () {
      yield sample(1);
    });
    await done;
    expect(states).toEqual(["starting", "working", "finished"]);
  });

  test("that yields what no message may carry loses that sample alone, counted", async () => {
    const { accepted, seen, done } = watch(async function* () {
      yield sample(1, { values: { water_level_m: Number.NaN } });
      yield sample(1.5);
      yield sample(2, { device: "not/an/identity" });
      yield sample(3, { device: "82/29869/x/y", urgent: true });
    });
    await done;
    expect(accepted).toEqual([["82/29869/x/y", { ts: 3, values: { water_level_m: 1 } }, true]]);
    expect(seen.health).toMatchObject({ invalid: 3, samples: 1 });
    expect([...(seen.devices ?? [])]).toEqual([gauge, "82/29869/x/y"]);
  });

  test("gives what its pipe makes of its samples, and works even when that is nothing", async () => {
    const devices: unknown[] = [];
    const twice: Transform = (given) => {
      devices.push(given.device);
      return given.ts === 1 ? [] : [given, { ...given, device: "82/29869/x/y", urgent: true }];
    };
    const { accepted, seen, states, done } = watch(async function* () {
      yield sample(1);
      yield sample(2);
    }, twice);
    await done;
    expect(devices).toEqual([gauge, gauge]);
    expect(accepted.map(([device, { ts }, urgent]) => [device, ts, urgent])).toEqual([
      [gauge, 2, false],
      ["82/29869/x/y", 2, true],
    ]);
    expect(seen.health?.samples).toBe(2);
    expect(states).toEqual(["starting", "working", "finished"]);
  });

  test("reports what can't be read, and it is counted", async () => {
    const { seen, done } = watch(async function* (_signal, report) {
      for (let line = 1; line <= 50; line++) report({ at: `x.csv:${line}`, reason: "torn" });
      yield sample(1);
    });
    await done;
    expect(seen.health?.unreadable).toBe(50);
  });

  test("is counted while it works, not only when its state changes", async () => {
    const { stop, seen, accepted, done } = watch(async function* (signal, report) {
      yield sample(1);
      yield sample(2, { device: "not/an/identity" });
      report({ at: "x.csv:3", reason: "torn" });
      yield sample(4);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    await until(() => accepted.length === 2, "both good samples");
    expect(seen.health).toMatchObject({ state: "working", samples: 2, unreadable: 1, invalid: 1 });
    stop.abort();
    await done;
  });
});
