import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm } from "@kenh/schemas";
import { XMLParser } from "fast-xml-parser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { absent } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { byCap } from "./by-cap.ts";
import { type CapConfig, capOf } from "./cap.ts";
import { alarmOn, gauge, openOutbox, step } from "./outbox.fixture.ts";
import type { Places } from "./words.ts";

const skipped = absent("xmllint", "libxml2-utils");
const schema = fileURLToPath(new URL("../../../../test/support/cap-1.2.xsd", import.meta.url));
const now = 1_790_000_000_000;
const places: Places = {
  find: () => ({
    label: { vi: "Thước nước <số 1> & 2", en: "Gauge" },
    position: { latitude: 10.4603, longitude: 105.6342 },
    quantities: new Map(),
  }),
};
const config: CapConfig = {
  sender: "ioc@caolanh.dongthap.gov.vn",
  senderName: "Trung tâm điều hành phường Cao Lãnh",
  status: "Exercise",
  scope: "Restricted",
  restriction: "Lực lượng ứng phó của phường",
  areas: { "82/29869": { vi: "Phường Cao Lãnh, tỉnh Đồng Tháp", en: "Cao Lanh ward, Dong Thap" } },
  radiusKm: 2,
  expiresMs: 6 * 3_600_000,
};

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder("kenh-cap");
});
afterEach(() => folder[Symbol.dispose]());

const raised = step(alarmOn(gauge), "raise", now, { value: 2.41 });
const graver = step(raised, "escalate", now + 60_000, { value: 2.65 });
const acknowledged = step(graver, "acknowledge", now + 90_000, { actor: "t1" });
const cleared = step(acknowledged, "clear", now + 120_000, { value: 2.2, state: "normal" });

const parser = new XMLParser({ parseTagValue: false });
function read(alarm: Alarm) {
  const message = capOf(alarm, config, places);
  return message && parser.parse(message.xml).alert;
}

describe("a message of CAP", () => {
  test("says what holds, where, how grave it is and what to do, in two languages", () => {
    const alert = read(raised);
    expect(alert).toMatchObject({
      identifier: `kenh-${raised.id}-1`,
      sender: config.sender,
      sent: "2026-09-21T21:13:20+07:00",
      status: "Exercise",
      msgType: "Alert",
      scope: "Restricted",
      restriction: "Lực lượng ứng phó của phường",
    });
    expect(alert.references).toBeUndefined();
    const [vi, en] = alert.info;
    expect([vi.language, en.language]).toEqual(["vi-VN", "en-US"]);
    expect(vi).toMatchObject({
      category: "Met",
      event: "Mực nước trên báo động III",
      urgency: "Immediate",
      severity: "Extreme",
      certainty: "Observed",
      onset: "2026-09-21T21:13:20+07:00",
      expires: "2026-09-22T03:13:20+07:00",
      senderName: config.senderName,
      instruction: "Sơ tán vùng trũng",
    });
    expect(vi.headline).toContain("Thước nước <số 1> & 2");
    expect(vi.description).toContain("Giá trị: 2,41");
    expect(vi.area).toEqual({
      areaDesc: "Phường Cao Lãnh, tỉnh Đồng Tháp",
      circle: "10.4603,105.6342 2",
      geocode: [
        { valueName: "VN-DVHC-TINH", value: "82" },
        { valueName: "VN-DVHC-XA", value: "29869" },
      ],
    });
    expect(en.area.areaDesc).toBe("Cao Lanh ward, Dong Thap");
  });

  test("updates and cancels what went before, and begins anew after that", () => {
    const reference = (alarm: Alarm, version: number, sent: string) =>
      `${config.sender},kenh-${alarm.id}-${version},${sent}`;
    const first = reference(raised, 1, "2026-09-21T21:13:20+07:00");
    const second = reference(graver, 2, "2026-09-21T21:14:20+07:00");
    expect(read(graver)).toMatchObject({ msgType: "Update", references: first });
    expect(read(acknowledged)).toBeUndefined();
    const cancel = read(cleared);
    expect(cancel).toMatchObject({ msgType: "Cancel", references: `${first} ${second}` });
    expect(cancel.info[0].urgency).toBe("Past");
    const again = read(step(cleared, "raise", now + 180_000));
    expect(again.msgType).toBe("Alert");
    expect(again.references).toBeUndefined();
  });

  test("is none of an alarm that is hidden, and its end cancels nothing", () => {
    const suppressed = step(alarmOn(gauge), "raise", now, { state: "suppressed" });
    expect(capOf(suppressed, config, places)).toBeUndefined();
    expect(
      capOf(step(suppressed, "clear", now + 1, { state: "normal" }), config, places),
    ).toBeUndefined();
  });

  test.skipIf(skipped)(
    `follows the standard's element table${skipped ? ` (${skipped})` : ""}`,
    () => {
      const awkward = { vi: "Dấu <, &, ]]> và \u0007 chuông", en: "Marks < & ]]> \u0000" };
      const alarms = [
        raised,
        graver,
        cleared,
        step(alarmOn(gauge, { message: awkward, cause: awkward }), "raise", now),
      ];
      const files = alarms.flatMap((alarm, at) =>
        (["Exercise", "Actual"] as const).map((status) => {
          const message = capOf(
            alarm,
            { ...config, status, scope: status === "Actual" ? "Public" : "Restricted" },
            places,
          );
          const file = join(folder.path, `${at}-${status}.xml`);
          writeFileSync(file, message?.xml ?? "");
          return file;
        }),
      );
      const judged = spawnSync("xmllint", ["--noout", "--schema", schema, ...files], {
        encoding: "utf8",
      });
      expect(
        judged.stderr
          .trim()
          .split("\n")
          .filter((line) => !line.endsWith(" validates")),
      ).toEqual([]);
      expect(judged.status).toBe(0);
      const broken = join(folder.path, "broken.xml");
      writeFileSync(broken, readFileSync(files[0] ?? "", "utf8").replace("Immediate", "Now"));
      expect(spawnSync("xmllint", ["--noout", "--schema", schema, broken]).status).not.toBe(0);
    },
  );
});

test("messages go into a folder, whole, and to a receiver with their own media type", async () => {
  const received: { type: string | undefined; id: unknown; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { "content-type": type, "webhook-id": id } = request.headers;
      received.push({ type, id, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const book = openOutbox(join(folder.path, "alarms.db"));
  const out = join(folder.path, "cap");
  mkdirSync(out);
  const receiver = {
    url: `http://127.0.0.1:${port}/`,
    caFile: undefined,
    timeoutMs: 2000,
    inFlight: 1,
    secrets: () => "bi mat",
  };
  const way = byCap(
    { ...config, name: "cap", folder: out, receiver },
    { history: book.get, places, now: () => now },
  );
  const changes = book.record(raised, graver, acknowledged, cleared);
  const { signal } = new AbortController();
  await way.announce(changes, signal, () => undefined);
  // What comes again is the same message once more.
  await way.announce(changes, signal, () => undefined);
  const names = [1, 2, 4].map((version) => `kenh-${raised.id}-${version}`);
  expect(readdirSync(out).sort()).toEqual(names.map((name) => `${name}.xml`));
  expect(received.map(({ id }) => id)).toEqual([...names, ...names]);
  expect(new Set(received.map(({ type }) => type))).toEqual(new Set(["application/cap+xml"]));
  expect(received[0]?.body).toBe(received[3]?.body);
  expect(received[0]?.body).toBe(readFileSync(join(out, `${names[0]}.xml`), "utf8"));
  way.close?.();
  server.close();
  book.close();
});
