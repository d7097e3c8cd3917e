import { join } from "node:path";
import type { Alarm } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { registryOf, shippedCatalogue } from "../../test/support/registry.ts";
import type { Alarms } from "./alarms/alarms.ts";
import { openAlarms } from "./alarms/engine.ts";
import { lagOf, observePresence, observeStation } from "./observe.ts";
import { createPresence } from "./presence.ts";

const gateway = { identity: "82/29869/ioc/gw-01", profile: "edge-gateway" };
const registry = registryOf(gateway);
const station = "kenh/station/platform/ingest";
let folder: TemporaryFolder;
let clock: number;
let alarms: Alarms;

beforeEach(() => {
  clock = 1_790_000_000_000;
  folder = temporaryFolder("kenh-observe");
  alarms = openAlarms(join(folder.path, "alarms.db"), {
    ...{ registry, rules: shippedCatalogue().rulesInForce, now: () => clock },
    ...{ log: pino({ level: "silent" }), metrics: new Metrics() },
  });
});
afterEach(() => {
  alarms.close();
  folder[Symbol.dispose]();
});

/** What is active now, once all that was heard is judged. */
function active(): string[] {
  clock += 1000;
  alarms.tick();
  return alarms
    .list({ visible: () => true })
    .map((json) => JSON.parse(json) as Alarm)
    .flatMap(({ device, rule, active }) => (active ? [`${device} ${rule}`] : []));
}

test("a last will raises gateway.offline, a return ends it; strangers and rubbish do nothing", () => {
  const note = observePresence(createPresence(), registry, alarms);
  const say = (state: string, identity = gateway.identity) =>
    note(identity, Buffer.from(JSON.stringify({ v: 1, state, since: 0 })));
  say("online");
  say("offline", "82/29869/ioc/nobody");
  note(gateway.identity, Buffer.from("{"));
  expect(active()).toEqual([]);
  say("offline");
  expect(active()).toEqual([`${gateway.identity} gateway.offline`]);
  say("online");
  expect(active()).toEqual([]);
});

test("what waits for the store for more than half a minute raises platform.lag", async () => {
  const stop = new AbortController();
  let oldest: number | undefined;
  const measure = () => ({ platform_lag_s: lagOf(oldest, clock) });
  const done = observeStation(alarms, station, measure, stop.signal, 1);
  const lagging = [`${station} platform.lag`];
  await until(() => active().length === 0, "a look");
  oldest = clock - 31_000;
  await until(() => active().join() === lagging.join(), "the alarm");
  oldest = undefined;
  await until(() => active().length === 0, "its end");
  stop.abort();
  await done;
});
