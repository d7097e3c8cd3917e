import { describe, expect, test } from "vitest";
import { DecoderError, decoderLimits, openSandbox } from "./sandbox.ts";

const now = (): number => performance.now();
const input = { bytes: [1, 0x75, 97, 3, 0x67, 0x13, 0x01], fPort: 85 };
const level = `
function decodeUplink(input) {
  var bytes = input.bytes;
  return { data: { battery: bytes[2], temperature: (bytes[5] | (bytes[6] << 8)) / 10, port: input.fPort } };
}`;

test.each([
  ["TS013", level, { battery: 97, temperature: 27.5, port: 85 }],
  [
    "the older form of The Things Network",
    "function Decoder(bytes, port) { return { b: bytes[2], port: port }; }",
    { b: 97, port: 85 },
  ],
  [
    "the older form of ChirpStack",
    "function Decode(fPort, bytes, variables) { return { b: bytes[2], port: fPort }; }",
    { b: 97, port: 85 },
  ],
  [
    "arrow functions and exports",
    'const decodeUplink = (i) => ({ data: { n: i.bytes.length } }); if (typeof module !== "undefined") module.exports = { decodeUplink };',
    { n: 7 },
  ],
])("a decoder in %s runs as it is", async (_, source, data) => {
  const decoder = await openSandbox(source, now);
  expect(decoder.decode(input)).toEqual({ data, errors: [], warnings: [] });
  decoder.close();
  decoder.close();
});

test("errors and warnings of the decoder are told", async () => {
  const decoder = await openSandbox(
    'function decodeUplink() { return { errors: ["unknown port"], warnings: ["old"] }; }',
    now,
  );
  expect(decoder.decode(input)).toEqual({
    data: undefined,
    errors: ["unknown port"],
    warnings: ["old"],
  });
  decoder.close();
});

test.each([
  ["no JavaScript", "function (", /failed: /],
  ["no decoder in it", "var x = 1;", /holds neither decodeUplink/],
  ["an endless loop on opening", "for (;;) {}", /more than 100 ms: look for an endless loop/],
])("a source with %s is refused on opening", async (_, source, message) => {
  await expect(openSandbox(source, now)).rejects.toThrow(message);
});

const hostile = (body: string): string =>
  `function decodeUplink(input) { if (input.fPort === 1) { ${body} } return { data: { fine: input.fPort } }; }`;
describe.each([
  ["an endless loop", "for (;;) {}", /endless loop/],
  ["an endless recursion", "return decodeUplink(input);", /failed: /],
  ["a doubling string", "var s = 'x'; for (;;) s += s;", /failed: /],
  ["a slow expression", `/^(a+)+$/.test("${"a".repeat(40)}!");`, /endless loop|failed: /],
  [
    "a megabyte of output",
    "return { data: { s: new Array(1e6).join('x') } };",
    /999999|characters/,
  ],
  ["a thrown text", "throw 'không';", /failed: không/],
  ["a thrown nothing", "throw null;", /failed: /],
  ["an error whose message is a trap", "throw { get message() { for (;;) {} } };", /endless loop/],
  ["a number for an answer", "return 5;", /gave no object/],
  ["a list for an answer", "return [1];", /gave no object/],
  ["nothing for an answer", "return undefined;", /gave no object/],
  ["a circle", "var o = {}; o.o = o; return { data: o };", /failed: /],
  [
    "a text that lies about being JSON",
    "JSON.stringify = function () { return 'no JSON'; }; return {};",
    /JSON/,
  ],
])("%s", (_, body, message) => {
  test("is contained, and the next uplink is decoded", async () => {
    const decoder = await openSandbox(hostile(body), now);
    const other = await openSandbox(level, now);
    expect(() => decoder.decode({ ...input, fPort: 1 })).toThrow(message);
    expect(() => decoder.decode({ ...input, fPort: 1 })).toThrow(DecoderError);
    expect(decoder.decode({ ...input, fPort: 2 }).data).toEqual({ fine: 2 });
    expect(other.decode(input).data).toMatchObject({ battery: 97 });
    decoder.close();
    other.close();
  });
});

test("what a decoder does to its own prototypes reaches nobody", async () => {
  const source =
    'Object.prototype.evil = 1; Array.prototype.push = null; function decodeUplink() { return JSON.parse(\'{"data":{"__proto__":{"polluted":true},"x":1}}\'); }';
  const decoder = await openSandbox(source, now);
  const { data } = decoder.decode(input);
  expect(Object.hasOwn(data as object, "x")).toBe(true);
  expect(({} as Record<string, unknown>)["evil"]).toBeUndefined();
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect([1].concat([2])).toEqual([1, 2]);
  decoder.close();
});

test.each([
  "process",
  "require",
  "fetch",
  "globalThis.process",
  "XMLHttpRequest",
  "WebSocket",
  "Buffer",
  "setTimeout",
  "os",
  "std",
  "import.meta",
])("%s is not there", async (name) => {
  const source = `function decodeUplink() { var seen; try { seen = typeof eval(${JSON.stringify(name)}); } catch (e) { seen = "undefined"; } return { data: { seen: seen } }; }`;
  const decoder = await openSandbox(source, now);
  expect(decoder.decode(input).data).toEqual({ seen: "undefined" });
  decoder.close();
});

test("the limit of memory leaves room for a large decoder", async () => {
  const source = `var table = []; for (var i = 0; i < 20000; i++) table.push({ i: i }); ${level}`;
  expect(decoderLimits.memoryBytes).toBeLessThan(64 * 1024 * 1024);
  const decoder = await openSandbox(source, now);
  expect(decoder.decode(input).data).toMatchObject({ battery: 97 });
  decoder.close();
});
