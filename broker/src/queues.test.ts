import { expect, test } from "vitest";
import { type KeptPacket, Queues } from "./queues.ts";

const message = (brokerCounter: number, text = "x"): KeptPacket => ({
  cmd: "publish",
  brokerId: "b",
  brokerCounter,
  payload: Buffer.from(text),
});
const limits = { queuedMessagesPerSession: 3, queuedBytesPerSession: 100, queuedBytes: 150 };
const to = (...ids: string[]) => ids.map((clientId) => ({ clientId }));

async function kept(queues: Queues, session: string): Promise<KeptPacket[]> {
  return queues.stream(session).toArray();
}
const counters = async (queues: Queues, session: string) =>
  (await kept(queues, session)).map(({ brokerCounter }) => brokerCounter);

test("a full queue gives up its oldest message, and each is counted", async () => {
  let drops = 0;
  const queues = new Queues(limits, () => drops++);
  for (let i = 1; i <= 5; i++) queues.enqueue(to("a"), message(i));
  expect(await counters(queues, "a")).toEqual([3, 4, 5]);
  expect([drops, queues.messages, queues.bytes]).toEqual([2, 3, 3]);
});

test("bytes are bound for a session and for all together", async () => {
  let drops = 0;
  const queues = new Queues(limits, () => drops++);
  queues.enqueue(to("a"), message(1, "x".repeat(60)));
  queues.enqueue(to("a"), message(2, "x".repeat(60)));
  expect(await counters(queues, "a")).toEqual([2]);
  queues.enqueue(to("b"), message(3, "x".repeat(60)));
  queues.enqueue(to("c"), message(4, "x".repeat(60)));
  expect(await counters(queues, "c")).toEqual([]);
  queues.enqueue(to("c"), message(5, "x".repeat(101)));
  expect([drops, queues.messages, queues.bytes]).toEqual([3, 2, 120]);
});

test("what was sent before is sent again under the same identifier and marked DUP", async () => {
  const queues = new Queues(limits, () => {});
  queues.enqueue(to("a", "b"), message(1));
  queues.enqueue(to("a"), message(2));
  queues.update("a", { ...message(1), messageId: 77 });
  expect((await kept(queues, "a")).map(({ messageId, dup }) => [messageId, dup ?? false])).toEqual([
    [77, true],
    [undefined, false],
  ]);
  expect((await kept(queues, "b")).map(({ messageId }) => messageId)).toEqual([undefined]);
});

test("an acknowledgement removes its message alone; one without an identifier removes none", async () => {
  const queues = new Queues(limits, () => {});
  queues.enqueue(to("a"), message(1));
  queues.enqueue(to("a"), message(2));
  queues.update("a", { ...message(1), messageId: 5 });
  expect(queues.acknowledge("a", undefined)).toBeUndefined();
  expect(queues.acknowledge("a", 6)).toBeUndefined();
  expect(queues.acknowledge("a", 5)?.brokerCounter).toBe(1);
  expect(await counters(queues, "a")).toEqual([2]);
  expect(queues.bytes).toBe(1);
});

test("PUBREL stands in the place of its message, and weighs nothing", async () => {
  const queues = new Queues(limits, () => {});
  queues.enqueue(to("a"), message(1, "xyz"));
  queues.update("a", { ...message(1), messageId: 5 });
  queues.update("a", { cmd: "pubrel", messageId: 5 });
  expect(await kept(queues, "a")).toEqual([{ cmd: "pubrel", messageId: 5 }]);
  expect([queues.messages, queues.bytes]).toEqual([1, 0]);
  queues.acknowledge("a", 5);
  expect([queues.messages, queues.bytes]).toEqual([0, 0]);
});

test("an update of a message that was given up meanwhile is no error, and a session is forgotten whole", () => {
  const queues = new Queues(limits, () => {});
  queues.update("a", { ...message(9), messageId: 1 });
  queues.enqueue(to("a"), message(1));
  expect(queues.forget("a")).toBe(1);
  expect([queues.messages, queues.bytes]).toEqual([0, 0]);
});
