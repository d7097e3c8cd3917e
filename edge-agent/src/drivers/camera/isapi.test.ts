import { describe, expect, test } from "vitest";
import { startCameraSimulator } from "../../../../test/support/camera-simulator.ts";
import { until } from "../../../../test/support/counterpart.ts";
import { noSharedData, sharedLines } from "../../../../test/support/shared-data.ts";
import { type Alert, alertConditions, alertOf, alertStreamPath, readAlerts } from "./isapi.ts";
import { partsOf } from "./multipart.ts";

const alert = (type: string, state: string, more = ""): string =>
  `<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><channelID>1</channelID><dateTime>2026-11-01T07:00:00+07:00</dateTime><eventType>${type}</eventType><eventState>${state}</eventState>${more}</EventNotificationAlert>`;
const at = Date.parse("2026-11-01T00:00:00Z");

describe("an alert", () => {
  test("is read with its type, state, channel and time", () => {
    expect(alertOf(alert("shelteralarm", "active"))).toEqual({
      type: "shelteralarm",
      active: true,
      channel: "1",
      at,
      heartbeat: false,
    });
  });

  test("video loss that is inactive is the heartbeat; active, it is a loss", () => {
    expect(alertOf(alert("videoloss", "inactive")).heartbeat).toBe(true);
    expect(alertOf(alert("videoloss", "active")).heartbeat).toBe(false);
    expect(alertConditions(() => 0)(alertOf(alert("videoloss", "inactive")))).toEqual([
      { kind: "video-loss", from: "videoloss 1", active: false, at: undefined },
    ]);
  });

  test.each(["", "{}", "<a/>", alert("videoloss", "perhaps"), "<EventNotificationAlert>"])(
    "%.30j is none",
    (text) => {
      expect(() => alertOf(text)).toThrow();
    },
  );

  test("that is not repeated for 30 s is over, though nobody says so", () => {
    let now = 0;
    const conditions = alertConditions(() => now);
    const active = alertOf(alert("shelteralarm", "active"));
    const heartbeat = alertOf(alert("videoloss", "inactive"));
    const kinds = (of: Alert) => conditions(of).map(({ kind, active }) => `${kind} ${active}`);
    expect(kinds(active)).toEqual(["tamper true"]);
    now = 20_000;
    expect(kinds(active)).toEqual(["tamper true"]);
    now = 45_000;
    expect(kinds(heartbeat)).toEqual(["video-loss false"]);
    now = 50_000;
    expect(kinds(heartbeat)).toEqual(["video-loss false", "tamper false"]);
    now = 60_000;
    expect(kinds(heartbeat)).toEqual(["video-loss false"]);
  });
});

const noData = noSharedData();
test.skipIf(noData)(`alerts of real cameras${noData ? ` (${noData})` : ""}`, () => {
  const payloads = sharedLines<{ maker: string; payload: string }>("mqtt-payloads/messages.jsonl")
    .filter(({ maker }) => maker === "Hikvision camera")
    .map(({ payload }) => alertOf(payload));
  expect(payloads.map(({ type }) => type)).toEqual([
    ...["io", "io", "io", "fielddetection", "fielddetection", "pir"],
  ]);
  for (const each of payloads) {
    expect(each).toMatchObject({ active: true, heartbeat: false });
    expect(each.at).toBeGreaterThan(Date.parse("2022-01-01"));
    // People and contacts: none of the camera's health, and none of our business.
    expect(alertConditions(() => 0)(each)).toEqual([]);
  }
});

describe("multipart", () => {
  async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
    for (let i = 0; i < text.length; i += size) yield Buffer.from(text.slice(i, i + size));
  }
  const type = "multipart/mixed; boundary=x";

  test("with and without lengths, however the network cuts it", async () => {
    const text =
      "--x\r\nContent-Type: application/xml\r\nContent-Length: 5\r\n\r\n<a/>\n\r\n--x\r\ncontent-type: a\r\n\r\n<b/>\r\n--x\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n--x\r\n--x\r\n";
    for (let size = 1; size < text.length; size += 3) {
      const bodies: string[] = [];
      for await (const { body } of partsOf(type, cut(text, size))) {
        bodies.push(body.toString().trim());
      }
      expect(bodies).toEqual(["<a/>", "<b/>", "--x"]);
    }
  });

  test.each([
    ["text/plain", "--x"],
    ["multipart/mixed", "--x"],
    [type, `--x\r\n${"a".repeat(10_000)}`],
  ])("%s: what is none is an error", async (contentType, text) => {
    const read = async () => {
      for await (const part of partsOf(contentType, cut(text, 100))) expect(part).toBeUndefined();
    };
    await expect(read()).rejects.toThrow();
  });
});

describe("the stream", () => {
  const credentials = { username: "admin", password: "p@ss" };

  test("gives alerts, passes over pictures, reports what is none, and ends with an error", async () => {
    const camera = await startCameraSimulator();
    const signal = new AbortController().signal;
    const url = new URL(alertStreamPath, camera.url);
    const reported: string[] = [];
    const alerts = readAlerts(url, { credentials, timeoutMs: 5000, signal }, (reason) =>
      reported.push(reason),
    );
    const first = alerts.next();
    await until(() => camera.alertStreams === 1, "the alert stream");
    camera.alert("\xff\xd8 not looked at", "image/jpeg");
    camera.alert("<broken");
    camera.alert(alert("diskfull", "active"));
    expect((await first).value).toMatchObject({ type: "diskfull", active: true });
    expect(reported).toHaveLength(1);
    const second = alerts.next();
    camera.hangUp();
    await expect(second).rejects.toThrow();
    await camera.close();
  });

  test("silence is a loss", async () => {
    const camera = await startCameraSimulator();
    const { signal } = new AbortController();
    const url = new URL(alertStreamPath, camera.url);
    const context = { credentials, timeoutMs: 5000, signal };
    const alerts = readAlerts(url, context, () => {}, 200);
    await expect(alerts.next()).rejects.toThrow("did not answer within 200 ms");
    await until(() => camera.alertStreams === 0, "the stream to be let go");
    await camera.close();
  });
});
