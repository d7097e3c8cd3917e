import { topicOf } from "@kenh/schemas";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import type { Followed } from "../follow.ts";
import { Book } from "./book.ts";
import type { Outgoing } from "./messages.ts";
import { type Given, Stream } from "./stream.ts";

const gauge = "82/29869/cau/muc-nuoc";
const GiB = 1024 ** 3;
let folder: TemporaryFolder;
let book: Book;
let stream: Stream;
let clock = 0;

function open(bounds = { maxBytes: GiB, maxAgeMs: GiB }): void {
  book = new Book(`${folder.path}/bridge.db`, 0, bounds, () => {});
  stream = new Stream(book, messagesOf, () => clock);
}
beforeEach(() => {
  clock = 0;
  folder = temporaryFolder();
  open();
});
afterEach(() => {
  book.close();
  folder[Symbol.dispose]();
});

/** A row of so many messages: what is in them is no matter of the stream. */
const rowOf = (seq: number, good = 1): Followed => {
  const receipt = { device: gauge, epoch: "e", seq, quarantined: 0, duplicate: 0, length: 0 };
  return { receipts: [{ ...receipt, good, late: false, receivedAt: 0 }], messages: [] };
};
function messagesOf({ receipts }: Followed): Outgoing[] {
  return receipts.map(({ seq }) => ({ topic: topicOf(gauge, "telemetry"), payload: `${seq}` }));
}
const feed = (...ids: number[]): void => {
  for (const id of ids) stream.row(id, rowOf(id));
};
function all(next: () => Given | undefined): Given[] {
  const found: Given[] = [];
  for (let one = next(); one; one = next()) found.push(one);
  return found;
}
const live = () => all(() => stream.live());
const backlog = () => all(() => stream.backlog());
const seqs = (given: readonly Given[]) => given.map(({ payload }) => Number(payload));

test("what the province has before a checkpoint is never on disk", () => {
  stream.begin();
  feed(1, 2, 3);
  for (const given of live()) stream.took(given);
  stream.checkpoint();
  expect([book.waiting.messages, stream.durablePosition]).toEqual([0, 3]);
  expect(backlog()).toEqual([]);
});

test("without a line it waits on disk, across restarts, and comes behind what is live, the oldest first", () => {
  feed(1, 2, 3);
  expect(stream.durablePosition).toBe(0);
  stream.checkpoint();
  expect([book.waiting.messages, stream.durablePosition]).toEqual([3, 3]);
  book.close();
  open();
  feed(2, 3, 4);
  stream.begin();
  feed(5, 6);
  expect(seqs(live())).toEqual([5, 6]);
  const waited = backlog();
  expect(seqs(waited)).toEqual([1, 2, 3, 4]);
  expect(stream.hasBacklog).toBe(false);
  for (const given of waited) stream.took(given);
  stream.checkpoint();
  expect(book.waiting).toMatchObject({ messages: 2, dropped: 0 });
});

test("what was on its way when the line broke comes again, and nothing else", () => {
  feed(1, 2);
  stream.checkpoint();
  stream.begin();
  feed(3, 4);
  const [third, fourth] = live();
  const [first] = backlog();
  if (!first || !third || !fourth) throw new Error("nothing was given");
  stream.took(first);
  stream.took(third);
  stream.end();
  stream.begin();
  feed(5);
  expect(seqs(live())).toEqual([5]);
  expect(seqs(backlog())).toEqual([2, 4]);
});

test("what is stored while it is on its way is not given twice, and goes when the province has it", () => {
  stream.begin();
  feed(1, 2);
  const given = live();
  stream.checkpoint();
  expect(book.waiting.messages).toBe(2);
  expect(backlog()).toEqual([]);
  for (const one of given) stream.took(one);
  stream.checkpoint();
  expect([book.waiting.messages, backlog()]).toEqual([0, []]);
});

test("more than fits into memory becomes backlog, in order and once", () => {
  stream.begin();
  stream.row(1, rowOf(1, 150_000));
  const first = stream.live();
  stream.row(2, rowOf(2, 150_000));
  stream.row(3, rowOf(3, 1));
  expect(seqs(live())).toEqual([3]);
  expect(seqs(backlog())).toEqual([2]);
  expect(first?.payload).toBe("1");
});

test("beyond the bounds the oldest is dropped, and counted across restarts", () => {
  book.close();
  open({ maxBytes: 1000, maxAgeMs: 5000 });
  for (let id = 1; id <= 30; id++) feed(id);
  stream.checkpoint();
  const { messages, dropped, bytes } = book.waiting;
  expect([messages + dropped, dropped > 0, bytes <= 1000]).toEqual([30, true, true]);
  clock = 10_000;
  feed(31);
  stream.checkpoint();
  expect(book.waiting).toMatchObject({ messages: 1, dropped: 30, oldestAt: 10_000 });
  book.close();
  open();
  expect(book.waiting).toMatchObject({ messages: 1, dropped: 30 });
});
