import { afterAll, expect, test } from "vitest";
import { holdDecoders } from "./decoder.ts";

const input = { bytes: [1, 0x75, 97], fPort: 85 };
const sources = new Map([
  [
    "level",
    "function decodeUplink(i) { return { data: { battery: i.bytes[2], port: i.fPort } }; }",
  ],
  ["stuck", "function decodeUplink(i) { for (;;) new Array(1e6).join('x'); }"],
  ["bomb", "function decodeUplink(i) { var a = []; for (;;) a.push(new Array(1e5).join('x')); }"],
  ["broken", "function ("],
]);
const decoders = holdDecoders(sources);
afterAll(() => decoders.close());

test("a decoder answers from its thread, in order", async () => {
  const answers = await Promise.all(
    [1, 2, 3].map((fPort) => decoders.decode("level", { ...input, fPort })),
  );
  expect(answers.map(({ data }) => data)).toEqual([1, 2, 3].map((port) => ({ battery: 97, port })));
});

test.each([
  ["stuck", /did not come back within 1000 ms/],
  ["bomb", /did not come back|failed: /],
  ["broken", /failed: /],
])("one that is %s harms no other", async (name, message) => {
  const before = process.memoryUsage().rss;
  const [bad, good] = await Promise.allSettled([
    decoders.decode(name, input),
    decoders.decode("level", input),
  ]);
  expect(bad).toMatchObject({
    status: "rejected",
    reason: { name: "DecoderError", message: expect.stringMatching(message) },
  });
  expect(good).toMatchObject({ status: "fulfilled", value: { data: { battery: 97 } } });
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test("once closed it starts anew when it is asked, and closing twice is nothing", async () => {
  await decoders.close();
  await decoders.close();
  expect((await decoders.decode("level", input)).data).toEqual({ battery: 97, port: 85 });
});
