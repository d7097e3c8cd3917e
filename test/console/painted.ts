import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openRegistry } from "@kenh/ingest";
import { type Identity, topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import mqtt from "mqtt";
import type { Page } from "playwright-core";
import { startChild } from "../bench/child.ts";
import { devicesPerGateway, makeDevices, profile } from "../bench/load.ts";
import type { SenderCalls } from "../bench/sender.ts";
import { quantile } from "../bench/statistics.ts";
import { startChromium } from "../support/chromium.ts";
import { until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shippedCatalogue } from "../support/registry.ts";
import { startStation } from "../support/station.ts";
import { open } from "./console-page.ts";

/** What is sent while alarms are watched. */
export interface Load {
  /** Alarms of the first priority, each on a device of its own. */
  readonly alarms: number;
  readonly apartMs: number;
  /** Gauges that send beside them, one reading in turn, so many messages a second in all. */
  readonly gauges: number;
  readonly perSecond: number;
}

/** Milliseconds from each PUBLISH to its alarm on the screen, sorted; and what stood there in the end. */
export interface Painted {
  readonly waits: Float64Array;
  readonly identities: readonly Identity[];
  readonly shown: readonly string[];
}

/** Longer than the on-delay of the rule: both readings of a message lie above its limit. */
const heldMs = 400_000;

/**
 * Notes the instant at which a row is painted, by the place that it names: the first task after the
 * frame in which the row stands.
 */
const noteRows = `{
  const painted = (window.painted = {});
  const look = () => {
    const found = [...document.querySelectorAll(".kenh-row .kenh-place")]
      .map((one) => one.textContent)
      .filter((place) => !(place in painted));
    if (found.length === 0) return;
    for (const place of found) painted[place] = null;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => {
        for (const place of found) painted[place] = Date.now();
      };
      port1.postMessage(0);
    });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}`;

/**
 * Alarms over the whole chain: MQTT, broker, ingest, alarms, stream, the app's data source, the panel,
 * the painted row, in a real browser on a real station that has other things to do.
 */
export async function watchPainted({ alarms, apartMs, gauges, perSecond }: Load): Promise<Painted> {
  using folder = temporaryFolder("painted");
  const identities = Array.from({ length: alarms }, (_, at) => `82/29869/canh-bao/may-${at}`);
  const accounts = await register(folder.path, gauges, identities);
  await using station = await startStation({ folder });
  await using sender = startSender();
  const port = Number(new URL(station.mqtt).port);
  await sender.child.ask("open", { port, logins: accounts.gateways, count: gauges });
  const browser = await startChromium();
  try {
    await using view = await open(browser, { url: station.http, token: station.token });
    const { page } = view;
    await page.getByText("Không có cảnh báo").waitFor();
    await page.evaluate(noteRows);
    const client = await mqtt.connectAsync(station.mqtt, accounts.watched);
    const seconds = 2 + (alarms * apartMs) / 1000;
    await sender.child.ask("prepare", { messages: Math.ceil(perSecond * seconds), samples: 1 });
    const load = sender.child.ask("pace", { perSecond });
    const sentAt = new Map<string, number>();
    for (const identity of identities) {
      await delay(apartMs);
      const now = Date.now();
      const samples = [now - heldMs, now].map((ts) => ({ ts, values: { water_level_m: 2.45 } }));
      sentAt.set(identity, now);
      await client.publishAsync(topicOf(identity, "telemetry"), JSON.stringify(samples), {
        qos: 1,
      });
    }

    await load;
    const painted = await until(
      () => paintedAt(page, identities),
      "every alarm on the screen",
      60_000,
    );
    await client.endAsync();
    const waits = identities.map((one) => (painted[one] ?? 0) - (sentAt.get(one) ?? 0));
    const shown = await page.locator(".kenh-row .kenh-place").allTextContents();
    return { waits: Float64Array.from(waits).sort(), identities, shown };
  } finally {
    await browser.close();
  }
}

/** When each was painted, milliseconds UTC; undefined while one is not. */
async function paintedAt(page: Page, identities: readonly Identity[]) {
  const painted = (await page.evaluate("window.painted")) as Record<string, number | null>;
  return identities.every((one) => painted[one]) ? painted : undefined;
}

function startSender() {
  const child = startChild<SenderCalls>(new URL("../bench/sender.ts", import.meta.url));
  return { child, [Symbol.asyncDispose]: () => child.end() };
}

/** Registers gauges and watched devices where the station will find them, with an account for each gateway. */
async function register(folder: string, gauges: number, watched: readonly Identity[]) {
  const load = makeDevices(gauges).map(({ identity }) => identity);
  const registry = openRegistry(join(folder, "registry.db"), shippedCatalogue());
  for (const identity of [...load, ...watched]) registry.put({ identity, profile });
  registry.close();
  const access = openAccess(join(folder, "access.db"));
  const account = async (username: string, devices: readonly Identity[]) => ({
    username,
    password: await access.addAccount(username, devices),
  });
  const gateways = [];
  for (let from = 0; from < gauges; from += devicesPerGateway) {
    gateways.push(await account(`gateway-${from}`, load.slice(from, from + devicesPerGateway)));
  }
  const all = { gateways, watched: await account("watched", watched) };
  access.close();
  return all;
}

if (import.meta.main) {
  const load = { alarms: 100, apartMs: 300, gauges: 1000, perSecond: 2000 };
  const { waits } = await watchPainted(load);
  const [p50, p95, most] = [0.5, 0.95, 1].map((part) => Math.round(quantile(waits, part)));
  process.stdout.write(
    `PUBLISH to the painted alarm, ${load.alarms} alarms beside ${load.perSecond} messages/s of ${load.gauges} gauges: median ${p50} ms, 95th percentile ${p95} ms (good ≤ 2000 ms), longest ${most} ms\n`,
  );
  if ((p95 ?? 0) > 2000) process.exitCode = 1;
}
