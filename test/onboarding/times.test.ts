import { draft } from "@kenh/schemas/draft";
import { describe, expect, test } from "vitest";
import { configSchema } from "../../edge-agent/src/drivers/mqtt/config.ts";
import { readMessage } from "../../edge-agent/src/drivers/mqtt/read.ts";
import { shippedQuantities } from "../support/quantities.ts";
import { noSharedData, sharedLines } from "../support/shared-data.ts";

const quantities = shippedQuantities();

interface Message {
  readonly maker: string;
  readonly payload: string;
  readonly valid_json: boolean;
}

const [from, to] = [Date.UTC(2015, 0, 1), Date.UTC(2027, 0, 1)];

/** The time that the driver of MQTT reads where the draft found it. */
function timeRead(payload: string, time: object): number | undefined {
  const parsed = configSchema.safeParse({
    url: "mqtt://h",
    subscriptions: [{ topic: "t", time, points: [{ path: "", quantity: "q", type: "string" }] }],
  });
  if (!parsed.success) throw new RangeError(parsed.error.issues[0]?.message);
  const message = { topic: "t", payload: Buffer.from(payload), retained: false, at: 0 };
  return readMessage(parsed.data, message, () => undefined)[0]?.ts;
}

const skipped = noSharedData();
describe.skipIf(skipped)(`times of recorded messages ${skipped ?? ""}`, () => {
  test("each is read in its form; one without a zone is refused until it has one", () => {
    const forms: Record<string, number> = {};
    for (const { maker, payload, valid_json } of sharedLines<Message>(
      "mqtt-payloads/messages.jsonl",
    )) {
      if (!valid_json) continue;
      const { time, questions, kind } = draft(payload, quantities);
      if (!time || kind !== "json") continue;
      const { path, format } = time;
      const shown = `${maker} ${format}`;
      forms[shown] = (forms[shown] ?? 0) + 1;
      if (format === "local") {
        const place = { path, format: "tasmota-local" };
        expect(questions.map(({ ask }) => ask).join()).toMatch(/in which time zone/);
        expect(() => timeRead(payload, place)).toThrow(/say where the clock of the device stands/);
        const east = timeRead(payload, { ...place, zone: "Asia/Ho_Chi_Minh" });
        const utc = timeRead(payload, { ...place, zone: "UTC" });
        expect((utc ?? 0) - (east ?? 0), payload).toBe(7 * 3_600_000);
      } else {
        const ts = timeRead(payload, { path, format });
        expect(ts, payload).toBeGreaterThan(from);
        expect(ts, payload).toBeLessThan(to);
      }
    }
    process.stdout.write(`\ntimes by maker and form: ${JSON.stringify(forms)}\n`);
    expect(Object.keys(forms).sort()).toEqual([
      "Axis camera epoch-ms",
      "ChirpStack v4 iso",
      "Frigate NVR epoch-s",
      "Milesight gateway iso",
      "Shelly epoch-s",
      "Tasmota epoch-s",
      "Tasmota local",
    ]);
  });
});

test.each([
  ["seconds", { t: 1795305605 }, "epoch-s", 1795305605000],
  ["seconds with a fraction", { t: 1795305605.25 }, "epoch-s", 1795305605250],
  ["seconds as a text", { t: "1795305605" }, "epoch-s", 1795305605000],
  ["milliseconds", { t: 1795305605250 }, "epoch-ms", 1795305605250],
  ["milliseconds as a text", { t: "1795305605250" }, "epoch-ms", 1795305605250],
  ["UTC", { t: "2026-11-22T00:00:05Z" }, "iso", 1795305605000],
  ["a zone", { t: "2026-11-22T07:00:05+07:00" }, "iso", 1795305605000],
  ["a zone without a colon", { t: "2026-11-22 07:00:05+0700" }, "iso", 1795305605000],
  ["nanoseconds", { t: "2026-11-22T00:00:05.250123456Z" }, "iso", 1795305605250],
] as const)("a time in %s", (_, says, format, ts) => {
  expect(timeRead(JSON.stringify(says), { path: "t", format })).toBe(ts);
});
