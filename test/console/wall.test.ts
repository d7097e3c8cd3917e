import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { burst, picture, violations } from "./console-page.ts";
import { describeInChromium } from "./in-chromium.ts";
import { startStationFixture } from "./station-fixture.ts";
import { anAlarm, manyAlarms, manyDevices, startWard } from "./ward.ts";

/** From 6 m, a person of good sight reads letters of a two-hundredth of a wall's height. */
const leastShare = 1 / 200;

/** Each text of the page with its contrast to the ground below it, and its height in pixels. */
const readTexts = `(() => {
  const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color[3] !== 0) return color;
    }
    return [255, 255, 255];
  };
  const texts = [];
  const walker = document.createTreeWalker(document.querySelector(".kenh-alarms"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim()) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    const filled = svg?.dataset.filled === "true";
    const ink = light(parse(svg ? style.fill : style.color));
    const paper = light(filled ? parse(getComputedStyle(svg).color) : ground(element));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const scale = svg ? svg.getBoundingClientRect().height / 40 : 1;
    texts.push({ text: node.data, contrast, px: parseFloat(style.fontSize) * scale });
  }
  return texts;
})()`;

describeInChromium("the panel on the wall", ({ open }) => {
  const shown = (page: Page) =>
    page
      .locator(".kenh-wall-row")
      .evaluateAll((found) => found.map((one) => one.getAttribute("data-id")));

  test.each([
    ["vi", "dark", 1920, 1080],
    ["en", "dark", 1920, 1080],
    ["vi", "light", 1920, 1080],
    ["vi", "dark", 3840, 2160],
    ["en", "light", 3840, 2160],
    ["vi", "dark", 5760, 1080],
    ["vi", "dark", 5760, 3240],
    ["en", "light", 5760, 3240],
    ["vi", "dark", 7680, 4320],
    ["en", "light", 7680, 4320],
  ])("it is read from 6 m in %s, %s, at %d x %d", async (lang, theme, width, height) => {
    await using station = await startWard();
    const flags = `kiosk&lang=${lang}&theme=${theme}&unit=82/29869`;
    await using view = await open(station, { flags, width, height });
    const { page, complaints } = view;
    await page.locator(".kenh-wall-row").first().waitFor();
    await page
      .getByText(lang === "vi" ? /Cầu Cao Lãnh/ : /Cao Lãnh bridge/)
      .first()
      .waitFor();
    const texts = (await page.evaluate(readTexts)) as {
      text: string;
      contrast: number;
      px: number;
    }[];
    expect(texts.length).toBeGreaterThan(30);
    expect(texts.filter(({ contrast }) => contrast < 7)).toEqual([]);
    expect(texts.filter(({ px }) => px < height * leastShare * 3)).toEqual([]);
    expect(
      await burst(
        page,
        "body, .kenh-message, .kenh-reading, .kenh-state, .kenh-when, .kenh-mark, .kenh-banner, .kenh-wall-top, .kenh-wall-foot",
      ),
    ).toEqual([]);
    // Nobody scrolls a wall: the rows end inside it, the critical one above them.
    const bottoms = await page
      .locator(".kenh-wall-body, .kenh-wall-row")
      .evaluateAll((found) => found.map((one) => one.getBoundingClientRect().bottom));
    expect(Math.max(...bottoms)).toBe(bottoms[0]);
    expect(
      await page.evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]",
      ),
    ).toEqual([height, width]);
    expect((await shown(page))[0]).toBe("bd3");
    expect(
      await page.evaluate("getComputedStyle(document.querySelector('.kenh-wall')).cursor"),
    ).toBe("none");
    expect(await page.locator("button, a, input, [tabindex]").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await picture(page, `wall-${lang}-${theme}-${width}x${height}`);
  });

  test.each(["deuteranopia", "protanopia", "achromatopsia"] as const)(
    "shape, number and word stand beside the colour: %s",
    async (type) => {
      await using station = await startWard();
      for (const flags of ["kiosk", ""]) {
        await using view = await open(station, { flags, width: 1920, height: 1080 });
        const { page } = view;
        await page.locator(".kenh-mark").first().waitFor();
        const session = await page.context().newCDPSession(page);
        await session.send("Emulation.setEmulatedVisionDeficiency", { type });
        const marks = await page
          .locator(".kenh-mark")
          .evaluateAll((found) =>
            found.map((one) => [
              one.querySelector("path")?.getAttribute("d"),
              one.querySelector("text")?.textContent,
              one.querySelector("span")?.textContent,
            ]),
          );
        for (const part of [0, 1, 2]) {
          expect(new Set(marks.map((mark) => mark[part])).size).toBe(4);
        }
        await picture(page, `${type}-${flags || "desk"}`);
      }
    },
  );

  test.each([
    [1920, 1080],
    [5760, 3240],
    [7680, 4320],
  ])(
    "it pages by itself, and the first priority is on each page, at %d x %d",
    async (width, height) => {
      const now = Date.now();
      await using station = await startStationFixture([
        anAlarm(now),
        ...manyAlarms(now, 30).map((alarm) => ({ ...alarm, priority: 3 as const, raisedAt: 1 })),
      ]);
      station.devices = manyDevices(now, 30);
      await using view = await open(station, {
        flags: "kiosk",
        width,
        height,
      });
      const { page } = view;
      await page.locator(".kenh-wall-row").first().waitFor();
      const seen = new Set<string | null>();
      for (let turn = 0; turn < 5; turn++) {
        const time = Math.ceil(now / 60_000) * 60_000 + turn * 12_000;
        await page.clock.setFixedTime(time);
        station.skewMs = time - Date.now();
        // A station that is heard now, or a banner takes the room of a row.
        station.sendRaw(":\n\n");
        await page.getByText(`Trang ${turn + 1}/5`, { exact: true }).waitFor();
        await page.locator(".kenh-banner").waitFor({ state: "detached" });
        const ids = await shown(page);
        expect(ids[0]).toBe("bd3");
        for (const id of ids) seen.add(id);
      }
      expect(seen.size).toBe(31);
    },
  );

  test("a flood is gathered by site, and the critical ones stay single", async () => {
    const now = Date.now();
    await using station = await startStationFixture(manyAlarms(now, 240));
    station.devices = manyDevices(now, 240);
    await using view = await open(station, {
      flags: "kiosk",
      width: 1920,
      height: 1080,
    });
    const { page } = view;
    await page.getByText(/^Bão cảnh báo: 240 cảnh báo/).waitFor();
    await page.getByText("Chợ Cao Lãnh").waitFor();
    expect((await shown(page)).slice(0, 3)).toEqual(["m0", "m100", "m200"]);
    expect(await violations(page)).toEqual([]);
    await picture(page, "wall-flood");
  });

  test("a wall that lost its station says so", async () => {
    await using station = await startWard();
    await using view = await open(station, {
      flags: "kiosk",
      width: 1920,
      height: 1080,
    });
    const { page } = view;
    await page.locator(".kenh-wall-row").first().waitFor();
    station.reachable = false;
    station.cut();
    await page.getByText(/Mất kết nối với trạm từ/).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "wall-cut");
  });

  test("the picture wanders, and only so far that nothing leaves the wall", async () => {
    await using station = await startWard();
    await using view = await open(station, {
      flags: "kiosk",
      width: 1920,
      height: 1080,
    });
    const { page } = view;
    // The page's clock goes on beside its leaps: a whole minute is left to it.
    await page.clock.install({ time: Math.ceil(Date.now() / 60_000) * 60_000 });
    await page.reload();
    await page.locator(".kenh-wall-row").first().waitFor();
    const places = new Set<string>();
    for (let minute = 0; minute < 9; minute++) {
      const { x, y } = (await page.locator(".kenh-wall").boundingBox()) as {
        x: number;
        y: number;
      };
      expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(6);
      places.add(`${x} ${y}`);
      await page.clock.runFor(60_000);
    }
    expect(places.size).toBe(9);
  });
});
