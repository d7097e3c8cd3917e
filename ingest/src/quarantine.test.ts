import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { Quarantine, type SetAside } from "./quarantine.ts";
import { openSpool } from "./spool.ts";

test("an item that comes again is known by its message's number and content, one of an older version by its content", () => {
  using folder = temporaryFolder();
  const spool = openSpool(folder.path, Date.now);
  const quarantine = new Quarantine(spool.db);
  const item = (text: string, more: Partial<SetAside> = {}): SetAside => ({
    ...{ reason: "type-mismatch", detail: "", device: null, epoch: "e", topic: "t" },
    ...{ receivedAt: 1, readings: 1, payload: Buffer.from(text), ...more },
  });
  expect(quarantine.keep(item("old"))).toBe(1);
  expect(quarantine.keep(item("new", { place: 7 }))).toBe(2);
  expect(quarantine.keep(item("old", { place: 6, receivedAt: 2 }), true)).toBeUndefined();
  expect(quarantine.keep(item("new", { place: 7, receivedAt: 2 }), true)).toBeUndefined();
  expect(quarantine.keep(item("new", { place: 8 }), true)).toBe(3);
  expect(quarantine.keep(item("other", { place: 7 }), true)).toBe(4);
  // Nobody asks whether it has come before: it has not.
  expect(quarantine.keep(item("new", { place: 7 }))).toBe(5);
  spool.close();
});
