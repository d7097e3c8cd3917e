import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { type Listening, listen } from "../../api/listen.ts";
import type { ApiEnv } from "../../api/parts.ts";
import { openSqlite } from "../../stores/sqlite.ts";
import type { Store } from "../../stores/store.ts";
import { guardPublic } from "../guard.ts";
import { sensorThingsPath, sensorThingsRefuse, sensorThingsRoutes } from "./routes.ts";
import { devices, gauge, level, since } from "./sensorthings.fixture.ts";

const hour = 3_600_000;
const hours = 365 * 24;
const heightAt = (n: number): number => Number((1.2 + Math.sin(n / 2)).toFixed(3));

let folder: TemporaryFolder;
let store: Store;
let http: Listening;
beforeAll(async () => {
  folder = temporaryFolder("kenh-public");
  store = openSqlite({ file: `${folder.path}/store.db` });
  const field = { name: level.name, type: "float", flag: 1 } as const;
  await store.write(
    Array.from({ length: hours }, (_, n) => ({
      ...{ series: gauge.series, ts: since + n * hour },
      fields: [{ ...field, value: heightAt(n) }],
    })),
  );
  const now = () => since + hours * hour;
  const log = pino({ level: "silent" });
  const app = new Hono<ApiEnv>();
  app.use(`${sensorThingsPath}/*`, guardPublic()(sensorThingsRefuse));
  app.route(sensorThingsPath, sensorThingsRoutes({ open: () => devices, store, now, log }));
  http = await listen(app, "127.0.0.1", 0);
});
afterAll(async () => {
  await http.close();
  await store.close();
  folder[Symbol.dispose]();
});

type Page = Record<string, unknown> & { value: Record<string, unknown>[] };

/** As a client that knows the standard and nothing of this service: it follows what it is given. */
async function follow(url: unknown): Promise<Page> {
  const response = await fetch(String(url));
  expect([url, response.status]).toEqual([url, 200]);
  expect(response.headers.get("content-type")).toContain("application/json");
  // A page of any origin may ask.
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  return (await response.json()) as Page;
}

test("from the root a client finds a gauge, and pages through its year within what one address may ask", async () => {
  const root = await follow(`${http.url}${sensorThingsPath}`);
  const collection = root.value.find(({ name }) => name === "Datastreams")?.url;
  const asked = new URL(String(collection));
  const filter = "ObservedProperty/name eq 'Mực nước' and Thing/description eq 'Gauge 1'";
  asked.searchParams.set("$filter", filter);
  // As a form is written, with + for each blank; the standard's own way is tried below.
  expect(asked.search).toContain("+eq+");
  const { value } = await follow(asked.href);
  expect(value).toHaveLength(1);
  const found: [number, unknown][] = [];
  let next: unknown = value[0]?.["Observations@iot.navigationLink"];
  let pages = 0;
  while (next !== undefined) {
    const page = await follow(next);
    for (const one of page.value) found.push([Date.parse(String(one.phenomenonTime)), one.result]);
    next = page["@iot.nextLink"];
    pages++;
  }
  expect(pages).toBe(Math.ceil(hours / 100));
  const year = Array.from({ length: hours }, (_, n) => [since + n * hour, heightAt(n)]);
  expect(found).toEqual(year);
});

test("every link that an entity gives leads somewhere", async () => {
  const { value } = await follow(`${http.url}${sensorThingsPath}/Datastreams?$top=1&$expand=Thing`);
  const links = (entity: Record<string, unknown>) =>
    Object.entries(entity).filter(([name]) => /@iot\.(selfLink|navigationLink)$/.test(name));
  const thing = value[0]?.Thing as Record<string, unknown>;
  for (const [, url] of [...links(value[0] ?? {}), ...links(thing)]) await follow(url);
});

test("a blank is written as + or as %20, and the zone of a time has its + either way", async () => {
  const { value: streams } = await follow(`${http.url}${sensorThingsPath}/Datastreams?$top=1`);
  const observations = String(streams[0]?.["Observations@iot.navigationLink"]);
  for (const blank of ["+", "%20"]) {
    for (const plus of ["+", "%2B"]) {
      const filter = `phenomenonTime lt 2026-01-01T10:00:00${plus}07:00`.replaceAll(" ", blank);
      const { value } = await follow(`${observations}?$filter=${filter}`);
      expect([blank, plus, value.length]).toEqual([blank, plus, 3]);
    }
  }
});
