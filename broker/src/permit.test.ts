import { scopeCovers, topicOf } from "@kenh/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayPublish, maySubscribe, type Principal } from "./permit.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const camera = "82/29869/cho-cao-lanh/camera-01";
const below = "kenh/v1/82/29869/cau-cao-lanh";
const device: Principal = {
  kind: "sender",
  name: gauge,
  publishes: new Set([gauge]),
  joins: [],
  bridges: [],
  revision: "",
  certificate: undefined,
};
const agent: Principal = { ...device, name: "gw-01", publishes: new Set([gauge, camera]) };
const cabinet: Principal = { ...device, joins: ["82/29869/cau-cao-lanh"] };
const station: Principal = {
  ...device,
  name: "82/29869",
  publishes: new Set(),
  bridges: ["82/29869"],
};
const reader = (scope: string, role: "reader" | "admin" = "reader"): Principal => ({
  kind: "reader",
  name: "token:1",
  grant: "1",
  role,
  scope,
  expiresAt: null,
});

describe("mayPublish", () => {
  test.each<[string, Principal, string, boolean]>([
    ["its telemetry", device, `kenh/v1/${gauge}/telemetry`, true],
    ["its status", device, `kenh/v1/${gauge}/status`, true],
    ["its alarm is the ingest's", device, `kenh/v1/${gauge}/alarm`, false],
    ["another's telemetry", device, `kenh/v1/${camera}/telemetry`, false],
    ["a channel that is none", device, `kenh/v1/${gauge}/anything`, false],
    ["deeper", device, `kenh/v1/${gauge}/telemetry/x`, false],
    ["a longer name", device, `kenh/v1/${gauge}0/telemetry`, false],
    ["another version", device, `kenh/v2/${gauge}/telemetry`, false],
    ["the system's", device, "$SYS/broker", false],
    ["a leading slash", device, `/kenh/v1/${gauge}/telemetry`, false],
    ["each device of an agent", agent, `kenh/v1/${camera}/telemetry`, true],
    ["a device that is not the agent's", agent, "kenh/v1/82/29869/x/y/telemetry", false],
    ["an unknown device below its site", cabinet, `${below}/moi-01/telemetry`, true],
    ["the status of one", cabinet, `${below}/moi-01/status`, true],
    ["the alarm of one", cabinet, `${below}/moi-01/alarm`, false],
    ["another's device below its site", cabinet, `${below}/muc-nuoc-02/telemetry`, false],
    ["a site that begins alike", cabinet, `${below}-2/moi-01/telemetry`, false],
    ["another site", cabinet, `kenh/v1/${camera}/telemetry`, false],
    ["a station's telemetry", station, `kenh/v1/${gauge}/telemetry`, true],
    ["a station's status", station, `kenh/v1/${camera}/status`, true],
    ["a station's report", station, `kenh/v1/${gauge}/bridge`, true],
    ["an alarm in the ingest's name", station, `kenh/v1/${gauge}/alarm`, false],
    ["a report on another unit", station, "kenh/v1/82/30000/x/y/bridge", false],
    ["a unit that begins alike", station, "kenh/v1/82/298690/x/y/bridge", false],
    ["another unit's telemetry", station, "kenh/v1/82/30000/x/y/telemetry", false],
    ["a device's report", device, `kenh/v1/${gauge}/bridge`, false],
    ["a report of a cabinet", cabinet, `${below}/moi-01/bridge`, false],
    ["a reader's report", reader("*"), `kenh/v1/${gauge}/bridge`, false],
    ["an administrator's report", reader("*", "admin"), `kenh/v1/${gauge}/bridge`, false],
    ["a reader", reader("*"), `kenh/v1/${gauge}/telemetry`, false],
    ["a reader's alarm", reader("*"), `kenh/v1/${gauge}/alarm`, false],
    ["an administrator's alarm", reader("82", "admin"), `kenh/v1/${gauge}/alarm`, true],
    ["an administrator's alarm elsewhere", reader("83", "admin"), `kenh/v1/${gauge}/alarm`, false],
    ["an administrator's telemetry", reader("*", "admin"), `kenh/v1/${gauge}/telemetry`, false],
  ])("%s", (_, principal, topic, expected) => {
    const mayBring = (_: string, identity: string) =>
      identity !== "82/29869/cau-cao-lanh/muc-nuoc-02";
    expect(mayPublish(principal, topic, mayBring)).toBe(expected);
  });
});

describe("maySubscribe", () => {
  test.each<[string, Principal, string, boolean]>([
    ["below itself", device, `kenh/v1/${gauge}/#`, true],
    ["its alarm", device, `kenh/v1/${gauge}/alarm`, true],
    ["its channels", device, `kenh/v1/${gauge}/+`, true],
    ["its site", device, "kenh/v1/82/29869/cau-cao-lanh/#", false],
    ["a wildcard in the place of itself", device, "kenh/v1/82/29869/cau-cao-lanh/+/status", false],
    ["another", device, `kenh/v1/${camera}/#`, false],
    ["everything", device, "#", false],
    ["a unit's own", reader("82/29869"), "kenh/v1/82/29869/#", true],
    ["one channel of a unit", reader("82/29869"), "kenh/v1/82/29869/+/+/status", true],
    ["a station's own unit", station, "kenh/v1/82/29869/#", false],
    ["a device of the unit", reader("82/29869"), `kenh/v1/${gauge}/alarm`, true],
    ["the province of the unit", reader("82/29869"), "kenh/v1/82/#", false],
    ["all units", reader("82/29869"), "kenh/v1/82/+/#", false],
    ["a unit that begins alike", reader("82/29869"), "kenh/v1/82/298690/#", false],
    ["a province", reader("82"), "kenh/v1/82/#", true],
    ["a unit of the province", reader("82"), "kenh/v1/82/30000/#", true],
    ["another province", reader("82"), "kenh/v1/83/#", false],
    ["a wildcard above", reader("82"), "kenh/+/82/#", false],
    ["all", reader("*"), "kenh/v1/#", true],
    ["all of one channel", reader("*"), "kenh/v1/+/+/+/+/telemetry", true],
    ["more than all", reader("*"), "kenh/#", false],
    ["what is not ours", reader("*"), "#", false],
    ["a first level that is a wildcard", reader("*"), "+/v1/#", false],
    ["a shared subscription", reader("*"), "$share/ingest/kenh/v1/#", false],
    ["the system's", reader("*"), "$SYS/#", false],
    ["deeper than any topic", reader("*"), `kenh/v1/${"+/".repeat(60)}#`, false],
  ])("%s", (_, principal, filter, expected) => {
    expect(maySubscribe(principal, filter)).toBe(expected);
  });

  const part = fc.constantFrom("82", "83", "29869", "cau-cao-lanh", "muc-nuoc-01");
  const identity = fc.tuple(part, part, part, part).map((parts) => parts.join("/"));
  const scope = fc.oneof(
    fc.constant("*"),
    part,
    fc.tuple(part, part).map((parts) => parts.join("/")),
  );
  const channel = fc.constantFrom("telemetry" as const, "status" as const, "alarm" as const);
  const odd = fc.constantFrom("+", "#", "kenh", "v1", "telemetry", "", "$share", "82");
  /** The filter of a topic in which some levels were replaced, and which was perhaps cut short. */
  const filter = fc
    .tuple(identity, channel, fc.array(fc.tuple(fc.nat(7), odd), { maxLength: 3 }), fc.nat(8))
    .map(([of, name, changes, length]) => {
      const levels = topicOf(of, name).split("/");
      for (const [at, level] of changes) levels[at] = level;
      return levels.slice(0, Math.max(1, length)).join("/");
    });

  test("no filter that is granted matches a topic outside the scope", () => {
    let granted = 0;
    fc.assert(
      fc.property(scope, filter, identity, channel, (held, asked, other, name) => {
        if (!maySubscribe(reader(held), asked)) return;
        granted++;
        if (matches(asked, topicOf(other, name))) expect(scopeCovers(held, other)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(granted).toBeGreaterThan(100);
  });

  const owned = fc.array(identity, { minLength: 50, maxLength: 100 });
  test("no filter that a sender is granted matches another's topic", () => {
    let granted = 0;
    fc.assert(
      fc.property(owned, filter, identity, channel, (own, asked, other, name) => {
        const sender: Principal = { ...device, publishes: new Set(own) };
        if (!maySubscribe(sender, asked)) return;
        granted++;
        if (matches(asked, topicOf(other, name))) expect(own).toContain(other);
      }),
      { numRuns: 2000 },
    );
    expect(granted).toBeGreaterThan(10);
  });
});

/** Matching as MQTT 3.1.1, chapter 4.7, has it. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  const end = wanted.indexOf("#");
  if (end < 0 && wanted.length !== levels.length) return false;
  const length = end < 0 ? wanted.length : end;
  if (levels.length < length) return false;
  return wanted.slice(0, length).every((level, i) => level === "+" || level === levels[i]);
}
