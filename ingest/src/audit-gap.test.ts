import type { Alarm } from "@kenh/schemas";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gauge, type Station, startStation } from "./api/station.fixture.ts";
import { closeGap } from "./audit-gap.ts";

let station: Station;
beforeEach(async () => {
  station = await startStation();
  await station.send(gauge, { ts: Date.now() - 1000, values: { water_level_m: 2.5 } });
});
afterEach(() => station.stop());

const only = () => JSON.parse(station.alarms.list({ visible: () => true })[0] ?? "") as Alarm;
const lines = () => station.audit.list({ limit: 100, scope: "*" });

/** As the interface does it, log and all. */
async function comment(text: string): Promise<void> {
  const { id, version } = only();
  const response = await station.call(
    station.token("operator", "*"),
    `/api/v1/alarms/${id}/comment`,
    { method: "POST", body: JSON.stringify({ version, comment: text }) },
  );
  expect(response.status).toBe(200);
}

/** As a station does that ends before it has written the line. */
function acknowledgeUnlogged(): void {
  const { id, version } = only();
  const call = { kind: "acknowledge", comment: "đã xem" } as const;
  station.alarms.operate(id, call, { actor: "Lan (0123456789ab)", version });
}

test("a call that was carried out and not logged is brought in, once", async () => {
  await comment("một");
  acknowledgeUnlogged();
  await comment("hai");
  expect(closeGap(station.alarms, station.audit)).toBe(1);
  expect(closeGap(station.alarms, station.audit)).toBe(0);
  const [line] = lines();
  expect(line).toMatchObject({
    call: "acknowledge",
    name: "Lan",
    token: "0123456789ab",
    alarm: only().id,
    device: gauge,
    version: 2,
    comment: "đã xem",
    result: "done",
    detail: expect.stringContaining("the station ended before this line"),
  });
  expect(lines().length).toBe(3);
  expect((await station.audit.chain()).brokenAt).toBeNull();
});

test("a rule that was taken out of service is no gap", async () => {
  const body = JSON.stringify({ device: gauge, rule: "water.bd3", comment: "thay" });
  await comment("một");
  station.alarms.operate(
    only().id,
    { kind: "acknowledge", comment: null },
    { actor: "x", version: 2 },
  );
  expect(closeGap(station.alarms, station.audit)).toBe(1);
  const engineer = station.token("engineer", "*");
  const init = { method: "POST", body };
  const response = await station.call(engineer, "/api/v1/alarms/out-of-service", init);
  expect(response.status).toBe(200);
  expect(lines()[0]).toMatchObject({ call: "out-of-service", alarm: only().id });
  expect(closeGap(station.alarms, station.audit)).toBe(0);
});

test("nothing is made up for the time before the log", () => {
  acknowledgeUnlogged();
  expect(closeGap(station.alarms, station.audit)).toBe(0);
  expect(lines()).toEqual([]);
});
