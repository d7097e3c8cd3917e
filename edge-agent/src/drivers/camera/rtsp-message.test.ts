import { expect, test } from "vitest";
import { rtspReader } from "./rtsp-message.ts";

const conversation = Buffer.concat([
  Buffer.from("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nv=0\r\n"),
  Buffer.from([0x24, 0, 0, 3, 1, 2, 3]),
  Buffer.from([0x24, 1, 0, 0]),
  Buffer.from(
    "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest a=b\r\nWWW-Authenticate: Basic c=d\r\n\r\n",
  ),
]);

test("answers and frames are the same however the network cuts them", () => {
  const whole = rtspReader()(conversation);
  expect(whole).toMatchObject([
    { kind: "response", status: 200, headers: { cseq: "2" }, body: "v=0\r\n" },
    { kind: "frame", channel: 0, payload: Buffer.from([1, 2, 3]) },
    { kind: "frame", channel: 1 },
    { kind: "response", status: 401, headers: { "www-authenticate": "Digest a=b, Basic c=d" } },
  ]);
  for (let size = 1; size < 40; size++) {
    const read = rtspReader();
    const found = [];
    for (let at = 0; at < conversation.length; at += size) {
      found.push(...read(conversation.subarray(at, at + size)));
    }
    expect(found).toEqual(whole);
  }
});

test.each([
  ["HTTP/1.1 400 Bad Request\r\n\r\n", "speaks no RTSP"],
  ["\u0000\u0000\u0000\u0000", "speaks no RTSP"],
  ["RTSP/1.0 OK\r\n\r\n", "speaks no RTSP"],
  ["RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "a body of 99999999 bytes"],
  ["RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n", "a body of x bytes"],
  [`RTSP/1.0 200 OK\r\nA: ${"b".repeat(20_000)}`, "without an end"],
])("%.30j is refused", (text, why) => {
  expect(() => rtspReader()(Buffer.from(text))).toThrow(why);
});
