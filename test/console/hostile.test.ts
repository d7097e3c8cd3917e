import { readFileSync } from "node:fs";
import type { Alarm, Text } from "@kenh/schemas";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { textOf } from "../../grafana-plugin/src/shared/text-of.ts";
import { until } from "../support/counterpart.ts";
import { noSharedData, sharedData } from "../support/shared-data.ts";
import { burst, picture, row, type View } from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";
import { type StationFixture, startStationFixture } from "./station-fixture.ts";
import { anAlarm } from "./ward.ts";

const markup = `<img src=x onerror="document.title='owned'"><svg onload=alert(1)></p></bdi><script>alert(1)</script>`;
const turned = "\u202eđổi chiều\u2067 một hai";
const long = `${"dài ".repeat(500)}${"d".repeat(8000)}`;
/** Texts that burst, break out or turn around what stands beside them. */
const hostile = [
  `${markup}${turned}${long}`,
  long.replaceAll(" ", ""),
  `${turned}\n\n\n\t${"\u200f".repeat(200)}`,
  "Z\u0337\u0316\u0300\u0301".repeat(2_500),
  "\u{1f30a}".repeat(5_000),
  "$" + "{__value.raw} {{constructor.constructor('alert(1)')()}} %s \\u003cb\\u003e",
];

/** An alarm whose every text that a device, an engineer or an operator writes is this one. */
function alarmOf(text: string, at: number): Alarm {
  const both: Text = { vi: text, en: text };
  const now = Date.now();
  return anAlarm(now, {
    id: `h${at}`,
    device: `82/29869/site-${at}/may-${at}`,
    priority: 3,
    state: "unacknowledged",
    raisedAt: now - at * 1000,
    message: both,
    cause: both,
    consequence: both,
    action: both,
    owner: both,
    rule: text,
    quantity: "text",
    history: (["raise", "comment", "shelve"] as const).map((event, line) => ({
      at: now - line,
      event,
      state: "unacknowledged",
      value: 1,
      actor: text,
      comment: text,
    })),
  });
}

/** Its device: names, unit and value are the text as well. */
function deviceOf(text: string, at: number) {
  const both: Text = { vi: text, en: text };
  const value = { ts: 1, value: text, flag: 3, unit: text, label: both };
  return {
    identity: `82/29869/site-${at}/may-${at}`,
    profile: "generic",
    label: both,
    siteLabel: both,
    position: null,
    status: null,
    freshness: "live",
    lastSeenAt: Date.now(),
    intervalMs: 60_000,
    values: { text: value, number: { ...value, value: 1 } },
  };
}

async function stationOf(texts: readonly string[]): Promise<StationFixture> {
  const station = await startStationFixture(texts.map(alarmOf));
  station.devices = texts.map(deviceOf);
  station.points = [1, 2, 3].map((at) => [Date.now() - at * 60_000, at, 1]);
  station.floods = [];
  return station;
}

/** Nothing ran, nothing came in, nothing reaches out of its box. */
async function expectUnharmed({ page, complaints }: View): Promise<void> {
  expect(await page.title()).toBe("Kênh · Cảnh báo");
  expect(
    await page
      .locator("img:not([src$='logo.svg']), script:not([src]), iframe, .kenh-alarms a")
      .count(),
  ).toBe(0);
  expect(
    await burst(
      page,
      "html, body, .console, aside, .scroll, .device, .site, .kenh-desk, .kenh-wall, .kenh-row, .kenh-wall-row, .kenh-details, .kenh-known, .kenh-history li, .kenh-sources, dialog",
    ),
  ).toEqual([]);
  expect(await covered(page)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  expect(complaints).toEqual([]);
}

/** Parts of a row that stand on each other. */
function covered(page: Page): Promise<string[]> {
  return page.locator(".kenh-row, .kenh-wall-row").evaluateAll((found) =>
    found.flatMap((one) => {
      const parts = [
        ...one.querySelectorAll(".kenh-message, .kenh-where, .kenh-reading, .kenh-state"),
      ].map((part) => ({ name: part.className, box: part.getBoundingClientRect() }));
      return parts.flatMap(({ name, box }, at) =>
        parts
          .slice(at + 1)
          .filter(({ box: other }) => {
            const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
            const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
            return across > 1 && down > 4;
          })
          .map((other) => `${one.getAttribute("data-id")}: ${name} on ${other.name}`),
      );
    }),
  );
}

/** What each row says, by the alarm's id, and how high it is. */
function said(page: Page): Promise<[id: string, message: string, place: string, px: number][]> {
  return page
    .locator(":is(.kenh-row, .kenh-wall-row)")
    .evaluateAll((found) =>
      found.map((one) => [
        one.getAttribute("data-id") ?? "",
        one.querySelector(".kenh-message bdi")?.textContent ?? "",
        one.querySelector(".kenh-place")?.textContent ?? "",
        Math.round(one.getBoundingClientRect().height),
      ]),
    );
}

describeInChromium("hostile texts", ({ open }) => {
  test.each([
    ["on the desk", "", 1366, 768],
    ["on a narrow desk", "", 700, 900],
    ["on the wall", "kiosk", 1920, 1080],
  ])(
    "in every field are texts, and the layout is unharmed %s",
    async (_where, flags, width, height) => {
      await using station = await stationOf(hostile);
      await using view = await open(station, { flags, width, height });
      const { page } = view;
      await page.locator("[data-id=h0]").waitFor();
      const heights = new Set((await said(page)).map(([, , , px]) => px));
      expect(heights.size).toBe(1);
      await expectUnharmed(view);
      await picture(page, `hostile-${flags || width}`);
      if (flags) return;
      await page.locator(".device").first().waitFor();
      for (const at of hostile.keys()) {
        await row(page, `h${at}`).focus();
        await page.keyboard.press("Enter");
        await page.locator(".kenh-history li").first().waitFor();
        await expectUnharmed(view);
        if (at === 0) await picture(page, `hostile-details-${width}`);
        await page.keyboard.press("Escape");
      }
      await row(page, "h0").focus();
      await page.keyboard.press("s");
      await page.keyboard.insertText(hostile[0] ?? "");
      await expectUnharmed(view);
      await picture(page, `hostile-dialog-${width}`);
      await page.keyboard.press("Escape");
      await page.getByRole("searchbox").fill(`${markup}${turned}`);
      await page.getByText("Không có cảnh báo nào khớp").or(row(page, "h0")).first().waitFor();
      await expectUnharmed(view);
    },
  );

  const noStrings = noSharedData();
  test.skipIf(noStrings)(
    `each string that has broken somebody is shown as it is${noStrings ? `: ${noStrings}` : ""}`,
    async () => {
      const strings: string[] = JSON.parse(
        readFileSync(sharedData("conformance/naughty_strings.json"), "utf8"),
      );
      await using station = await stationOf(strings);
      const shown = (text: string) => textOf({ vi: text, en: text }, "vi");
      const expected = new Map(
        strings.map((text, at) => [
          `h${at}`,
          // Without a message its rule is told, without names its identity: both are this text.
          [
            shown(text),
            text === "" ? `82/29869/site-${at}/may-${at}` : `${shown(text)} · ${shown(text)}`,
          ],
        ]),
      );
      for (const [flags, width] of [
        ["", 1366],
        ["kiosk", 12_000],
      ] as const) {
        await using view = await open(station, { flags, width, height: 1080 });
        const { page } = view;
        await page
          .locator(flags ? ".kenh-wall-row" : "[data-id=h0]")
          .first()
          .waitFor();
        let time = Math.ceil(Date.now() / 60_000) * 60_000;
        const seen = new Map<string, [string, string]>();
        await until(
          async () => {
            for (const [id, message, place] of await said(page)) seen.set(id, [message, place]);
            // The next rows: by a turn of the wheel, and on the wall by its own next page.
            if (!flags) await page.locator(".kenh-scroll").evaluate((one) => one.scrollBy(0, 600));
            else {
              time += 12_000;
              await page.clock.setFixedTime(time);
              await page.getByText(/^Trang/).waitFor();
              station.sendRaw(":\n\n");
            }
            return seen.size === strings.length;
          },
          "every string once",
          90_000,
        );
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
        expect(new Set((await said(page)).map(([, , , px]) => px)).size).toBe(1);
        await expectUnharmed(view);
      }
    },
  );
});
