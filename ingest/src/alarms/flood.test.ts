import { describe, expect, test } from "vitest";
import { Floods, floodLimits, groupsOf } from "./flood.ts";

const raise = { event: "raise", state: "unacknowledged" } as const;
const device = "82/29869/ubnd/muc-nuoc-01";
const minute = 60_000;

describe("a flood", () => {
  test("begins beyond ten in ten minutes and ends below five", () => {
    const floods = new Floods();
    for (let n = 0; n < 10; n++) floods.note(device, raise, n * 1000);
    expect(floods.at(9000)).toEqual([{ unit: "82/29869", since: null, count: 10 }]);
    floods.note(device, raise, 10_000);
    expect(floods.at(10_000)[0]).toMatchObject({ since: 10_000, count: 11 });
    // Six are left: at eight it would not have begun, yet it goes on.
    expect(floods.at(floodLimits.windowMs + 4000)[0]).toMatchObject({ since: 10_000, count: 6 });
    expect(floods.at(floodLimits.windowMs + 6000)[0]).toMatchObject({ since: null, count: 4 });
  });

  test("slow alarms are none", () => {
    const floods = new Floods();
    for (let n = 0; n < 50; n++) floods.note(device, raise, n * minute);
    expect(floods.at(50 * minute)[0]).toMatchObject({ since: null, count: 9 });
  });

  test("what is not announced does not count, nor what is another unit's", () => {
    const floods = new Floods();
    for (let n = 0; n < 20; n++) {
      floods.note(device, { event: "raise", state: "suppressed" }, n);
      floods.note(device, { event: "clear", state: "returned" }, n);
    }
    floods.note("82/1/a/b", raise, 20);
    expect(floods.at(20)).toEqual([{ unit: "82/1", since: null, count: 1 }]);
  });
});

test("groups are by site and cause, the first to come first", () => {
  const alarm = (id: string, site: string, rule: string, raisedAt: number, more = {}) => ({
    id,
    device: `82/29869/${site}/d-${id}`,
    rule,
    raisedAt,
    priority: 3 as const,
    suppressedBy: null,
    ...more,
  });
  const groups = groupsOf([
    alarm("d", "ubnd", "water.bd1", 30),
    alarm("b", "ioc", "cam.offline", 20, { suppressedBy: "a" }),
    alarm("c", "ioc", "cam.offline", 15, { suppressedBy: "a" }),
    alarm("a", "ioc", "power.on_battery", 10, { priority: 2 }),
    alarm("e", "ioc", "cam.offline", 40, { suppressedBy: "gone" }),
  ]);
  expect(groups).toEqual([
    { site: "82/29869/ioc", cause: "power.on_battery", count: 3, first: "a", highest: 2 },
    { site: "82/29869/ubnd", cause: "water.bd1", count: 1, first: "d", highest: 3 },
    { site: "82/29869/ioc", cause: "cam.offline", count: 1, first: "e", highest: 3 },
  ]);
});
