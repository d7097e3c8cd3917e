import { expect, test } from "vitest";
import { mailbox } from "./mailbox.ts";

test("gives in order what was left, and what is left while it waits", async () => {
  const box = mailbox<number>(10);
  const letters = box.letters(new AbortController().signal);
  box.put(1);
  box.put(2);
  expect((await letters.next()).value).toBe(1);
  expect((await letters.next()).value).toBe(2);
  const next = letters.next();
  box.put(3);
  expect((await next).value).toBe(3);
});

test("beyond the bound the oldest goes, and is counted", async () => {
  const box = mailbox<number>(2);
  for (const letter of [1, 2, 3, 4]) box.put(letter);
  expect(box.dropped).toBe(2);
  expect((await box.letters(new AbortController().signal).next()).value).toBe(3);
});

test("ends with the signal, also while it waits; with an error after what was left", async () => {
  const box = mailbox<number>(2);
  const stop = new AbortController();
  const waiting = box.letters(stop.signal).next();
  stop.abort();
  expect((await waiting).done).toBe(true);
  box.put(1);
  box.fail(new Error("why"));
  const letters = box.letters(new AbortController().signal);
  expect((await letters.next()).value).toBe(1);
  await expect(letters.next()).rejects.toThrow("why");
});
