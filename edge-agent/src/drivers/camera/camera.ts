import { createHash } from "node:crypto";
import type { Clock, Value } from "@kenh/schemas";
import { type Driver, type DriverSample, defineDriver, type Report } from "../../driver.ts";
import {
  type Acquaintance,
  addressesOf,
  credentialsOf,
  isHeld,
  soapContext,
} from "./acquaintance.ts";
import { createBoard } from "./board.ts";
import { check } from "./check.ts";
import { conditionOf } from "./condition.ts";
import { type Config, configSchema, discoveryGroup } from "./config.ts";
import { pause } from "./deadline.ts";
import { type Feed, follow } from "./feed.ts";
import { alertConditions, readAlerts } from "./isapi.ts";
import { RefusedError } from "./login.ts";
import { mailbox } from "./mailbox.ts";
import { fetchPicture } from "./picture.ts";
import { probe } from "./probe.ts";
import { pullNotifications } from "./pull-point.ts";

/** Samples that wait while the outbox is busy: an hour of rounds and a burst of events. */
const waitingBound = 256;

/**
 * Watches a camera: a check each interval, and what its events say as it comes. A camera that can't
 * be reached, or refuses the login, is a reading, not a failure of the driver.
 * @throws Error when the configuration can't be used.
 */
export async function* watch(
  config: Config,
  signal: AbortSignal,
  report: Report,
  { now, random }: { now: Clock; random: () => number },
): AsyncGenerator<DriverSample> {
  if (config.host === discoveryGroup) {
    throw new Error(`host ${discoveryGroup} is every camera at once: name one`);
  }
  const known: Acquaintance = { clockOffsetMs: 0 };
  const board = createBoard();
  const box = mailbox<DriverSample>(waitingBound);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  signal.addEventListener("abort", stop, { once: true });
  const running: Promise<void>[] = [];
  let eventService: URL | undefined;

  const put = (sample: DriverSample): void => {
    const before = box.dropped;
    box.put(sample);
    if (box.dropped > before) {
      report({
        at: config.host,
        reason: `more than ${waitingBound} samples waited: the oldest is lost`,
      });
    }
  };
  const start = (work: Promise<void>): void => {
    running.push(work.catch((error: unknown) => box.fail(error)));
  };
  const startFeed = (feed: Feed): void =>
    start(
      follow(feed, {
        board,
        now,
        random,
        refusedRetryMs: config.refusedRetryMs,
        put,
        report: (reason) => report({ at: `${config.host} ${feed.name}`, reason }),
        signal: stopping.signal,
      }),
    );

  async function login() {
    const credentials = await credentialsOf(config);
    if (isHeld(known, credentials, config, now())) {
      throw new RefusedError(`${config.host} has refused the login: it is not tried again yet`);
    }
    return credentials;
  }

  const pullPoint: Feed = {
    name: "pull-point",
    async *open(until) {
      if (!eventService) return;
      const context = soapContext(config, known, await login(), now, until);
      for await (const batch of pullNotifications(eventService, config.host, context)) {
        yield batch.flatMap((each) => conditionOf(each) ?? []);
      }
    },
  };
  const alertStream: Feed = {
    name: "alert-stream",
    async *open(until) {
      const { isapi } = addressesOf(config, known);
      if (!isapi) return;
      const { timeoutMs } = config;
      const conditions = alertConditions(() => performance.now());
      const context = { credentials: await login(), timeoutMs, signal: until };
      const unreadable = (reason: string) => report({ at: isapi.href, reason });
      for await (const alert of readAlerts(isapi, context, unreadable)) yield conditions(alert);
    },
  };

  async function rounds(): Promise<void> {
    const until = stopping.signal;
    let due = performance.now() + phaseOf(config);
    let reported = "";
    let before: Record<string, Value | undefined> = {};
    const playEvery = config.rtsp === false ? 1 : config.rtsp.playEveryRounds;
    for (let round = 0; !until.aborted; round++) {
      await pause(due - performance.now(), until);
      if (until.aborted) return;
      // What was amiss is looked at again at once; what was in order keeps its rest.
      const play = round % playEvery === 0 || before.stream_ok !== true;
      const credentials = await credentialsOf(config);
      let checked: Awaited<ReturnType<typeof check>>;
      try {
        checked = await check(config, known, { play, credentials, now, signal: until });
      } catch (error) {
        if (until.aborted) return;
        throw error;
      }
      const { sample, faults } = checked;
      const told = board.readings();
      const values = { ...sample.values, ...told };
      const qc = Object.fromEntries(
        Object.entries(sample.qc ?? {}).filter(([name]) => !(name in told)),
      );
      const { reachable, auth_ok, stream_ok } = { ...before, ...values };
      const state = { reachable, auth_ok, stream_ok };
      const changes = Object.entries(state).some(
        ([name, value]) => before[name] !== undefined && before[name] !== value,
      );
      before = state;
      put({
        ts: sample.ts,
        values,
        ...(Object.keys(qc).length > 0 && { qc }),
        ...(changes && { urgent: true }),
      });
      const faultsNow = faults.join("; ");
      if (faultsNow !== reported && faultsNow !== "")
        report({ at: config.host, reason: faultsNow });
      reported = faultsNow;
      const named = known.description?.eventService;
      if (named && config.onvif !== false && config.onvif.events) {
        const first = eventService === undefined;
        eventService = named;
        if (first) startFeed(pullPoint);
      }
      // A check that took longer than the interval costs rounds; it doesn't shift those to come.
      const late = Math.floor((performance.now() - due) / config.intervalMs);
      due += (1 + Math.max(0, late)) * config.intervalMs;
    }
  }

  try {
    start(rounds());
    if (config.isapi !== false) startFeed(alertStream);
    yield* box.letters(signal);
  } finally {
    stopping.abort();
    signal.removeEventListener("abort", stop);
    await Promise.all(running);
  }
}

/** Always the same for a camera, and different from camera to camera. */
function phaseOf({ host, staggerMs }: Config): number {
  const hash = createHash("sha256").update(host).digest().readUInt32BE(0);
  return Math.floor((hash / 2 ** 32) * staggerMs);
}

export const run: Driver<Config> = (config, signal, report) =>
  watch(config, signal, report, { now: Date.now, random: Math.random });

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: ["passwordFile"],
  probe,
  picture: fetchPicture,
});
