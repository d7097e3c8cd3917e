import { type Identity, isIdentity, parseIdentity } from "@kenh/schemas";
import type { RegisteredDevice, Registry } from "../registry.ts";
import { type Evaluation, unevaluated } from "./evaluate.ts";
import { nothing, type Plan, siteDevice, siteOf, type Watchable, type Watches } from "./watches.ts";

/** What rules watch: a device, a whole site, or a part of the station itself. */
export interface Subject {
  readonly identity: Identity;
  /** As rules know it. */
  device: Watchable & Pick<RegisteredDevice, "intervalMs">;
  plan: Plan;
  /** How far each rule of the plan is judged, in its order. */
  states: Evaluation[];
  /**
   * By rule, the instant of the last reading that asked nothing of it: newer than `lastTs` of its
   * state, for which no other was made.
   */
  passed: (number | undefined)[];
  /** When each rule of the plan is next looked at; undefined where it is not. Null while none is. */
  armed: (number | undefined)[] | null;
  /** Its states are those of the book: some of what is fed again after a start is in them. */
  restored: boolean;
  /** When the station last heard of it. */
  heardAt: number;
  /** How long its last readings were under way: little, or as long as an outbox has gathered. */
  lagMs: number;
  /** Who brings its messages, as the envelopes have it; null where they don't. */
  agent: string | null;
  /** Instants of its last readings, in the order in which they were judged. */
  readonly recent: number[];
  /** The newest of those instants. */
  newest: number;
  /** Judged further than is written. */
  dirty: boolean;
}

/** A subject as the book has it. */
export interface SubjectRow {
  readonly identity: Identity;
  readonly agent: string | null;
  readonly recent: readonly number[];
  /** By rule, where they say more than when the last reading was. */
  readonly states: Readonly<Record<string, Evaluation>>;
}

/** How old the list of a site's devices may be: it is asked for with each change at the site. */
const sitesKeptMs = 10_000;
/** Devices of this measurement are gateways. */
const gatewayMeasurement = "gateway";

/** All that rules watch and have judged, in memory. */
export class Subjects {
  readonly #all = new Map<Identity, Subject>();
  readonly #registry: Pick<Registry, "find" | "all">;
  #watches: Watches;
  #sites = new Map<string, RegisteredDevice[]>();
  #sitesReadAt = Number.NEGATIVE_INFINITY;
  readonly #dirty = new Set<Subject>();

  constructor(registry: Pick<Registry, "find" | "all">, watches: Watches) {
    this.#registry = registry;
    this.#watches = watches;
  }

  [Symbol.iterator](): Iterator<Subject> {
    return this.#all.values();
  }

  /** Those that are judged further than is written. */
  get dirty(): ReadonlySet<Subject> {
    return this.#dirty;
  }

  /** Another state of the subject is known. */
  touch(subject: Subject): void {
    if (subject.dirty) return;
    subject.dirty = true;
    this.#dirty.add(subject);
  }

  /** It is written as it is. */
  clean(subject: Subject): void {
    subject.dirty = false;
    this.#dirty.delete(subject);
  }

  get(identity: Identity): Subject | undefined {
    return this.#all.get(identity);
  }

  /** The subject of a device that says something; undefined where no rule watches it. */
  of(device: RegisteredDevice): Subject | undefined {
    const known = this.#all.get(device.identity);
    if (known) {
      if (known.device !== device) bind(known, device, this.#watches.of(device));
      return known.plan === nothing ? undefined : known;
    }
    const plan = this.#watches.of(device);
    return plan === nothing ? undefined : this.#add(device, plan);
  }

  /** The subject of an identity, registered or not; undefined where no rule watches it. */
  named(identity: Identity): Subject | undefined {
    const device = this.#registry.find(identity);
    if (device) return this.of(device);
    const known = this.#all.get(identity);
    if (known) return known.plan === nothing ? undefined : known;
    const stranger = unregistered(identity);
    const plan = this.#watches.of(stranger);
    return plan === nothing ? undefined : this.#add(stranger, plan);
  }

  /** The subject that stands for all of a site. */
  site(site: string): Subject | undefined {
    return this.named(`${site}/${siteDevice}`);
  }

  /** Devices registered at a site, as they were a few seconds ago at most. */
  devicesAt(site: string): readonly RegisteredDevice[] {
    const now = performance.now();
    if (now - this.#sitesReadAt > sitesKeptMs) {
      this.#sites = Map.groupBy(this.#registry.all(), ({ identity }) => siteOf(identity));
      this.#sitesReadAt = now;
    }
    return this.#sites.get(site) ?? [];
  }

  /** The gateway of a device: whose outbox brings its messages, or the only gateway of its site. */
  gatewayOf(identity: Identity): Identity | null {
    const agent = this.#all.get(identity)?.agent;
    if (agent) {
      const gateway = isIdentity(agent) ? agent : `${siteOf(identity)}/${agent}`;
      if (gateway !== identity) return gateway;
    }
    const gateways = this.devicesAt(siteOf(identity)).filter(
      ({ series }) => series.measurement === gatewayMeasurement,
    );
    return gateways.length === 1 ? (gateways[0]?.identity ?? null) : null;
  }

  /** Takes in what the book has. */
  restore({ identity, agent, recent, states }: SubjectRow): Subject {
    const device = this.#registry.find(identity) ?? unregistered(identity);
    const subject = this.#add(device, this.#watches.of(device));
    // One before the last instant: of that one, another message may still bring another quantity.
    const lastTs = recent.length === 0 ? null : Math.max(...recent) - 1;
    const idle = lastTs === null ? unevaluated : { ...unevaluated, lastTs };
    subject.states = subject.plan.rules.map(({ id }) => states[id] ?? idle);
    subject.restored = true;
    subject.agent = agent;
    subject.recent.push(...recent);
    subject.newest = Math.max(subject.newest, ...recent);
    return subject;
  }

  /** Takes other rules. What is known by rule and subject is kept. */
  rewatch(watches: Watches): void {
    this.#watches = watches;
    for (const subject of this) bind(subject, subject.device, watches.of(subject.device));
  }

  #add(device: Subject["device"], plan: Plan): Subject {
    const subject: Subject = {
      identity: device.identity,
      device,
      plan,
      states: plan.rules.map(() => unevaluated),
      passed: [],
      armed: null,
      restored: false,
      heardAt: Number.NEGATIVE_INFINITY,
      lagMs: 0,
      agent: null,
      recent: [],
      newest: Number.NEGATIVE_INFINITY,
      dirty: false,
    };
    this.#all.set(device.identity, subject);
    return subject;
  }
}

/** The subject as the book is to have it. */
export function rowOf({ identity, agent, recent, plan, states }: Subject): SubjectRow {
  const judged = plan.rules.flatMap(({ id }, at) => {
    const state = states[at] as Evaluation;
    // Of a site there are no readings of its own from which it would follow.
    const follows = recent.length > 0 ? isIdle(state) : state === unevaluated;
    return follows ? [] : [[id, state] as const];
  });
  return { identity, agent, recent, states: Object.fromEntries(judged) };
}

/** How far a rule of the plan is judged, what asked nothing of it included. */
export function stateOf({ states, passed }: Subject, at: number): Evaluation {
  const state = states[at] ?? unevaluated;
  const last = passed[at];
  const newer = last !== undefined && (state.lastTs === null || last > state.lastTs);
  return newer ? { ...state, lastTs: last } : state;
}

/** Whether the condition of a rule counts as true on a subject. */
export function holds({ plan, states }: Subject, rule: string): boolean {
  const at = plan.indexOf.get(rule);
  return at !== undefined && states[at]?.level !== null && states[at] !== undefined;
}

function bind(subject: Subject, device: Subject["device"], plan: Plan): void {
  subject.device = device;
  if (subject.plan === plan) return;
  const { plan: before } = subject;
  const states = plan.rules.map(({ id }) => {
    const at = before.indexOf.get(id);
    return at === undefined ? unevaluated : stateOf(subject, at);
  });
  subject.states = states;
  subject.passed = [];
  subject.plan = plan;
  subject.armed = null;
}

/** A site as a whole and the parts of the station have every quantity, and are in no one's registry. */
function unregistered(identity: Identity): Subject["device"] {
  const { device } = parseIdentity(identity);
  const measurement = device === siteDevice ? "" : "platform";
  return {
    identity,
    quantities: { has: () => true },
    series: { measurement },
    intervalMs: undefined,
  };
}

/** Nothing holds, nothing is asked for, nothing remembered: the same would come of the last readings again. */
function isIdle({ level, due, elapsed, levels, mark, memory }: Evaluation): boolean {
  return (
    level === null &&
    due === null &&
    elapsed === null &&
    mark === null &&
    memory === null &&
    levels.length === 0
  );
}

/** Instants of a device that are remembered, to tell what comes late from what comes again. */
const remembered = 16;

/** Adds an instant to those that are remembered. */
export function remember(subject: Subject, ts: number): void {
  const { recent } = subject;
  if (recent.length >= 2 * remembered) recent.splice(0, remembered);
  recent.push(ts);
  if (ts > subject.newest) subject.newest = ts;
}
