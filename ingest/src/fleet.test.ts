import { describe, expect, test } from "vitest";
import type { DeviceView } from "./api/freshness.ts";
import { fleetPoints, ledgerPoints, reportFleet, type Said } from "./fleet.ts";
import { Latest } from "./latest.ts";
import { Ledger } from "./ledger.ts";
import type { Point } from "./stores/store.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const minute = 60_000;

function view(over: Partial<DeviceView> = {}): DeviceView {
  return {
    identity: gauge,
    profile: "generic-water",
    label: { vi: "Mực nước sông Tiền", en: "Tiền river level" },
    siteLabel: null,
    position: { latitude: 10.4236, longitude: 105.6463 },
    intervalMs: 5000,
    status: null,
    freshness: "live",
    lastSeenAt: 0,
    values: {},
    vnAqi: null,
    ...over,
  };
}

const valuesOf = (point: Point | undefined) =>
  Object.fromEntries(point?.fields.map(({ name, value }) => [name, value]) ?? []);

describe("the fleet in the store", () => {
  test("a device is told of with where it stands, how current it is and its gravest alarm", () => {
    const [point] = fleetPoints([view()], new Map([[gauge, 2]]), new Map(), 1000);
    expect(point?.ts).toBe(1000);
    expect(point?.series.tags.map(([, value]) => value).join("/")).toBe(gauge);
    expect(valuesOf(point)).toEqual({
      freshness: "live",
      priority: 2,
      label: "Mực nước sông Tiền",
      profile: "generic-water",
      latitude: 10.4236,
      longitude: 105.6463,
    });
  });

  test("again only when something has changed, or after ten minutes", () => {
    const said = new Map<string, Said>();
    const told = (at: number, freshness: DeviceView["freshness"]) =>
      fleetPoints([view({ freshness })], new Map(), said, at).length;
    expect(told(0, "live")).toBe(1);
    expect(told(minute, "live")).toBe(0);
    expect(told(2 * minute, "stale")).toBe(1);
    expect(told(11 * minute, "stale")).toBe(0);
    expect(told(12 * minute, "stale")).toBe(1);
  });
});

test("the books are summed by unit, whatever belongs to none left out", () => {
  const ledger = new Ledger();
  const enter = (device: string | null, received: number, stored: number, pending: number) =>
    Object.assign(ledger.account(device, "e"), { received, stored, pending });
  enter(gauge, 10, 7, 3);
  enter("82/29869/ioc/ups-01", 5, 5, 0);
  enter("82/29905/a/b", 1, 1, 0);
  enter(null, 9, 0, 0);
  const points = ledgerPoints(ledger.accounts(), 7);
  expect(points.map(({ series }) => series.tags.map(([, value]) => value).join("/"))).toEqual([
    "82/29869",
    "82/29905",
  ]);
  expect(valuesOf(points[0])).toEqual({
    received: 15,
    stored: 12,
    duplicate: 0,
    quarantined: 0,
    pending: 3,
  });
});

test("what the store refused is said whole the next time", async () => {
  const stopping = new AbortController();
  const written: (readonly Point[])[] = [];
  const warned: unknown[] = [];
  const ledger = new Ledger();
  ledger.account(gauge, "e").received = 1;
  const parts = {
    registry: { all: () => [] },
    latest: new Latest(0),
    ledger,
    alarms: { list: () => [] },
    now: () => 0,
    log: { warn: (fields: unknown) => void warned.push(fields) },
  };
  await reportFleet(
    {
      ...parts,
      async write(points) {
        written.push(points);
        stopping.abort();
        throw new Error("the store is down");
      },
    },
    stopping.signal,
  );
  expect(written).toHaveLength(1);
  expect(warned).toHaveLength(1);
});
