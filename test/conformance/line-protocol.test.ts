import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openInfluxdb } from "../../ingest/src/stores/influxdb.ts";
import { identifier, literal } from "../../ingest/src/stores/influxql.ts";
import { encodeLine, type Line, type LineValue } from "../../ingest/src/stores/line-protocol.ts";
import { PermanentError, type Series } from "../../ingest/src/stores/store.ts";
import { type Influxd, noInfluxd, startInfluxd } from "../support/influxd.ts";
import { noSharedData, sharedData } from "../support/shared-data.ts";

/** A value as the recorded cases write it; `int` is as exact as its digits. */
type CaseValue = { float: number } | { int: bigint } | { bool: boolean } | { string: string };
interface Case {
  readonly input: {
    readonly point: {
      readonly time: bigint;
      readonly name: string;
      readonly tags: readonly { key: string; value: string }[];
      readonly fields: readonly { key: string; value: CaseValue }[];
    };
  };
  readonly output: { readonly result?: string; readonly error?: string };
}

/** Where this encoder writes other bytes than the recorded ones, on purpose; each reads back whole below. */
const otherBytes: ReadonlyMap<string, string> = new Map([
  // The same number: JavaScript writes an exponent from 1e21, Go from 1e6.
  ["cpu value=6.632243e+06 1000000000", "cpu value=6632243 1000000000"],
  // A line break as it is: influxd reads \n back as a backslash and an n.
  [
    'cpu,host=serverA,region=us-east str="foo\\nbar",value=1 1000000000',
    'cpu,host=serverA,region=us-east str="foo\nbar",value=1 1000000000',
  ],
]);

function readCases(): Case[] {
  const exact = (key: string, value: unknown, context?: { source?: string }): unknown =>
    (key === "int" || key === "time") && context?.source ? BigInt(context.source) : value;
  return readFileSync(sharedData("conformance/line_protocol_encode.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line, exact) as Case);
}

function lineOf({ input: { point } }: Case): Line {
  return {
    measurement: point.name,
    tags: point.tags.map(({ key, value }) => [key, value] as const),
    fields: point.fields.map(({ key, value }) => [key, lineValue(value)] as const),
    time: point.time,
  };
}

function lineValue(value: CaseValue): LineValue {
  if ("int" in value) return { integer: value.int };
  if ("bool" in value) return { boolean: value.bool };
  return value;
}

describe.skipIf(noSharedData())("recorded cases of encoding", () => {
  const cases = noSharedData() ? [] : readCases();

  test("there are 61", () => {
    expect(cases.length).toBe(61);
  });

  test.each(cases.map((one, i) => [i + 1, one] as const))("case %i", (_, one) => {
    const { result, error } = one.output;
    if (error !== undefined) {
      expect(() => encodeLine(lineOf(one))).toThrow(PermanentError);
      return;
    }
    const expected = result as string;
    expect(encodeLine(lineOf(one))).toBe(otherBytes.get(expected) ?? expected);
  });
});

const skip = noInfluxd();
describe.skipIf(skip)(`what influxd reads back${skip ? ` (${skip})` : ""}`, () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(async () => {
    await influxd?.dispose();
  });

  test.skipIf(noSharedData())("each recorded case, value by value", async () => {
    let count = 0;
    for (const one of readCases()) {
      if (one.output.error !== undefined) continue;
      // A database for each: they would quarrel about the types of fields.
      const database = `case${++count}`;
      await influxd.query(`CREATE DATABASE ${database}`);
      const line = lineOf(one);
      const answer = await influxd.writeRaw(database, encodeLine(line), "ns");
      expect(answer, encodeLine(line)).toEqual({ status: 204, body: "" });
      const columns = [...line.fields, ...line.tags].map(([name]) => identifier(name));
      const influxql = `SELECT ${columns.join(", ")} FROM ${identifier(line.measurement)}`;
      const [row, ...more] = await queryExactly(influxql, database);
      expect(more).toEqual([]);
      const [time, ...rest] = row as unknown[];
      const read = rest.map((value, i) => readAs(line.fields[i]?.[1], value));
      const given = line.fields.map(([, value]) => Object.values(value)[0]);
      expect(BigInt(time as string), influxql).toBe(line.time);
      expect(read, influxql).toEqual([...given, ...line.tags.map(([, value]) => value)]);
    }
    expect(count).toBe(60);
  });

  /** The rows, times in ns, numbers as their digits. */
  async function queryExactly(influxql: string, database: string): Promise<unknown[][]> {
    const parameters = new URLSearchParams({ q: influxql, db: database, epoch: "ns" });
    const body = await (await fetch(`${influxd.url}/query?${parameters}`)).text();
    const digits = (_: string, value: unknown, context?: { source?: string }): unknown =>
      typeof value === "number" ? context?.source : value;
    return JSON.parse(body, digits).results[0].series[0].values;
  }

  const when = Date.UTC(2026, 0, 1);
  const note = [{ name: "note", type: "string" as const }];
  const noted = (series: Series, text: string, ts = when) => ({
    series,
    ts,
    fields: [{ ...(note[0] as { name: string; type: "string" }), value: text, flag: 1 as const }],
  });

  test("any tag value is kept as it is or refused by name, and no other series is hit", async () => {
    const store = openInfluxdb({ url: influxd.url, version: 1, bucket: "tags" });
    let kept = 0;
    const check = async (texts: readonly string[], measurement: string) => {
      const good: Series[] = [];
      for (const text of new Set(texts)) {
        const series: Series = {
          measurement,
          tags: [
            ["device", text],
            ["site", "a"],
          ],
        };
        if (unfitTag(text)) {
          await expect(store.write([noted(series, text)])).rejects.toThrow(PermanentError);
        } else good.push(series);
      }
      await store.write(good.map((series) => noted(series, series.tags[0]?.[1] ?? "")));
      for (const series of good) {
        const found = await store.query({ series, fields: note, from: when, to: when });
        expect(found.get("note")).toEqual([[when, series.tags[0]?.[1], 1]]);
        kept++;
      }
      const all = await influxd.query(
        `SHOW TAG VALUES FROM ${literal(measurement).replaceAll("'", '"')} WITH KEY = "device"`,
        "tags",
      );
      const values = all.results[0]?.series?.[0]?.values.map(([, value]) => value) ?? [];
      expect(values.toSorted()).toEqual(good.map((series) => series.tags[0]?.[1]).toSorted());
    };
    if (!noSharedData()) {
      await check(naughtyStrings(), "naughty");
      const distinct = [...new Set(naughtyStrings())];
      // The lone backslash would swallow the comma after it.
      expect(distinct.filter(unfitTag)).toEqual(["\\\\"]);
      expect(kept).toBe(distinct.length - 1);
    }
    let run = 0;
    const unit = fc.oneof(
      fc.constantFrom("\\", ",", " ", "=", '"', "'", "\n", "\r", "\t", "#", "a"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit, maxLength: 8 }), { minLength: 20, maxLength: 20 }),
        (texts) => check(texts, `any${run++}`),
      ),
      { numRuns: 30 },
    );
    await store.close();
  });

  test("any string value is kept as it is or refused by name", async () => {
    const store = openInfluxdb({ url: influxd.url, version: 1, bucket: "strings" });
    const series: Series = { measurement: "alarms", tags: [["device", "a"]] };
    let ts = when;
    const check = async (texts: readonly string[]) => {
      const good = texts.filter((text) => text.isWellFormed());
      const from = ts;
      await store.write(good.map((text) => noted(series, text, ts++)));
      const found = await store.query({ series, fields: note, from, to: ts - 1 });
      expect(found.get("note")?.map(([, value]) => value)).toEqual(good);
    };
    if (!noSharedData()) await check(naughtyStrings());
    const unit = fc.oneof(
      fc.constantFrom("\\", '"', "\n", "\r", ",", " ", "=", "\0"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit, maxLength: 12 }), { minLength: 1, maxLength: 50 }),
        check,
      ),
      { numRuns: 30 },
    );
    await store.close();
  });

  test("any finite number is kept as it is", async () => {
    const store = openInfluxdb({ url: influxd.url, version: 1, bucket: "numbers" });
    const series: Series = { measurement: "water", tags: [["device", "a"]] };
    const fields = [{ name: "water_level_m", type: "float" as const }];
    let ts = when;
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(fc.array(finite, { minLength: 1, maxLength: 200 }), async (values) => {
        const from = ts;
        await store.write(
          values.map((value) => ({
            series,
            ts: ts++,
            fields: [{ name: "water_level_m", type: "float", value, flag: 1 }],
          })),
        );
        const found = await store.query({ series, fields, from, to: ts - 1 });
        expect(found.get("water_level_m")?.map(([, value]) => value)).toEqual(
          values.map((value) => value + 0),
        );
      }),
      { numRuns: 30 },
    );
    await store.close();
  });
});

/** By the digits or the text that came back, as the type that was written. */
function readAs(written: LineValue | undefined, value: unknown): unknown {
  if (written && "float" in written) return Number(value);
  if (written && "integer" in written) return BigInt(value as string);
  return value;
}

/** What line protocol can't carry as a tag value, said a second time and more simply. */
function unfitTag(text: string): boolean {
  return (
    text === "" ||
    text.endsWith("\\") ||
    ["\n", "\r", "\0"].some((one) => text.includes(one)) ||
    !text.isWellFormed()
  );
}

function naughtyStrings(): string[] {
  return JSON.parse(readFileSync(sharedData("conformance/naughty_strings.json"), "utf8"));
}
