import { reportSchema } from "@kenh/schemas";
import { describe, expect, test } from "vitest";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import type { SetAside } from "../quarantine.ts";
import type { Receipt } from "../spool.ts";
import type { Point } from "../stores/store.ts";
import { messagesOf } from "./messages.ts";

const unit = "82/29869";
const { series } = registryOf(gauge).find(gauge.identity) ?? {};
if (!series) throw new Error("not registered");
const point: Point = {
  ...{ series, ts: 1000 },
  fields: [{ name: "water_level_m", type: "float", value: 1.5, flag: 3 }],
};
const sample = { ts: 1000, values: { water_level_m: 1.5 }, qc: { water_level_m: 3 } };
const receipt: Receipt = {
  ...{ device: gauge.identity, epoch: "e1", seq: 7, good: 1, quarantined: 0, duplicate: 0 },
  ...{ late: false, receivedAt: 5000, length: 0 },
};
const item: SetAside = {
  ...{ reason: "clock-ahead", detail: "ahead", device: gauge.identity, epoch: "e1", topic: "" },
  ...{ receivedAt: 5000, payload: Buffer.from("{}"), readings: 2 },
};
function made(given: Partial<Receipt>, samples: readonly Point[] = [point], found = item) {
  const row = {
    receipts: [{ ...receipt, ...given }],
    messages: [{ samples, agent: "gw-01" }],
  };
  const out = messagesOf(unit, row, (id) => (id === 9 ? found : undefined));
  return out.map(({ topic, payload }) => [topic.split("/").at(-1), JSON.parse(payload)]);
}

describe("what a row says to the province", () => {
  test("telemetry with the numbers of its outbox", () => {
    const envelope = { v: 1, agent: "gw-01", epoch: "e1", seq: 7, samples: [sample] };
    expect(made({})).toEqual([["telemetry", envelope]]);
  });

  test("a plain form with the time that it was given", () => {
    expect(made({ epoch: null, seq: null })).toEqual([["telemetry", [sample]]]);
  });

  test("what was set aside, beside what was good; what is there no more is left out", () => {
    const [good, aside, ...more] = made({ items: [9, 10] });
    expect([good?.[0], more]).toEqual(["telemetry", []]);
    expect(aside).toEqual([
      "bridge",
      {
        ...{ v: 1, kind: "aside", item: 9, agent: "gw-01", epoch: "e1", seq: 7, readings: 2 },
        ...{ reason: "clock-ahead", detail: "ahead", receivedAt: 5000 },
        ...{ payload: "{}", encoding: "utf8" },
      },
    ]);
    expect(reportSchema.safeParse(aside?.[1]).success).toBe(true);
  });

  test("bytes that are no text come as they are, and more than a packet holds is named", () => {
    const bytes = { ...item, payload: Buffer.from([0xff, 0xfe]) };
    const large = { ...item, payload: Buffer.alloc(600 * 1024) };
    expect(made({ good: 0, items: [9] }, [], bytes)).toMatchObject([
      ["bridge", { payload: "//4=", encoding: "base64" }],
    ]);
    expect(made({ good: 0, items: [9] }, [], large)).toMatchObject([
      ["bridge", { payload: "", detail: "ahead; 614400 bytes, kept there" }],
    ]);
  });

  test("what was judged anew, whether anything of it is good or not", () => {
    expect(made({ mended: 4, seq: null })).toMatchObject([
      ["bridge", { kind: "mended", item: 4, epoch: "e1", samples: [sample] }],
    ]);
    expect(made({ mended: 4, seq: null, good: 0, items: [9] }, [])).toMatchObject([
      ["bridge", { kind: "mended", item: 4, samples: [] }],
      ["bridge", { kind: "aside", item: 9 }],
    ]);
  });

  test.each([null, "82/298690/cau/muc-nuoc", "82/30000/cau/muc-nuoc"])(
    "nothing of %s, which is not below the unit",
    (device) => {
      expect(made({ device, items: [9] })).toEqual([]);
    },
  );
});
