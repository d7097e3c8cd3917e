import { expect, test } from "vitest";
import { hrefOf, type Route, routeOf } from "./route.ts";

test.each<Route>([
  { page: "devices" },
  { page: "device", identity: "82/29869/cau-cao-lanh/muc-nuoc-01" },
  { page: "discovered" },
  { page: "add", identity: "", profile: "" },
  { page: "add", identity: "82/29869/a/b", profile: "generic-water" },
  { page: "profiles" },
  { page: "profile", name: "" },
  { page: "profile", name: "my-level" },
  { page: "sharing", month: "" },
  { page: "sharing", month: "2026-10" },
  { page: "spoilers", dataset: "muc-nuoc", axis: "clean", month: "2026-10" },
])("$page has an address that leads back to it", (route) => {
  expect(routeOf(hrefOf(route))).toEqual(route);
});

test.each(["", "#", "#/", "#token=abc", "#/nowhere", "#devices"])(
  "%j leads to the alarms",
  (hash) => {
    expect(routeOf(hash)).toBeNull();
  },
);

test("what somebody typed wrongly is taken as it is", () => {
  expect(routeOf("#/device/%E0%A4%A")).toEqual({ page: "device", identity: "%E0%A4%A" });
  expect(routeOf("#/device/")).toEqual({ page: "devices" });
  expect(routeOf("#/spoilers/muc-nuoc/dirty")).toEqual({ page: "sharing", month: "" });
});
