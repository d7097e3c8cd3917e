import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { eventShape, keepEvents } from "./identity-events.ts";

test("events that nobody takes are bounded: the oldest make room, and their numbers are missing", () => {
  const db = new DatabaseSync(":memory:");
  db.exec(eventShape);
  const events = keepEvents(db, () => 7);
  const what = { call: "enrol", device: "82/29869/a/b", result: "done", detail: null } as const;
  for (let n = 0; n < 10_003; n++) events.add({ ...what, name: null, address: null });
  const waiting = events.waiting(20_000);
  expect([waiting.length, waiting[0]?.id, waiting.at(-1)?.id]).toEqual([10_000, 4, 10_003]);
  expect(waiting[0]).toMatchObject({ ...what, at: 7 });
  events.forget(10_002);
  expect(events.waiting(9).map(({ id }) => id)).toEqual([10_003]);
  db.close();
});
