import { join } from "node:path";
import type { Clock, Identity } from "@kenh/schemas";
import { watchClock } from "./clock.ts";
import { createClockTrust, doubtClock } from "./clock-trust.ts";
import type { AgentConfig } from "./config.ts";
import { defaults } from "./defaults.ts";
import { keepRenewed } from "./enrol/renew.ts";
import { createHealth } from "./health.ts";
import { createHealthMeter, healthSample } from "./health-meter.ts";
import { loadKind } from "./kinds.ts";
import { type Link, openLink } from "./link.ts";
import type { Log } from "./log.ts";
import { type Outbox, type OutboxCounts, openOutbox } from "./outbox.ts";
import { albumIn } from "./pictures/album.ts";
import { keepPictures } from "./pictures/keep.ts";
import { pipeOf } from "./pipe.ts";
import { watchPower } from "./power.ts";
import { createPublisher, type Publisher } from "./publish.ts";
import { readSecrets } from "./secrets.ts";
import { type DriverHealth, supervise } from "./supervise.ts";
import type { Transform } from "./transform.ts";
import { within } from "./within.ts";

/**
 *   driver ──▶ supervise ──▶ pipe ──▶ outbox ──▶ publish ──▶ link ──MQTT──▶
 *                  └────────▶ health ──────┴─────────────────────┘
 */
export interface Agent {
  /**
   * Opens the outbox, starts the drivers and begins to connect; a broker that is away is no error.
   * @throws Error when the configuration names a driver or a secret that is not there.
   */
  start(): Promise<void>;
  /**
   * Stops the drivers, puts everything on disk, sends what is urgent for as long as `defaults.ts`
   * allows, and says goodbye; a second call does nothing.
   */
  stop(): Promise<void>;
  /** What stands where, now. */
  report(): AgentReport;
}

export interface AgentReport {
  readonly connected: boolean;
  readonly epoch: string;
  readonly outbox: OutboxCounts;
  /** Messages set aside because the connection broke on them again and again. */
  readonly suspects: number;
  readonly drivers: Readonly<Record<string, DriverHealth>>;
}

export interface AgentSurroundings {
  readonly now?: Clock;
  readonly random?: () => number;
  readonly log: Log;
}

interface Running {
  readonly outbox: Outbox;
  readonly publisher: Publisher;
  /** Resolves when drivers and clock are let go. */
  readonly read: Promise<unknown>;
  /** Resolves when the connection is closed. */
  readonly published: Promise<void>;
}

/** Time for the status of all devices at a clean stop, and as much for the broker to let go. */
const farewellMs = 2000;

export function createAgent(
  config: AgentConfig,
  { now = Date.now, random = Math.random, log }: AgentSurroundings,
): Agent {
  const stopping = new AbortController();
  const leaving = new AbortController();
  const drivers = new Map<string, DriverHealth>();
  const clock = createClockTrust(config.clock.toleranceMs);
  const power = watchPower(config.poweredBy);
  const monotonic = (): number => performance.now();
  let running: Running | undefined;
  let stopped: Promise<void> | undefined;

  async function start(): Promise<void> {
    await readSecrets(config.broker);
    const prepared = await Promise.all(
      config.drivers.map(async (entry) => ({
        ...entry,
        driver: (await loadKind(entry.kind)).prepare(entry.config),
      })),
    );
    const outbox = openOutbox(join(config.dataDir, "outbox.db"), {
      ...config.outbox,
      maxSamples: config.batch.maxSamples,
      maxWaitMs: config.batch.maxAgeMs,
      now,
      log,
    });
    outbox.start();

    const health = createHealth({
      agent: config.name,
      identity: config.identity,
      now,
      counters() {
        const counts = outbox.counts();
        return {
          backlogMessages: counts.messages,
          backlogReadings: counts.readings,
          oldestUnsentAgeMs: counts.oldestAt === null ? null : Math.max(0, now() - counts.oldestAt),
          droppedMessages: counts.droppedMessages,
          droppedReadings: counts.droppedReadings,
          lostMessages: counts.lostMessages,
          lostReadings: counts.lostReadings,
          damages: counts.damages,
          setAside: publisher.suspects,
          mains: power.mains,
          clock: clock.state,
          clockOffsetMs: clock.offsetMs,
          unreadable: [...drivers.values()].reduce((sum, driver) => sum + driver.unreadable, 0),
          invalid: [...drivers.values()].reduce((sum, driver) => sum + driver.invalid, 0),
        };
      },
    });
    const publisher = createPublisher({
      agent: config.name,
      limits: config.publish,
      outbox,
      // Read anew each time: a certificate that was renewed is taken up with the next connection.
      open: async (signal) =>
        openLink(
          {
            url: config.broker.url,
            // Always the same: a new connection ends a dead one, so that its last will can't come later.
            clientId: config.identity.replaceAll("/", "."),
            username: config.broker.username ?? config.identity,
            ...(await readSecrets(config.broker)),
            keepaliveMs: config.publish.keepaliveMs,
            connectTimeoutMs: config.publish.connectTimeoutMs,
            will: health.will(),
          },
          signal,
        ),
      onLink: (link: Link) => health.greet(link),
      async farewell(link) {
        await health.farewell(link, power.mains === "lost" ? "power" : "stopped", farewellMs);
        await within(farewellMs, [link.end(), link.lost]);
        link.cut(new Error("the broker did not let go"));
      },
      monotonic,
      random,
      log,
    });

    const counting = setInterval(() => health.publishCounters(), defaults.statusEveryMs);
    const meter = createHealthMeter({
      everyMs: config.health === false ? null : config.health.everyMs,
      sample: () => healthSample(now(), clock, outbox.counts()),
      accept: (sample) => outbox.accept(config.identity, sample),
      log,
    });
    const followPower: Transform = (sample) => {
      const before = power.mains;
      if (sample.device) power.note(sample.device, sample);
      if (power.mains !== before) health.publishCounters();
      return [sample];
    };
    const observers = [followPower];
    if (config.clock.doubt === "flag") observers.push(doubtClock(clock, now, monotonic));
    const driversDone = prepared.map(({ name, device, kind, driver, ...entry }, index) => {
      const label = name ?? `${device} (${kind}, ${index + 1})`;
      return supervise(
        {
          name: label,
          device,
          driver,
          pipe: (report) => pipeOf({ device, ...entry }, observers, report),
          outbox,
          backoff: defaults.supervise,
          now,
          random,
          log,
          onHealth(state: DriverHealth, devices: ReadonlySet<Identity>) {
            drivers.set(label, state);
            if (state.state === "starting" || state.state === "stopped") return;
            for (const each of devices) {
              if (state.state === "working") health.set(each, "online");
              else
                health.set(
                  each,
                  "offline",
                  state.state === "failing" ? `driver failing: ${state.lastError}` : "finished",
                );
            }
          },
        },
        stopping.signal,
      );
    });
    const watched = watchClock(
      {
        config: config.clock,
        trust: clock,
        now,
        monotonic,
        log,
        onChange() {
          health.publishCounters();
          meter.now();
        },
      },
      stopping.signal,
    );
    const { enrolment, broker } = config;
    const renewed =
      enrolment && broker.certFile
        ? keepRenewed(
            {
              station: enrolment.station,
              identityFile: broker.certFile,
              caFile: broker.caFile,
              ...{ now, random, log },
              onRenewed: publisher.reconnect,
            },
            stopping.signal,
          )
        : undefined;
    const published = publisher.run(leaving.signal).finally(() => clearInterval(counting));
    const read = Promise.all([
      ...driversDone,
      watched,
      renewed,
      meter.run(stopping.signal),
      keepPictures(albumIn(config.dataDir, now), log, stopping.signal),
    ]);
    running = { outbox, publisher, read, published };
  }

  async function stop(): Promise<void> {
    stopping.abort();
    if (running) {
      const { outbox, publisher, read, published } = running;
      outbox.refuse();
      await read;
      outbox.commit(true);
      await publisher.lastWords(defaults.lastWordsMs);
      leaving.abort();
      await published;
      outbox.close();
    }
  }

  return {
    start,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    report() {
      if (!running) throw new Error(`the agent ${config.name} has not been started`);
      const { outbox, publisher } = running;
      return {
        connected: publisher.connected,
        epoch: outbox.epoch,
        outbox: outbox.counts(),
        suspects: publisher.suspects,
        drivers: Object.fromEntries(drivers),
      };
    },
  };
}
