import type { Logger } from "pino";
import { Registry as Metrics } from "prom-client";
import { type Listening, listen } from "../api/listen.ts";
import { createStandbyApi } from "../api/standby.ts";
import type { IngestConfig, MqttDoorConfig } from "../config.ts";
import { Announced } from "./announced.ts";
import { startCapture } from "./capture.ts";
import { createFollowing, type Following } from "./following.ts";
import type { Lead } from "./lead.ts";
import { createLeading, type Leading } from "./leading.ts";
import { type Heard, type Link, openLink } from "./link.ts";
import { readMember, writeMember } from "./member.ts";
import { exposeEngine } from "./metrics.ts";
import {
  type EngineRecord,
  type Lease,
  type Member,
  type Move,
  nextMove,
  type View,
} from "./standing.ts";
import { engineClientId, engineTopics } from "./topics.ts";

export interface EngineParts {
  readonly config: IngestConfig;
  /** A person says that this one is to lead, whatever it may lack; once. */
  readonly takeOver: boolean;
  readonly log: Logger;
  /** Opens what judges, on the state in the folder. */
  readonly start: (lead: Lead) => Promise<{ readonly http: string; stop(): Promise<void> }>;
}

/** One of the engines of alarms behind one broker: it leads, or stands by. */
export interface Engine {
  readonly http: string;
  /** Rejects when it can't go on. */
  readonly ended: Promise<void>;
  /** Leaves the lead to a standby, where there is one. Idempotent. */
  stop(): Promise<void>;
}

/** Nothing changes what stands in the way: it is looked at again. */
const lookAgainMs = 1000;

/** Starts an engine; resolves when it answers HTTP. @throws Error when its port is taken */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { config, log, start } = parts;
  // Loaded now, not when somebody waits for it.
  await import("../ingest.ts");
  const folder = config.dataDir;
  const door = config.mqttDoor as MqttDoorConfig;
  let me = readMember(folder);
  let record: EngineRecord | undefined;
  let lease: Lease | undefined;
  /** Whether all is known that the broker keeps. */
  let isKnown = false;
  let isForced = parts.takeOver;
  let endedAt: number | undefined;
  let tookOverMs = 0;
  let hasBegun = false;
  let following: Following | undefined;
  let leading: Leading | undefined;
  let why = "not connected to the broker";
  let news = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const announced = new Announced();

  function note(state: Pick<Member, "term" | "holds">): void {
    me = { ...me, ...state };
    writeMember(folder, me);
  }
  const view = (): View => ({ record, lease });

  const heard: Heard = {
    onUp() {
      link.probe().then(
        () => {
          isKnown = true;
          following?.begin();
          news.resolve();
        },
        (error) => log.warn({ err: error }, "the broker does not answer an engine"),
      );
    },
    onDown() {
      isKnown = false;
      record = undefined;
      lease = undefined;
      news.resolve();
    },
    onRecord(next) {
      if (record && next.term < record.term) return;
      const wasIn = record?.inSync.includes(me.name);
      record = next;
      // The leader went on without this one.
      if (wasIn && !next.inSync.includes(me.name)) following?.begin();
      news.resolve();
    },
    onLease(next, live) {
      if (lease && next.term < lease.term) return;
      if (live && !next.alive) endedAt = performance.now();
      lease = next;
      news.resolve();
    },
    onGone: (name) => leading?.gone(name),
    onMessage(message) {
      const { kind } = message.head;
      if (kind === "join" || kind === "ack") leading?.hear(message.head);
      else following?.hear(message);
    },
    onAlarm: (payload) => announced.note(payload),
  };
  const link: Link = openLink(door, me.name, heard, log);

  const standing = () => ({
    leads: hasBegun,
    term: record?.term ?? me.term,
    inSync: leading?.inSync.length ?? 0,
    frames: leading?.frames ?? following?.frame ?? 0,
    tookOverSeconds: tookOverMs / 1000,
  });
  const metrics = new Metrics();
  exposeEngine(metrics, standing);
  const standbyApi = createStandbyApi({ why: () => why, metrics });
  let standingBy: Listening | undefined = await listen(standbyApi, config.host, config.httpPort);
  let http = standingBy.url;

  /** Resolves at news, at the latest after `ms`. */
  async function untilNews(ms?: number): Promise<void> {
    const timer = ms === undefined ? undefined : setTimeout(() => news.resolve(), ms);
    await news.promise;
    clearTimeout(timer);
    news = Promise.withResolvers();
  }

  function unfollow(): void {
    following?.stop();
    following = undefined;
  }

  function follow(leader: string, leaderHttp: string, term: number): void {
    const text = `standby of ${leader}, which leads at ${leaderHttp}`;
    if (following && why === text) return;
    unfollow();
    why = text;
    log.info({ leader, term }, "standing by");
    following = createFollowing({ folder, name: me.name, leader, term, link, note, log });
    following.begin();
  }

  async function lead(term: number): Promise<void> {
    unfollow();
    const base = record?.term ?? 0;
    const startedAt = endedAt ?? performance.now();
    const hadOne = endedAt !== undefined;
    why = "about to lead";
    await standingBy?.close();
    standingBy = undefined;
    const capture = startCapture(folder);
    const begun = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<string>();
    begun.promise.catch((error: Error) => lost.resolve(error.message));
    let keep: (topic: string, payload: string) => Promise<void> = () =>
      Promise.reject(new Error("not connected to the broker"));
    const leaseOf = (alive: boolean) => JSON.stringify({ v: 1, term, leader: me.name, alive });
    const list = (inSync: readonly string[]) => {
      const written = { v: 1, term, leader: me.name, http: config.httpUrl ?? http, inSync };
      return keep(engineTopics.record, JSON.stringify(written));
    };
    const own = createLeading({ folder, term, capture, link, list, log });

    /** The broker has ended the connection of whoever led: what that one wrote there is known by now. */
    async function claim(): Promise<void> {
      await link.probe();
      if ((record?.term ?? 0) !== base) throw new Error("another engine was faster");
      await list([]);
      note({ term, holds: "own" });
      await keep(engineTopics.lease, leaseOf(true));
    }

    leading = own;
    const running = await start({
      clientId: engineClientId,
      begun: begun.promise,
      door: {
        will: { topic: engineTopics.lease, payload: leaseOf(false) },
        onConnected(kept) {
          keep = kept;
          claim().then(begun.resolve, begun.reject);
        },
        onLost(reason) {
          begun.reject(new Error(reason));
          lost.resolve(reason);
        },
      },
      async settled() {
        await begun.promise;
        await own.settled();
      },
      isAnnounced: (alarm, version) => announced.has(alarm, version),
      expose: (registry) => exposeEngine(registry, standing),
    });
    const { signal } = stopping;
    const onStop = (): void => lost.resolve("it was asked to stop");
    if (signal.aborted) onStop();
    else signal.addEventListener("abort", onStop, { once: true });
    http = running.http;
    begun.promise.then(
      () => {
        hasBegun = true;
        if (hadOne) tookOverMs = performance.now() - startedAt;
        log.info({ term, tookOverMs: hadOne ? Math.round(tookOverMs) : null }, "leading");
      },
      () => undefined,
    );
    const reason = await lost.promise;
    signal.removeEventListener("abort", onStop);
    log.warn({ term, reason }, "not leading any more");
    own.stop();
    leading = undefined;
    hasBegun = false;
    // Best effort: without a connection the broker says so itself, as the will of this engine.
    await keep(engineTopics.lease, leaseOf(false)).catch(() => undefined);
    begun.reject(new Error(reason));
    await running.stop();
    capture.stop();
    endedAt = undefined;
    if (signal.aborted) return;
    standingBy = await listen(standbyApi, config.host, config.httpPort);
  }

  async function go(move: Move): Promise<void> {
    switch (move.do) {
      case "follow":
        follow(move.leader, move.http, record?.term ?? 0);
        return untilNews();
      case "wait":
        unfollow();
        if (why !== move.why) log.warn({ why: move.why }, "this engine waits");
        why = move.why;
        return untilNews(lookAgainMs);
      case "lead":
        if (move.afterMs > 0) {
          const until = performance.now() + move.afterMs;
          for (let left = move.afterMs; left > 0; left = until - performance.now()) {
            await untilNews(left);
            if (stopping.signal.aborted || nextStep().do !== "lead") return;
          }
        }
        isForced = false;
        return lead(move.term);
    }
  }

  function nextStep(): Move {
    if (!isKnown) return { do: "wait", why: "not connected to the broker" };
    if (isForced && me.holds !== "half") {
      return { do: "lead", term: Math.max(record?.term ?? 0, me.term) + 1, afterMs: 0 };
    }
    return nextMove(view(), me);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) await go(nextStep());
    unfollow();
    await standingBy?.close();
    await link.close();
  }
  const ended = run();
  ended.catch(() => undefined); // whoever started it hears of it, now or when it stops

  return {
    get http() {
      return http;
    },
    ended,
    async stop() {
      stopping.abort();
      news.resolve();
      await ended;
    },
  };
}
