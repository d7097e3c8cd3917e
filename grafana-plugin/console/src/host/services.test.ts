import { expect, test } from "vitest";
import app from "../../../src/plugin.json" with { type: "json" };
import { stationPath } from "./services.ts";

const proxy = "api/plugin-proxy/kenh-ioc-app";

test.each([
  ["GET", "alarms", "/api/v1/alarms"],
  ["GET", "alarms/a1", "/api/v1/alarms/a1"],
  ["GET", "alarms?since=5", "/api/v1/alarms?since=5"],
  ["GET", "alarms/stream?since=5", "/api/v1/alarms/stream?since=5"],
  ["GET", "devices", "/api/v1/devices"],
  ["GET", "telemetry?device=82%2F1%2Fs%2Fd", "/api/v1/telemetry?device=82%2F1%2Fs%2Fd"],
  ["POST", "operate/acknowledge", "/api/v1/alarms/acknowledge"],
  ["POST", "operate/a%2F1/acknowledge", "/api/v1/alarms/a%2F1/acknowledge"],
  ["POST", "maintain/a1/out-of-service", "/api/v1/alarms/a1/out-of-service"],
])("%s %s goes where the app's proxy sends it", (method, path, target) => {
  expect(stationPath(method, `${proxy}/${path}`)).toBe(target);
});

test.each([
  ["POST", `${proxy}/alarms/a1/acknowledge`],
  ["DELETE", `${proxy}/alarms`],
  ["GET", `${proxy}/ledger`],
  ["GET", "api/users"],
])("%s %s has no route", (method, url) => {
  expect(() => stationPath(method, url)).toThrow(`${method} ${url}`);
});

test("every route of the app names one method and asks for a right that a role grants", () => {
  const granted = app.roles.flatMap(({ role }) => role.permissions.map(({ action }) => action));
  for (const route of app.routes) {
    expect(["GET", "POST"], route.path).toContain(route.method);
    expect(granted, route.path).toContain(route.reqAction);
    expect(route.reqAction.startsWith(`${app.id}.`), route.path).toBe(true);
    expect(route.reqAction === "kenh-ioc-app.alarms:read", route.path).toBe(route.method === "GET");
  }
});
