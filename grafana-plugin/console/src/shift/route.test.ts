import { expect, test } from "vitest";
import { type ShiftRoute, shiftHref, shiftRouteOf } from "./route.ts";

test.each<ShiftRoute>([
  { page: "dispatches" },
  { page: "handovers" },
  { page: "handover", id: "0123456789abcdef" },
])("$page has an address that leads back to it", (route) => {
  expect(shiftRouteOf(shiftHref(route))).toEqual(route);
});

test.each(["", "#/", "#/devices", "giao-ca", "#token=abc"])("%j is another page", (hash) => {
  expect(shiftRouteOf(hash)).toBeNull();
});

test("what somebody typed wrongly leads to the list", () => {
  expect(shiftRouteOf("#/giao-ca/%2e%2e/x")).toEqual({ page: "handovers" });
});
