import type { Browser, CDPSession, Page } from "playwright-core";
import { until } from "../support/counterpart.ts";
import { open, row } from "./console-page.ts";
import { type StationFixture, startStationFixture } from "./station-fixture.ts";
import { anAlarm, manyAlarms, wardDevices } from "./ward.ts";

/** A page with many alarms, and what looks into its browser. */
export interface Crowd extends AsyncDisposable {
  readonly station: StationFixture;
  readonly page: Page;
  readonly session: CDPSession;
}

/** Opens a page with so many alarms in no flood, the critical one `bd3` above. */
export async function crowd(browser: Browser, count: number): Promise<Crowd> {
  const now = Date.now();
  const station = await startStationFixture([
    anAlarm(now),
    ...manyAlarms(now, count - 1).map((alarm) => ({ ...alarm, priority: 3 as const })),
  ]);
  station.devices = wardDevices(now);
  station.floods = [];
  const view = await open(browser, station, { width: 1920, height: 1080 });
  const { page } = view;
  await row(page, "bd3").waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return {
    station,
    page,
    session,
    async [Symbol.asyncDispose]() {
      await view[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

/** Milliseconds of script that the page has run. */
export async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
}

/** Bytes in use after everything that can be thrown away has been. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Announces `bd3` again, with a value that tells update `number`, and waits until that is on the screen. */
export async function update({ page, station }: Crowd, number: number): Promise<void> {
  const value = 2 + number / 100;
  station.announce(anAlarm(Date.now(), { value, version: 3 + number }));
  const text = `${value.toFixed(2).replace(".", ",")}\u00a0m`;
  await until(
    () =>
      page.evaluate(
        `document.querySelector('[data-id="bd3"] .kenh-reading')?.textContent.startsWith(${JSON.stringify(text)})`,
      ),
    `${text} on the screen`,
  );
}

const minuteMs = 60_000;
/** Alarms that come in each minute, and go in the next: 7,200 a day, where 300 are too many for a person. */
const perMinute = 5;
/** The first minutes fill what is kept on purpose: compiled code, caches, the fonts. */
const warmUpMinutes = 60;

/** Hours of a page, and by how much its heap grew over them after the first one. */
export interface Soak {
  readonly hours: number;
  readonly alarms: number;
  readonly cuts: number;
  readonly growthBytes: number;
}

/**
 * Lets a page live through hours. Accelerated are the clock and the alarms: each step moves the page's
 * time on by a minute, of which its timers run one second, brings new alarms, and ends those of the step
 * before. Every hour the stream is cut, and an alarm is opened, acknowledged and closed.
 */
export async function soak(browser: Browser, hours: number): Promise<Soak> {
  await using all = await crowd(browser, 100);
  const { page, station, session } = all;
  let now = Date.now();
  let before = 0;
  let cuts = 0;
  let passing: ReturnType<typeof anAlarm>[] = [];
  await page.clock.install({ time: now });
  await page.reload();
  await row(page, "bd3").waitFor();
  for (let minute = 0; minute < warmUpMinutes + hours * 60; minute++) {
    if (minute === warmUpMinutes) before = await heapBytes(session);
    now += minuteMs;
    await page.clock.setSystemTime(now - 1000);
    station.skewMs = now - Date.now();
    const over = passing.map((alarm) => ({ ...alarm, state: "normal" as const, version: 3 }));
    passing = Array.from({ length: perMinute }, (_, at) =>
      anAlarm(now, { id: `${minute}-${at}`, priority: 4 }),
    );
    station.announce(...over, ...passing);
    await page.clock.runFor(1000);
    if (minute % 60 !== 59) continue;
    await page.clock.runFor(1000);
    await row(page, "bd3").focus();
    await page.keyboard.press("Enter");
    await page.locator(".kenh-details").waitFor();
    await page.keyboard.press("a");
    await page.keyboard.type("Đang kiểm tra");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.locator(".kenh-details").waitFor({ state: "detached" });
    station.cut();
    cuts++;
    const { length } = station.resumed;
    await until(async () => {
      await page.clock.runFor(500);
      return station.resumed.length > length;
    }, "the stream after a cut");
    // What was done has its own version now.
    station.announce(anAlarm(now, { version: 10 + minute }));
  }
  return {
    hours,
    alarms: hours * 60 * perMinute,
    cuts,
    growthBytes: (await heapBytes(session)) - before,
  };
}
