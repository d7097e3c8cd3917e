import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Capture } from "./capture.ts";
import type { Link } from "./link.ts";
import { encodeFrame, encodeMessage, type Head } from "./message.ts";

export interface LeadingParts {
  /** Where copies are made on their way out. */
  readonly folder: string;
  readonly term: number;
  readonly capture: Capture;
  readonly link: Pick<Link, "send">;
  /** Writes into the record who is in sync; resolves when the broker keeps it. */
  readonly list: (inSync: readonly string[]) => Promise<void>;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly limits?: LeadingLimits;
}

export interface LeadingLimits {
  /** What nobody waits for is sent this often. */
  readonly sweepMs: number;
  /** It is looked this often for what other processes have changed: a token, a device. */
  readonly othersMs: number;
  /** A standby that has not got a frame on disk by then holds nothing up any longer. */
  readonly patienceMs: number;
  /** Frames that wait for one standby, in bytes: one that can't keep up begins anew. */
  readonly maxWaiting: number;
}

const leadingDefaults: LeadingLimits = {
  sweepMs: 50,
  othersMs: 1000,
  patienceMs: 3000,
  maxWaiting: 256 * 1024 * 1024,
};

/** A piece of a file in one message. */
const pieceBytes = 256 * 1024;

/** What a leader does for its standbys. */
export interface Leading {
  /**
   * Resolves when all that is written now is on disk at every standby that counts; at once when there is
   * none.
   * @throws Error when this one does not lead any more
   */
  settled(): Promise<void>;
  hear(what: Head): void;
  /** The connection of a standby has ended. */
  gone(name: string): void;
  readonly inSync: readonly string[];
  readonly frames: number;
  stop(): void;
}

interface Standby {
  readonly name: string;
  /** The frame that its copy is of. */
  readonly from: number;
  acked: number;
  /** Nothing is told of to anybody before it is on this one's disk. */
  counts: boolean;
  isListed: boolean;
  /** The broker is being told that it lacks something. */
  isLeaving: boolean;
  /** Of frames that are on their way. */
  waiting: number;
  /** Since when the oldest frame waits that it has not acknowledged. */
  behindSince: number | undefined;
  sending: Promise<void>;
}

/** Copies what this process writes to those that stand by. */
export function createLeading(parts: LeadingParts): Leading {
  const { term, capture, link, list, log, limits = leadingDefaults } = parts;
  const standbys = new Map<string, Standby>();
  const waiters = new Set<{ n: number; resolve: () => void; reject: (error: Error) => void }>();
  let n = 0;
  let next: Promise<number> | undefined;
  let listing = Promise.resolve();
  let stopped = false;
  let lookedAt = 0;

  function collect(others = false): number {
    if (standbys.size === 0 || stopped) return n;
    const frame = capture.collect(others);
    if (frame.length === 0) return n;
    n += 1;
    const message = encodeFrame(term, n, frame);
    for (const standby of standbys.values()) send(standby, () => message, message.length);
    return n;
  }

  /** One message after the other. */
  function send(standby: Standby, message: () => Buffer | Promise<Buffer>, bytes = 0): void {
    standby.waiting += bytes;
    standby.behindSince ??= performance.now();
    if (standby.waiting > limits.maxWaiting) {
      drop(standby, "it can't keep up");
      return;
    }
    standby.sending = standby.sending
      .then(async () => {
        if (standbys.get(standby.name) !== standby) return;
        await link.send(standby.name, await message());
      })
      .then(
        () => {
          standby.waiting -= bytes;
        },
        (error: Error) => drop(standby, error.message),
      );
  }

  function lowest(): number {
    const counting = [...standbys.values()].filter(({ counts }) => counts);
    return Math.min(...counting.map(({ acked }) => acked));
  }

  function check(): void {
    const upTo = lowest();
    for (const waiter of waiters) {
      if (waiter.n > upTo) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  function acked(upTo: number): Promise<void> {
    if (stopped) return Promise.reject(new Error("this engine does not lead any more"));
    if (upTo <= lowest()) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiters.add({ n: upTo, resolve, reject });
    return promise;
  }

  const listed = () => [...standbys.values()].filter((one) => one.isListed).map(({ name }) => name);
  /** One after the other: what the broker keeps is the last. */
  function write(): Promise<void> {
    // That the one before failed, whoever asked for it has heard.
    listing = listing.catch(() => undefined).then(() => list(listed()));
    return listing;
  }

  /** Until the broker keeps that it lacks something, it is waited for. */
  function drop(standby: Standby, why: string): void {
    if (standbys.get(standby.name) !== standby || standby.isLeaving || stopped) return;
    const forget = (): void => {
      if (standbys.get(standby.name) === standby) standbys.delete(standby.name);
      if (standbys.size === 0) capture.pause();
      check();
    };
    if (!standby.isListed) {
      forget();
      return;
    }
    standby.isListed = false;
    standby.isLeaving = true;
    log.warn({ standby: standby.name, why }, "a standby is not in sync any more; going on without");
    // It fails only without the connection on which this engine leads: then it does so no longer.
    write().then(forget, () => undefined);
  }

  function takeIn(name: string): void {
    const before = standbys.get(name);
    if (before) {
      drop(before, "it begins anew");
      if (standbys.has(name)) {
        listing
          .then(() => takeIn(name))
          .catch((error: Error) =>
            log.warn(
              { err: error, standby: name },
              "a standby can't be given a copy; it asks again",
            ),
          );
        return;
      }
    }
    collect();
    capture.begin();
    const folder = mkdtempSync(join(parts.folder, "copy-"));
    const files = capture.copy(folder);
    const standby: Standby = {
      ...{
        name,
        from: n,
        acked: n - 1,
        counts: false,
        isListed: false,
        isLeaving: false,
        waiting: 0,
      },
      ...{ behindSince: undefined, sending: Promise.resolve() },
    };
    standbys.set(name, standby);
    standby.sending = sendCopy(standby, folder, files)
      .catch((error: Error) => drop(standby, error.message))
      .finally(() => rmSync(folder, { recursive: true, force: true }));
  }

  async function sendCopy(standby: Standby, folder: string, files: readonly string[]) {
    const { name, from } = standby;
    for (const file of files) {
      const handle = await open(join(folder, file));
      try {
        const piece = Buffer.alloc(pieceBytes);
        for (let first = true; ; first = false) {
          const { bytesRead } = await handle.read(piece, 0, pieceBytes);
          if (bytesRead === 0) break;
          const head = { kind: "copy", term, file, first } as const;
          await link.send(name, encodeMessage(head, piece.subarray(0, bytesRead)));
          standby.behindSince = performance.now();
        }
      } finally {
        await handle.close();
      }
    }
    await link.send(name, encodeMessage({ kind: "copied", term, n: from, files: [...files] }));
  }

  /** Its copy is whole: from now on it is waited for, and when it has caught up it may take over. */
  async function admit(standby: Standby): Promise<void> {
    standby.counts = true;
    await acked(collect());
    if (standbys.get(standby.name) !== standby) return;
    standby.isListed = true;
    await write();
    log.info({ standby: standby.name }, "a standby is in sync");
  }

  const sweep = setInterval(() => {
    const at = performance.now();
    const others = at - lookedAt >= limits.othersMs;
    if (others) lookedAt = at;
    collect(others);
    for (const standby of standbys.values()) {
      const { behindSince } = standby;
      if (behindSince !== undefined && at - behindSince > limits.patienceMs)
        drop(standby, `it has not had a frame on disk for ${limits.patienceMs} ms`);
    }
  }, limits.sweepMs);

  return {
    async settled() {
      if (stopped) throw new Error("this engine does not lead any more");
      if (standbys.size === 0) return;
      next ??= new Promise((resolve) =>
        setImmediate(() => {
          next = undefined;
          resolve(collect());
        }),
      );
      await acked(await next);
    },
    hear(what) {
      if (stopped) return;
      if (what.kind === "join") takeIn(what.from);
      if (what.kind !== "ack" || what.term !== term) return;
      const standby = standbys.get(what.from);
      if (!standby || what.n < standby.acked) return;
      const isFirst = standby.acked < standby.from;
      standby.acked = what.n;
      standby.behindSince = what.n < n ? performance.now() : undefined;
      check();
      if (isFirst) admit(standby).catch((error: Error) => drop(standby, error.message));
    },
    gone(name) {
      const standby = standbys.get(name);
      if (standby) drop(standby, "its connection has ended");
    },
    get inSync() {
      return listed();
    },
    get frames() {
      return n;
    },
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(sweep);
      standbys.clear();
      capture.pause();
      for (const { reject } of waiters) reject(new Error("this engine does not lead any more"));
      waiters.clear();
    },
  };
}
