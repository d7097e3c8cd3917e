import { expect, test } from "vitest";
import { createEventParser } from "./event-stream.ts";

const stream =
  ': hello\n\nid: 7\nevent: alarm\ndata: {"a":1}\n\nid:8\r\nevent:alarm\r\ndata:one\r\ndata: two\r\n\r\n:beat\n\nretry: 5\ndata: no id of its own\n\ndata: cut off';
const events = [
  { id: "7", event: "alarm", data: '{"a":1}' },
  { id: "8", event: "alarm", data: "one\ntwo" },
  { id: "8", event: "message", data: "no id of its own" },
];

test("a stream gives the same events however it is cut into chunks", () => {
  for (let size = 1; size <= stream.length; size++) {
    const parser = createEventParser();
    const got = [];
    for (let at = 0; at < stream.length; at += size) {
      got.push(...parser.push(stream.slice(at, at + size)));
    }
    expect(got, `chunks of ${size}`).toEqual(events);
  }
});
