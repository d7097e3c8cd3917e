import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { openSqlite } from "../../stores/sqlite.ts";
import type { Point, Store } from "../../stores/store.ts";
import { answer } from "./answer.ts";
import { RequestFault } from "./fault.ts";
import { graphOf } from "./graph.ts";
import { devices, gauge, level, since, weather } from "./sensorthings.fixture.ts";

const quarter = 900_000;
const day = 86_400_000;
/** A year of a gauge, a reading each quarter of an hour: a tide of half a day, of no more than 2.4 m. */
const readings = (365 * day) / quarter;
const now = since + 365 * day;
const heightAt = (n: number): number => Number((1.2 + 1.2 * Math.sin(n / 8)).toFixed(3));

let folder: TemporaryFolder;
let store: Store;
beforeAll(async () => {
  folder = temporaryFolder("kenh-sensorthings");
  store = openSqlite({ file: `${folder.path}/store.db` });
  const field = { name: level.name, type: "float" } as const;
  const points = Array.from({ length: readings }, (_, n): Point => {
    // One reading in a year was missing: it is no Observation.
    const missing = n === 7;
    const value = missing ? null : heightAt(n);
    const flag = missing ? 9 : n === 5 ? 3 : 1;
    return { series: gauge.series, ts: since + n * quarter, fields: [{ ...field, value, flag }] };
  });
  for (let at = 0; at < points.length; at += 10_000)
    await store.write(points.slice(at, at + 10_000));
  const air = (ts: number, value: number): Point => ({
    series: weather.series,
    ts,
    fields: [{ name: "pm25_ugm3", type: "float", value, flag: 1 }],
  });
  // What is older than the opening is nobody's business.
  await store.write([air(since - day, 999), air(since, 41), air(since + quarter, 153)]);
});
afterAll(async () => {
  await store.close();
  folder[Symbol.dispose]();
});

const base = "http://station/sta/v1.1";
type Json = Record<string, unknown> & { value: Record<string, unknown>[] };

async function get(request: string): Promise<Json> {
  const [path = "", query = ""] = request.split("?");
  const given = await answer(path, query, { graph: graphOf(devices), store, now, base });
  return ("json" in given ? given.json : given.text) as Json;
}

/** The ids of an answer, without what they have in common. */
const ids = ({ value }: Json) => value.map((one) => String(one["@iot.id"]).replace("82:298", ""));

const things = ["69:cau-cao-lanh:muc-nuoc-01", "69:tru-so:khi-tuong-01", "70:kenh:muc-nuoc-09"];
const [bridge, roof, canal] = things;
const streams = [
  `${bridge}:water_level_m`,
  `${roof}:air_temperature_c`,
  `${roof}:pm25_ugm3`,
  `${canal}:water_level_m`,
];
const thing = "/Things('82:29869:cau-cao-lanh:muc-nuoc-01')";
const stream = "/Datastreams('82:29869:cau-cao-lanh:muc-nuoc-01:water_level_m')";
const air = "/Datastreams('82:29869:tru-so:khi-tuong-01:pm25_ugm3')";
const square =
  "geography'POLYGON ((105.635 10.43, 105.65 10.43, 105.65 10.45, 105.635 10.45, 105.635 10.43))'";

describe("resource paths (OGC 18-088, 9.2)", () => {
  test("9.2.1 the service names its collections and what it conforms to", async () => {
    const { value, serverSettings } = await get("/");
    expect(value).toContainEqual({ name: "Things", url: `${base}/Things` });
    expect(value).toHaveLength(8);
    expect(JSON.stringify(serverSettings)).toContain("iot_sensing/1.1/req/datamodel");
  });

  test.each([
    ["9.2.2 a collection", "/Things", things],
    ["9.2.6 links of an entity", `${thing}/Datastreams`, [streams[0]]],
    ["9.2.8 links of links", `${stream}/Thing/Locations`, ["69:cau-cao-lanh"]],
    [
      "9.2.8 an id after a link",
      `${thing}/Datastreams('82:29869:cau-cao-lanh:muc-nuoc-01:water_level_m')/Thing/HistoricalLocations`,
      [bridge],
    ],
    [
      "9.2.8 against the direction",
      "/ObservedProperties('water_level_m')/Datastreams",
      [streams[0], streams[3]],
    ],
    ["9.2.8 things at a place", "/Locations('82:29869:cau-cao-lanh')/Things", [bridge]],
  ])("%s", async (_, request, expected) => {
    expect(ids(await get(request))).toEqual(expected);
  });

  test("9.2.3 an entity by its id, with its links", async () => {
    const found = await get(thing);
    expect(found).toEqual({
      "@iot.id": "82:29869:cau-cao-lanh:muc-nuoc-01",
      "@iot.selfLink": `${base}/Things('82%3A29869%3Acau-cao-lanh%3Amuc-nuoc-01')`,
      name: "Thước nước 'số 1'",
      description: "Gauge 1",
      properties: { identity: gauge.identity, label: gauge.label },
      ...Object.fromEntries(
        ["Datastreams", "Locations", "HistoricalLocations"].map((link) => [
          `${link}@iot.navigationLink`,
          `${base}/Things('82%3A29869%3Acau-cao-lanh%3Amuc-nuoc-01')/${link}`,
        ]),
      ),
    });
  });

  test("9.2.4 a property, and 9.2.5 nothing but its value", async () => {
    expect(await get(`${thing}/description`)).toEqual({ description: "Gauge 1" });
    expect(await get(`${thing}/description/$value`)).toBe("Gauge 1");
  });

  test("9.2.7 addresses instead of entities", async () => {
    const { value } = await get("/Things/$ref");
    expect(value).toHaveLength(3);
    expect(Object.keys(value[0] ?? {})).toEqual(["@iot.selfLink"]);
  });

  test.each([
    "/Tings",
    "/Things('nobody')",
    `${thing}/Sensor`,
    `${thing}/colour`,
    "/Things/Datastreams",
    `${thing}/Datastreams('82:29870:kenh:muc-nuoc-09:water_level_m')`,
    "/Observations('82:29869:cau-cao-lanh:muc-nuoc-01:water_level_m:1')",
  ])("%s is not found", async (request) => {
    await expect(get(request)).rejects.toMatchObject({ status: 404 });
  });
});

describe("entities (OGC 18-088, 8.2)", () => {
  test.each([
    ["8.2.1 Thing", "Things", ["name", "description", "properties"]],
    ["8.2.2 Location", "Locations", ["name", "description", "encodingType", "location"]],
    ["8.2.3 HistoricalLocation", "HistoricalLocations", ["time"]],
    [
      "8.2.4 Datastream",
      "Datastreams",
      ["name", "description", "observationType", "unitOfMeasurement", "observedArea", "properties"],
    ],
    ["8.2.5 Sensor", "Sensors", ["name", "description", "encodingType", "metadata", "properties"]],
    ["8.2.6 ObservedProperty", "ObservedProperties", ["name", "definition", "description"]],
    [
      "8.2.7 Observation",
      "Observations",
      ["phenomenonTime", "resultTime", "result", "resultQuality"],
    ],
    [
      "8.2.8 FeatureOfInterest",
      "FeaturesOfInterest",
      ["name", "description", "encodingType", "feature"],
    ],
  ])("%s has its properties", async (_, collection, properties) => {
    const { value } = await get(`/${collection}?$top=1`);
    expect(Object.keys(value[0] ?? {}).filter((name) => !name.includes("@"))).toEqual(properties);
  });

  test("what has no place is a feature without one, never a place at 0, 0", async () => {
    const { value } = await get("/Locations?$filter=Things/id eq '82:29870:kenh:muc-nuoc-09'");
    expect(value[0]?.location).toEqual({ type: "Feature", geometry: null, properties: {} });
  });

  test("a flag of a reading is the quality of its Observation, and a missing one is none", async () => {
    const { value } = await get(`${stream}/Observations?$top=8`);
    expect(value.map(({ resultQuality }) => resultQuality)).toEqual([1, 1, 1, 1, 1, 3, 1, 1]);
    expect(value.map(({ result }) => result)).toEqual([0, 1, 2, 3, 4, 5, 6, 8].map(heightAt));
  });
});

describe("options of a query (OGC 18-088, 9.3)", () => {
  test.each([
    ["9.3.3.1 $orderby", "/Things?$orderby=name desc", [roof, bridge, canal]],
    [
      "9.3.3.1 $orderby by a link",
      "/Datastreams?$orderby=ObservedProperty/id asc,id desc",
      [streams[1], streams[2], streams[3], streams[0]],
    ],
    ["9.3.3.2 $top", "/Things?$top=1", [bridge]],
    ["9.3.3.3 $skip", "/Things?$skip=1&$top=1", [roof]],
    ["9.3.3.5 eq", "/Datastreams?$filter=unitOfMeasurement/symbol eq 'ug/m3'", [streams[2]]],
    ["9.3.3.5 ne", "/Things?$filter=description ne 'Gauge 1'", [roof, canal]],
    [
      "9.3.3.5 and, or, precedence",
      "/Things?$filter=description eq 'Gauge 1' or id gt '82:29869' and not startswith(id,'82:29869')",
      [bridge, canal],
    ],
    [
      "9.3.3.5 parentheses",
      "/Things?$filter=(description eq 'Gauge 1' or id gt '82') and not startswith(id,'82:29869')",
      [canal],
    ],
    ["9.3.3.5 a quote in a text", "/Things?$filter=name eq 'Thước nước ''số 1'''", [bridge]],
    [
      "9.3.3.5 through many links",
      "/Things?$filter=Datastreams/ObservedProperty/id eq 'pm25_ugm3'",
      [roof],
    ],
    [
      "9.3.3.5 of properties",
      "/Datastreams?$filter=properties/licence eq 'CC-BY-4.0' and properties/measurement eq 'water'",
      [streams[0], streams[3]],
    ],
    ["9.3.3.5.2 substringof", "/Things?$filter=substringof('khí',name)", [roof]],
    ["9.3.3.5.2 startswith", "/Things?$filter=startswith(description,'Gau')", [bridge]],
    ["9.3.3.5.2 endswith", "/Things?$filter=endswith(description,'station')", [roof]],
    ["9.3.3.5.2 length", "/Things?$filter=length(description) eq 7", [bridge]],
    ["9.3.3.5.2 indexof", "/Things?$filter=indexof(description,'1') eq 6", [bridge]],
    [
      "9.3.3.5.2 substring",
      "/Things?$filter=substring(description,0,5) eq 'Gauge' and substring(description,6) eq '1'",
      [bridge],
    ],
    [
      "9.3.3.5.2 tolower, toupper",
      "/Things?$filter=tolower(description) eq 'gauge 1' or toupper(description) eq 'WEATHER STATION'",
      [bridge, roof],
    ],
    [
      "9.3.3.5.2 trim, concat",
      "/Things?$filter=trim(concat(description,'  ')) eq 'Gauge 1'",
      [bridge],
    ],
    [
      "9.3.3.5.2 year, month, day",
      "/HistoricalLocations?$filter=year(time) eq 2026 and month(time) eq 1 and day(time) eq 1&$top=1",
      [bridge],
    ],
    [
      "9.3.3.5.2 now, mindatetime",
      "/HistoricalLocations?$filter=time lt now() and time gt mindatetime()&$top=1",
      [bridge],
    ],
    [
      "9.3.3.5.2 st_within",
      `/Locations?$filter=st_within(location,${square})`,
      ["69:cau-cao-lanh"],
    ],
    ["9.3.3.5.2 geo.intersects", `/Locations?$filter=geo.intersects(${square},location)`, []],
    ["9.3.3.5.2 st_disjoint", `/Locations?$filter=st_disjoint(location,${square})`, [roof]],
    [
      "9.3.3.5.2 st_equals",
      "/Locations?$filter=st_equals(location,geography'POINT (105.64 10.44)')",
      ["69:cau-cao-lanh"],
    ],
    [
      "9.3.3.5.2 st_intersects",
      `/Locations?$filter=st_intersects(location,${square})`,
      ["69:cau-cao-lanh"],
    ],
    [
      "9.3.3.5.2 st_contains",
      `/Locations?$filter=st_contains(${square},location)`,
      ["69:cau-cao-lanh"],
    ],
    [
      "9.3.3.5.2 geo.distance",
      "/Locations?$filter=geo.distance(location,geography'POINT (105.64 10.44)') lt 0.01",
      ["69:cau-cao-lanh"],
    ],
  ])("%s", async (_, request, expected) => {
    expect(ids(await get(request))).toEqual(expected);
  });

  test.each([
    ["gt", "result gt 2.399", (n: number) => heightAt(n) > 2.399],
    [
      "a time",
      "phenomenonTime ge 2026-01-02T00:00:00Z and phenomenonTime lt 2026-01-02T02:00:00+01:00",
      (n: number) => n >= 96 && n < 100,
    ],
    [
      "arithmetic",
      "result mul 100 mod 2 eq 0 and phenomenonTime lt 2026-01-03T00:00:00Z",
      (n: number) => n < 192 && (heightAt(n) * 100) % 2 === 0,
    ],
    [
      "rounded",
      "floor(result) eq 2 and hour(phenomenonTime) eq 3 and minute(phenomenonTime) eq 0",
      (n: number) => n % 96 === 12 && Math.floor(heightAt(n)) === 2,
    ],
    [
      "a duration",
      "phenomenonTime gt 2026-01-03T00:00:00Z sub duration'PT1H' and resultTime le 2026-01-03T00:00:00Z",
      (n: number) => n > 188 && n <= 192,
    ],
    ["the quality", "resultQuality eq 3", (n: number) => n === 5],
    [
      "rounded otherwise (9.3.3.5.2 round, ceiling)",
      "round(result) eq 2 and ceiling(result) eq 2 and phenomenonTime lt 2026-01-02T00:00:00Z",
      (n: number) => n < 96 && Math.round(heightAt(n)) === 2 && Math.ceil(heightAt(n)) === 2,
    ],
    [
      "parts of a time (9.3.3.5.2 date, time, second, fractionalseconds, totaloffsetminutes)",
      "date(phenomenonTime) eq date(2026-01-02T09:00:00Z) and time(phenomenonTime) ge '23:00:00.000' and second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0 and totaloffsetminutes(phenomenonTime) eq 0",
      (n: number) => n >= 188 && n < 192,
    ],
    [
      "a time there is an end to (9.3.3.5.2 maxdatetime)",
      "phenomenonTime lt 2026-01-01T01:00:00Z and phenomenonTime lt maxdatetime()",
      (n: number) => n < 4,
    ],
    [
      "a time in a filter that is no and",
      "phenomenonTime lt 2026-01-01T00:15:00Z or phenomenonTime ge 2026-12-31T23:45:00Z",
      (n: number) => n === 0 || n === readings - 1,
    ],
  ])("Observations chosen by %s are those of the readings", async (_, filter, wanted) => {
    const expected = Array.from({ length: readings }, (_, n) => n).filter(
      (n) => n !== 7 && wanted(n),
    );
    const { "@iot.count": count, value } = await get(
      `${stream}/Observations?$count=true&$top=1000&$filter=${filter}`,
    );
    expect(count).toBe(expected.length);
    const instants = value.map(({ phenomenonTime }) => phenomenonTime);
    expect(instants).toEqual(
      expected.slice(0, 1000).map((n) => new Date(since + n * quarter).toISOString()),
    );
  });

  test("9.3.3.4 $count counts what the filter leaves, not the page", async () => {
    expect((await get("/Datastreams?$count=true&$top=1"))["@iot.count"]).toBe(4);
    expect((await get("/Datastreams?$count=false"))["@iot.count"]).toBeUndefined();
  });

  test("9.3.2.2 $select gives what is asked for, and no more", async () => {
    const { value } = await get("/Things?$select=id,description&$top=1");
    expect(value).toEqual([
      { "@iot.id": "82:29869:cau-cao-lanh:muc-nuoc-01", description: "Gauge 1" },
    ]);
  });

  test("9.3.2.1 $expand, deep, with options of its own", async () => {
    const { value } = await get(
      "/Things?$select=name&$expand=Datastreams($select=name;$expand=Observations($top=1;$orderby=phenomenonTime desc;$select=result),ObservedProperty($select=definition)),Locations/HistoricalLocations",
    );
    expect(value[0]).toMatchObject({
      Datastreams: [
        {
          Observations: [{ result: heightAt(readings - 1) }],
          ObservedProperty: { definition: "urn:kenh:quantity:water_level_m" },
        },
      ],
      Locations: [{ HistoricalLocations: [{ time: new Date(since).toISOString() }] }],
    });
    expect(Object.keys(value[0] ?? {})).toEqual(["name", "Datastreams", "Locations"]);
    const [, { Datastreams = [] } = {}] = value as { Datastreams?: Record<string, unknown>[] }[];
    // There is none: an empty list, never a 0.
    expect(Datastreams.map(({ Observations }) => Observations)).toEqual([[], [{ result: 153 }]]);
  });

  test("Observations in the order of something else than time", async () => {
    const { value } = await get(`${stream}/Observations?$orderby=result desc&$top=3`);
    const expected = Array.from({ length: readings }, (_, n) => heightAt(n)).sort((a, b) => b - a);
    expect(value.map(({ result }) => result)).toEqual(expected.slice(0, 3));
  });

  test("Observations of all Datastreams, and of what stands at a place", async () => {
    const all = await get(
      "/Observations?$filter=Datastream/Thing/description eq 'Weather station'&$count=true",
    );
    expect(all["@iot.count"]).toBe(2);
    const place = await get("/FeaturesOfInterest('82:29869:tru-so:khi-tuong-01')/Observations");
    expect(place.value.map(({ result }) => result)).toEqual([41, 153]);
    const back = await get(
      `/Observations('82:29869:tru-so:khi-tuong-01:pm25_ugm3:${since}')/Datastream/Sensor`,
    );
    expect(back["@iot.id"]).toBe("generic-environment");
  });

  test("what is older than the opening is not there", async () => {
    expect((await get(`${air}/Observations?$count=true`))["@iot.count"]).toBe(2);
    const early = `/Observations('82:29869:tru-so:khi-tuong-01:pm25_ugm3:${since - day}')`;
    await expect(get(early)).rejects.toMatchObject({ status: 404 });
  });

  test.each(["asc", "desc"])(
    "9.3.3.6 a year is paged through by its links, %s",
    async (direction) => {
      const found: number[] = [];
      let next: unknown = `${base}${stream}/Observations?$top=1000&$orderby=phenomenonTime ${direction}&$select=result,phenomenonTime`;
      let pages = 0;
      while (typeof next === "string") {
        const page = await get(decodeURIComponent(next.slice(base.length)));
        found.push(...page.value.map(({ phenomenonTime }) => Date.parse(String(phenomenonTime))));
        next = page["@iot.nextLink"];
        pages++;
      }
      const expected = Array.from({ length: readings }, (_, n) => since + n * quarter);
      expected.splice(7, 1);
      expect(pages).toBe(36);
      expect(found).toEqual(direction === "asc" ? expected : expected.toReversed());
    },
  );

  test("the pages of entities follow each other, too", async () => {
    const first = await get("/Datastreams?$top=3&$filter=id gt '82'&$skip=0");
    const next = String(first["@iot.nextLink"]);
    expect(ids(await get(decodeURIComponent(next.slice(base.length))))).toEqual([streams[3]]);
  });

  test.each([
    ["/Things?$filter=name eq", "a value, a property or a function is expected"],
    ["/Things?$filter=name eq 'a", "stays open"],
    ["/Things?$filter=name like 'a'", "an operator such as eq"],
    ["/Things?$filter=nome eq 'a'", "Things have no nome; they have id, name"],
    ["/Things?$filter=hash(name) eq 'a'", "no function"],
    ["/Locations?$filter=st_touches(location,location)", "no function"],
    ["/Locations?$filter=geo.length(location) gt 1", "no function"],
    ["/Things?$filter=length(name,name) eq 1", "length takes 1 arguments, not 2"],
    [`/Things?$filter=${"(".repeat(60)}1${")".repeat(60)} eq 1`, "more than 50 deep"],
    ["/Locations?$filter=st_within(location,geography'CIRCLE (1)')", "POLYGON"],
    ["/Observations?$filter=phenomenonTime gt 2026-99-99T00:00:00Z", "is no time"],
    ["/Things?$top=-1", "a whole number from 0"],
    ["/Things?$top=1&$top=2", "written once"],
    ["/Things?$count=yes", "true or false"],
    ["/Things?$expand=Sensor", "no link"],
    ["/Things?$select=colour", "have no"],
    ["/Things?$format=xml", "is no option"],
    [
      "/Things?$expand=Datastreams($expand=Thing($expand=Datastreams($expand=Thing($expand=Locations))))",
      "no more than 4",
    ],
  ])("%s is refused with its reason", async (request, reason) => {
    const fault = await get(request).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(RequestFault);
    expect(fault).toMatchObject({ status: 400, message: expect.stringContaining(reason) });
  });

  test("what would cost the operators too much is refused", async () => {
    const request = (mostReadings: number) =>
      answer("/Observations", "$orderby=result", {
        ...{ graph: graphOf(devices), store, now, base, mostReadings },
      });
    await expect(request(readings + 10_000)).resolves.toBeDefined();
    await expect(request(readings)).rejects.toThrow("narrow it down by phenomenonTime");
    await expect(get("/Things?$filter=Datastreams/Observations/result gt 2")).rejects.toMatchObject(
      {
        status: 501,
      },
    );
  });
});
