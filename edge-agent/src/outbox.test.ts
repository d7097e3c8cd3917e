import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { mountSmallDisk, noSmallDisk } from "../../test/support/small-disk.ts";
import { type Outbox, type OutboxOptions, openOutbox } from "./outbox.ts";

const silent = { info() {}, warn() {}, error() {} };
const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const station = "82/29869/cau-cao-lanh/thoi-tiet-01";
const sample = (ts: number) => ({ ts, values: { water_level_m: 1.5 } });
const none = () => false;

function openIn(folder: string, change: Partial<OutboxOptions> = {}): Outbox {
  return openOutbox(join(folder, "outbox.db"), {
    maxBytes: 1e9,
    maxAgeMs: 1e9,
    commitMs: 100,
    maxSamples: 20,
    maxWaitMs: 1000,
    now: () => 0,
    log: silent,
    ...change,
  });
}

/** Takes everything that may be sent now. */
function drain(outbox: Outbox, acknowledge = false) {
  const taken: { device: string; epoch: string; seq: number; urgent: boolean; ts: number[] }[] = [];
  for (;;) {
    const message = outbox.next(true, none);
    if (!message) return taken;
    const { id, device, epoch, seq, urgent, samples } = message;
    const ts = (JSON.parse(samples) as { ts: number }[]).map((s) => s.ts);
    taken.push({ device, epoch, seq, urgent, ts });
    if (acknowledge) outbox.acknowledge(id);
  }
}

describe("messages", () => {
  test("close at their greatest number of samples, or when they have waited long enough", async () => {
    using folder = temporaryFolder();
    let at = 0;
    const outbox = openIn(folder.path, { maxSamples: 3, now: () => at });
    for (let ts = 1; ts <= 4; ts++) await outbox.accept(gauge, sample(ts));
    outbox.commit();
    expect(drain(outbox).map((m) => m.ts)).toEqual([[1, 2, 3]]);
    at = 999;
    outbox.commit();
    expect(drain(outbox)).toEqual([]);
    at = 1000;
    outbox.commit();
    expect(drain(outbox).map((m) => m.ts)).toEqual([[4]]);
    outbox.close();
  });

  test("stay below the size of a message; a sample that is larger alone is refused", async () => {
    using folder = temporaryFolder();
    const outbox = openIn(folder.path, { maxMessageBytes: 3000 });
    const long = (ts: number, length: number) => ({ ts, values: { note: "x".repeat(length) } });
    for (let ts = 1; ts <= 6; ts++) await outbox.accept(gauge, long(ts, 600));
    outbox.commit(true);
    const taken = drain(outbox);
    expect(taken.flatMap((m) => m.ts)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(taken.length).toBeGreaterThan(1);
    await expect(outbox.accept(gauge, long(7, 3000))).rejects.toThrow(/split it/);
    outbox.close();
  });

  test("number each device from 1, without gaps, across restarts", async () => {
    using folder = temporaryFolder();
    const seqs: number[] = [];
    let epoch: string | undefined;
    for (let run = 0; run < 3; run++) {
      const outbox = openIn(folder.path, { maxSamples: 1 });
      epoch ??= outbox.epoch;
      expect(outbox.epoch).toBe(epoch);
      await outbox.accept(gauge, sample(run));
      await outbox.accept(station, sample(run));
      outbox.commit();
      seqs.push(
        ...drain(outbox, true)
          .filter((m) => m.device === gauge)
          .map((m) => m.seq),
      );
      outbox.close();
    }
    expect(seqs).toEqual([1, 2, 3]);
  });

  test("are on disk with the commit even while they still take samples", async () => {
    using folder = temporaryFolder();
    const outbox = openIn(folder.path);
    await outbox.accept(gauge, sample(1));
    outbox.commit();
    await outbox.accept(gauge, sample(2));
    outbox.commit();
    // A second handle sees what a new process would after a kill.
    const after = openIn(folder.path);
    expect(drain(after).map((m) => m.ts)).toEqual([[1, 2]]);
    after.close();
  });
});

describe("the order of sending", () => {
  test("is urgent, then live, then backlog from the oldest", async () => {
    using folder = temporaryFolder();
    const outbox = openIn(folder.path, { maxSamples: 1 });
    for (const ts of [1, 2]) await outbox.accept(gauge, sample(ts));
    outbox.commit();
    outbox.rewind();
    for (const ts of [3, 4]) await outbox.accept(gauge, sample(ts));
    await outbox.accept(gauge, sample(5), { urgent: true });
    outbox.commit();
    expect(drain(outbox).map((m) => m.ts[0])).toEqual([5, 3, 4, 1, 2]);
    outbox.close();
  });

  test("holds for any sequence of samples, connections and acknowledgements; none is lost or doubled", async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("accept" as const),
          device: fc.constantFrom(gauge, station),
          urgent: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("send" as const),
          count: fc.integer({ min: 1, max: 5 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constantFrom("commit" as const, "rewind" as const, "restart" as const),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        using folder = temporaryFolder();
        let outbox = openIn(folder.path, { maxSamples: 3 });
        let accepted = 0;
        const delivered = new Map<number, number>();
        const numbers = new Map<string, number[]>();
        const deliver = (limit: number) => {
          let class_ = 0;
          for (let n = 0; n < limit; n++) {
            const message = outbox.next(true, none);
            if (!message) return;
            const rank = message.urgent ? 0 : outbox.isBacklog(message) ? 2 : 1;
            expect(rank).toBeGreaterThanOrEqual(class_);
            class_ = rank;
            for (const { ts } of JSON.parse(message.samples) as { ts: number }[]) {
              delivered.set(ts, (delivered.get(ts) ?? 0) + 1);
            }
            const seqs = numbers.get(message.device) ?? [];
            numbers.set(message.device, [...seqs, message.seq]);
            outbox.acknowledge(message.id);
          }
        };
        for (const action of steps) {
          if (action.do === "accept") {
            accepted += 1;
            await outbox.accept(action.device, sample(accepted), { urgent: action.urgent });
          } else if (action.do === "send") deliver(action.count);
          else if (action.do === "commit") outbox.commit();
          else if (action.do === "rewind") outbox.rewind();
          else {
            outbox.close();
            outbox = openIn(folder.path, { maxSamples: 3 });
          }
        }
        outbox.commit(true);
        outbox.rewind();
        deliver(Number.POSITIVE_INFINITY);
        outbox.commit();
        expect(outbox.counts()).toMatchObject({ messages: 0, readings: 0, bytes: 0 });
        outbox.close();
        expect([...delivered.keys()].sort((a, b) => a - b)).toEqual(
          Array.from({ length: accepted }, (_, i) => i + 1),
        );
        expect([...delivered.values()].every((times) => times === 1)).toBe(true);
        for (const seqs of numbers.values()) {
          expect(seqs.sort((a, b) => a - b)).toEqual(seqs.map((_, i) => i + 1));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("bounds", () => {
  test("in bytes: the oldest bulk goes first, is counted in readings and messages, and survives a restart", async () => {
    using folder = temporaryFolder();
    const outbox = openIn(folder.path, { maxSamples: 1, maxBytes: 2100 });
    await outbox.accept(gauge, sample(0), { urgent: true });
    for (let ts = 1; ts <= 20; ts++) await outbox.accept(gauge, sample(ts));
    outbox.commit();
    const { bytes, droppedMessages, droppedReadings } = outbox.counts();
    expect(bytes).toBeLessThanOrEqual(2100);
    expect(droppedMessages).toBeGreaterThan(0);
    expect(droppedReadings).toBe(droppedMessages);
    outbox.close();
    const again = openIn(folder.path, { maxSamples: 1, maxBytes: 2100 });
    expect(again.counts()).toMatchObject({ droppedMessages, droppedReadings });
    const kept = drain(again).map((m) => m.ts[0]);
    expect(kept).toEqual([
      0,
      ...Array.from({ length: 20 - droppedMessages }, (_, i) => i + 1 + droppedMessages),
    ]);
    again.close();
  });

  test("in age, counted in time lived: a clock that jumps drops nothing", async () => {
    using folder = temporaryFolder();
    let at = 0;
    const outbox = openIn(folder.path, { maxSamples: 1, maxAgeMs: 150_000, now: () => at });
    await outbox.accept(gauge, sample(1));
    outbox.commit();
    for (const jump of [40 * 365 * 24 * 3600_000, -1_000_000, 5000]) {
      at = jump;
      await outbox.accept(gauge, sample(2));
      outbox.commit();
    }
    expect(outbox.counts().droppedMessages).toBe(0);
    for (let step = 0; step < 3; step++) {
      at += 60_000;
      await outbox.accept(gauge, sample(3));
      outbox.commit();
    }
    expect(outbox.counts().droppedMessages).toBeGreaterThanOrEqual(1);
    outbox.close();
  });

  const noDisk = noSmallDisk();
  test.skipIf(noDisk)(`say what the disk has room for${noDisk ? ` (${noDisk})` : ""}`, async () => {
    using disk = mountSmallDisk("16m");
    const outbox = openIn(disk.path, { maxBytes: 2 ** 30 });
    const empty = outbox.counts().capacityBytes;
    // A tenth of the disk is kept for taking out what was sent.
    expect(empty).toBeLessThan(0.9 * 2 ** 24);
    expect(empty).toBeGreaterThan(0.8 * 2 ** 24);
    disk.fill(4 * 2 ** 20);
    expect(outbox.counts().capacityBytes).toBeLessThan(3 * 2 ** 20);
    disk.free();
    expect(outbox.counts().capacityBytes).toBeGreaterThan(0.8 * 2 ** 24);
    outbox.close();
    const bounded = openIn(join(disk.path, "another"), { maxBytes: 70_000 });
    expect(bounded.counts().capacityBytes).toBe(70_000);
    bounded.close();
  });

  test("a patient source waits at half and goes on when the broker has taken some", async () => {
    using folder = temporaryFolder();
    const outbox = openIn(folder.path, { maxSamples: 1, maxBytes: 4000 });
    let accepted = 0;
    const filling = (async () => {
      for (let ts = 1; ts <= 40; ts++) {
        await outbox.accept(gauge, sample(ts), { patient: true });
        accepted = ts;
        outbox.commit();
      }
    })();
    while (accepted < 40) {
      await new Promise((resolve) => setImmediate(resolve));
      drain(outbox, true);
      outbox.commit();
    }
    await filling;
    expect(outbox.counts().droppedMessages).toBe(0);
    outbox.close();
  });
});

describe("damage", () => {
  test("of a record is counted as lost, never sent and never silent", async () => {
    using folder = temporaryFolder();
    const first = openIn(folder.path, { maxSamples: 1 });
    for (const ts of [1, 2, 3]) await first.accept(gauge, sample(ts));
    first.close();
    const db = new DatabaseSync(join(folder.path, "outbox.db"));
    db.exec("UPDATE message SET samples = replace(samples, '1.5', '9.9') WHERE seq = 2");
    db.close();
    const errors: unknown[] = [];
    const log = { ...silent, error: (...words: unknown[]) => void errors.push(words) };
    const outbox = openIn(folder.path, { maxSamples: 1, log });
    expect(drain(outbox, true).map((m) => m.seq)).toEqual([1, 3]);
    outbox.commit();
    expect(outbox.counts()).toMatchObject({ messages: 0, lostMessages: 1, lostReadings: 1 });
    expect(errors).toHaveLength(1);
    outbox.close();
  });

  test("of the file: it opens, sends what can be read, counts the rest, and begins a new epoch", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "outbox.db");
    const first = openIn(folder.path, { maxSamples: 1 });
    for (let ts = 1; ts <= 2000; ts++) await first.accept(gauge, sample(ts));
    first.close();
    const image = readFileSync(file);
    image.fill(0, 20 * 4096, 24 * 4096);
    writeFileSync(file, image);
    const outbox = openIn(folder.path, { maxSamples: 1 });
    expect(outbox.epoch).not.toBe(first.epoch);
    const found = drain(outbox, true);
    outbox.commit();
    const { lostMessages, lostReadings, damages, messages } = outbox.counts();
    expect(found.length).toBeGreaterThan(1000);
    expect(found.length + lostMessages).toBe(2000);
    expect(lostReadings).toBe(lostMessages);
    expect({ damages, messages }).toEqual({ damages: 1, messages: 0 });
    expect(new Set(found.map((m) => m.epoch))).toEqual(new Set([first.epoch]));
    await outbox.accept(gauge, sample(1));
    outbox.commit();
    expect(drain(outbox)).toMatchObject([{ epoch: outbox.epoch, seq: 1 }]);
    outbox.close();
  });

  test("that shows while it is in use: it goes on with what can be read, and what memory holds is kept", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "outbox.db");
    const first = openIn(folder.path, { maxSamples: 1 });
    // More than the page cache holds, so that the damage is met on disk.
    const long = "x".repeat(1500);
    for (let ts = 1; ts <= 2000; ts++) await first.accept(gauge, { ts, values: { note: long } });
    first.close();
    const outbox = openIn(folder.path, { maxSamples: 1 });
    const handle = openSync(file, "r+");
    writeSync(handle, Buffer.alloc(4 * 4096), 0, 4 * 4096, 20 * 4096);
    closeSync(handle);
    await outbox.accept(station, sample(3000));
    const found = [...drain(outbox), ...drain(outbox)];
    outbox.commit(true);
    found.push(...drain(outbox));
    const { damages, lostMessages } = outbox.counts();
    expect(damages).toBe(1);
    expect(outbox.epoch).not.toBe(first.epoch);
    const unique = new Set(found.filter((m) => m.device === gauge).map((m) => m.seq));
    expect(unique.size + lostMessages).toBe(2000);
    expect(lostMessages).toBeGreaterThan(0);
    expect(found.filter((m) => m.device === station)).toMatchObject([{ ts: [3000], seq: 1 }]);
    outbox.close();
  });

  test("of the whole file: an empty outbox with a new epoch, and it says so", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "outbox.db"), "x".repeat(20_000));
    const outbox = openIn(folder.path, { maxSamples: 1 });
    expect(outbox.counts()).toMatchObject({ messages: 0, damages: 1 });
    await outbox.accept(gauge, sample(1));
    outbox.commit();
    expect(drain(outbox)).toMatchObject([{ seq: 1 }]);
    outbox.close();
  });
});

test("kill -9 at any moment: nothing committed is lost, and no number is used twice or skipped", async () => {
  using folder = temporaryFolder();
  const child = fileURLToPath(new URL("outbox.kill-child.ts", import.meta.url));
  const delivered = new Map<number, Set<number>>();
  let reported = 0;
  for (let round = 0; round < 12; round++) {
    const writer = spawn(process.execPath, [child, folder.path, String(reported + 1)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    writer.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await once(writer.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40));
    writer.kill("SIGKILL");
    await once(writer, "close");
    // The last line may be cut off; the ones before it were printed after their commit.
    const committed = printed.split("\n").slice(0, -1).map(Number);
    reported = Math.max(reported, ...committed);
    const outbox = openIn(folder.path, { maxSamples: 5 });
    for (const { seq, ts } of drain(outbox, round % 2 === 0)) {
      for (const each of ts) delivered.set(seq, (delivered.get(seq) ?? new Set()).add(each));
    }
    outbox.close();
  }
  const samples = [...delivered.values()].flatMap((set) => [...set]);
  const missing = Array.from({ length: reported }, (_, i) => i + 1).filter(
    (ts) => !samples.includes(ts),
  );
  expect(missing).toEqual([]);
  const seqs = [...delivered.keys()].sort((a, b) => a - b);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  // A number that came twice would carry more samples than one message holds.
  expect(Math.max(...[...delivered.values()].map((set) => set.size))).toBeLessThanOrEqual(5);
});
