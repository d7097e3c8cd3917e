import type { Clock } from "@kenh/schemas";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { StoreConfig } from "../config.ts";
import { type RetryPolicy, retryDefaults } from "../persist.ts";
import type { Registry } from "../registry.ts";
import type { Place, Store } from "../stores/store.ts";
import { Bell } from "./bell.ts";
import { type Backfill, type Backlog, Book, type DestinationRow } from "./book.ts";
import { Bringing } from "./bringing.ts";
import {
  type DestinationConfig,
  DestinationRefusal,
  destinationSchema,
  type KnownDestination,
  storeConfigOf,
} from "./config.ts";
import type { Target } from "./feed.ts";
import { filterOf } from "./filter.ts";
import { createFork } from "./fork.ts";
import type { Times } from "./history.ts";
import { expose } from "./metrics.ts";
import { keepSwept } from "./sweep.ts";
import { type Verification, verify } from "./verify.ts";

/** How a destination is. */
export interface DestinationView {
  readonly name: string;
  /** `main` answers questions and is written first; `second` is brought what the main one has. */
  readonly role: "main" | "second";
  readonly store: Pick<StoreConfig, "kind"> & { readonly url?: string };
  readonly devices?: readonly string[] | undefined;
  readonly measurements?: readonly string[] | undefined;
  readonly backlog: Backlog;
  /** The last error while its store is being tried again. */
  readonly fault: string | null;
  readonly refused: number;
  readonly refusal: string | null;
  readonly backfills: readonly Backfill[];
}

/** The stores to which readings go: one main one, and others that are brought what it has. */
export interface Destinations {
  /** What the rest of the ingest writes to and reads from. */
  readonly store: Store;
  list(): DestinationView[];
  /** @throws DestinationRefusal when there is one of that name; Error when its token can't be read */
  add(config: DestinationConfig): Promise<void>;
  /** Its store keeps what it has. @throws DestinationRefusal for the main one, and where there is none */
  retire(name: string): Promise<void>;
  /** @throws DestinationRefusal */
  backfill(name: string, times: Times, perSecond: number): Backfill["id"];
  /** @throws DestinationRefusal */
  verify(name: string, times: Times): Promise<Verification>;
  /**
   * Makes a destination the main one and the main one a destination. Writing pauses until the one has all
   * that the other has: no reading is lost or doubled.
   * @throws DestinationRefusal when too much waits for it, or its store does not answer: nothing has changed
   */
  cutOver(name: string): Promise<void>;
  /** Feeds and fills until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface DestinationParts {
  readonly file: string;
  /** The store of the configuration, under the name that it has as a destination. */
  readonly configured: { readonly name: string; readonly config: StoreConfig };
  readonly open: (config: StoreConfig) => Promise<Store>;
  readonly registry: Pick<Registry, "all">;
  readonly now: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: Metrics;
  readonly policy?: RetryPolicy;
  readonly limits?: Partial<DestinationLimits>;
}

/** How much is kept for a destination that is away, and how patient a cut-over is. */
export interface DestinationLimits {
  /** What waits on disk at most; what is older is brought from history when the destination is back. */
  readonly maxBytes: number;
  /** A cut-over begins with no more than this waiting: writing pauses while it is written. */
  readonly cutOverPoints: number;
  readonly cutOverMs: number;
}

const defaults: DestinationLimits = {
  // About a week of 2,000 readings a second with 15 bytes each would be 18 GB: a day or two of a province.
  maxBytes: 4 * 1024 ** 3,
  cutOverPoints: 200_000,
  cutOverMs: 20_000,
};

/** Opens what is known of destinations, and the stores of all of them. */
export async function openDestinations(parts: DestinationParts): Promise<Destinations> {
  const { configured, registry, now, log, metrics } = parts;
  const limits = { ...defaults, ...parts.limits };
  const policy = parts.policy ?? retryDefaults;
  const book = new Book(parts.file, now);
  const targets = new Map<string, Target>();
  let signal: AbortSignal | undefined;

  const rows = (): DestinationRow[] => book.destinations();
  const rowOf = (name: string) => rows().find(({ config }) => config.name === name);
  /** The configuration's store as a destination: what stands in the environment is not written down. */
  const own: KnownDestination = { name: configured.name };
  const isConfigured = (name: string): boolean => name === configured.name;

  async function openTarget(config: KnownDestination): Promise<Target> {
    const store = await parts.open(config.store ? storeConfigOf(config.store) : configured.config);
    return { name: config.name, store, wants: filterOf(config) };
  }

  let mainName = book.main ?? configured.name;
  const all = rows().map(({ config }) => (isConfigured(config.name) ? own : config));
  if (!all.some(({ name }) => name === mainName)) all.push(own);
  for (const config of all) targets.set(config.name, await openTarget(config));

  const main = (): Target => targets.get(mainName) as Target;
  const seconds = (): Target[] => [...targets.values()].filter(({ name }) => name !== mainName);

  const bell = new Bell();
  const fork = createFork({
    ...{ book, bell },
    main: () => main().store,
    hasOthers: () => seconds().length > 0,
  });
  const sources = { main: () => main().store, devices: () => registry.all() };
  const bringing = new Bringing({ book, sources, bell, policy, log });
  const start = (target: Target): void => {
    if (signal) bringing.start(target, signal);
  };

  // ── calls ────────────────────────────────────────────────────────────────────────────────────
  function second(name: string): Target {
    const target = targets.get(name);
    if (!target) {
      const names = [...targets.keys()].join(", ");
      throw new DestinationRefusal(
        `there is no destination ${JSON.stringify(name)}; there are ${names}`,
      );
    }
    if (name === mainName) throw new DestinationRefusal(`${name} is the main store`);
    return target;
  }

  function view({ name, store: _ }: Target): DestinationView {
    const row = rowOf(name);
    const { store, devices, measurements } = row?.config ?? own;
    const isMain = name === mainName;
    const shown = isConfigured(name) || !store ? configured.config : store;
    return {
      name,
      role: isMain ? "main" : "second",
      store: { kind: shown.kind, ...("url" in shown && { url: shown.url }) },
      ...{ devices, measurements },
      backlog:
        isMain || !row ? { loads: 0, points: 0, oldestAt: null } : book.backlog(row.position),
      fault: bringing.faultOf(name) ?? null,
      refused: row?.refused ?? 0,
      refusal: row?.refusal ?? null,
      backfills: book.backfills(name),
    };
  }

  const list = (): DestinationView[] => [...targets.values()].map(view);
  expose(metrics, list);

  return {
    store: {
      write: fork.write,
      query: (query) => main().store.query(query),
      async places() {
        const places = new Map<string, Place>();
        for (const { store } of targets.values())
          for (const place of await store.places()) places.set(JSON.stringify(place), place);
        return [...places.values()];
      },
      async forget(...what) {
        for (const { store } of targets.values()) await store.forget(...what);
      },
      oldest: () => main().store.oldest(),
      get limits() {
        return main().store.limits;
      },
      close,
    },
    list,
    async add(given) {
      const config = destinationSchema.parse(given);
      if (targets.has(config.name)) {
        throw new DestinationRefusal(
          `there is a destination ${config.name} already: retire it first`,
        );
      }
      const target = await openTarget(config);
      // Between two batches: from here on it misses none.
      await fork.alone(async () => {
        book.add(config, fork.delivered());
        targets.set(config.name, target);
      });
      start(target);
    },
    async retire(name) {
      const target = second(name);
      await bringing.stop(name);
      await fork.alone(async () => {
        targets.delete(name);
        book.remove(name);
      });
      await target.store.close();
    },
    backfill(name, times, perSecond) {
      second(name);
      const id = book.begin({ destination: name, ...times, perSecond, why: "asked for" });
      bell.ring();
      return id;
    },
    async verify(name, times) {
      const { store, wants } = second(name);
      const devices = registry.all().filter(({ series }) => wants(series));
      return verify(main().store, store, devices, times);
    },
    async cutOver(name) {
      const target = second(name);
      const { backlog, backfills } = view(target);
      if (backfills.some(({ finishedAt }) => finishedAt === null))
        throw new DestinationRefusal(`${name} is still being given history: wait until it has it`);
      if (backlog.points > limits.cutOverPoints) {
        throw new DestinationRefusal(
          `${backlog.points} points wait for ${name}: try again when there are ${limits.cutOverPoints} or fewer`,
        );
      }
      await fork.alone(async () => {
        second(name); // Another call may have been first.
        const before = main();
        await bringing.stop(name);
        const patience = AbortSignal.timeout(limits.cutOverMs);
        try {
          await bringing.drain(target, patience);
        } catch (error) {
          start(target);
          throw new DestinationRefusal(
            `${name} did not take what it lacks within ${limits.cutOverMs / 1000} s: ${bringing.faultOf(name) ?? error}; nothing has changed`,
            { cause: error },
          );
        }
        // What the old one has not answered for yet it is brought, as the others are.
        book.change(name, rowOf(before.name)?.config ?? own, fork.delivered());
        mainName = name;
        log.info({ from: before.name, to: name }, "the main store is another one now");
        start(before);
      });
    },
    async run(given) {
      signal = given;
      for (const target of seconds()) start(target);
      const isMain = (name: string) => name === mainName;
      await Promise.all([
        bringing.finish(mainName, fork, given),
        keepSwept({ ...{ book, fork, isMain, log }, maxBytes: limits.maxBytes }, given),
      ]);
      await bringing.stopAll();
    },
    close,
  };

  async function close(): Promise<void> {
    await bringing.stopAll();
    for (const { store } of targets.values()) await store.close();
    book.close();
  }
}
