import { type Identity, isIdentity, parseIdentity } from "@kenh/schemas";
import type { RegisteredDevice, Registry } from "../registry.ts";
import type { Evaluation } from "./evaluate.ts";
import { isIdle, stateOf, type Track, tracksOf } from "./track.ts";
import { nothing, type Plan, siteDevice, siteOf, type Watchable, type Watches } from "./watches.ts";

/** What rules watch: a device, a whole site, or a part of the station itself. */
export interface Subject {
  readonly identity: Identity;
  /** As rules know it. */
  device: Watchable & Pick<RegisteredDevice, "intervalMs">;
  plan: Plan;
  /** How far each rule of the plan is judged, in its order; undefined while it has asked nothing. */
  states: (Evaluation | undefined)[];
  /** What has passed of each quantity that the plan watches. */
  tracks: Track[];
  /** Of rules without a state: readings up to this instant were judged before a restart. */
  floor: number | null;
  /** When each rule of the plan is next looked at; undefined where it is not. Null while none is. */
  armed: (number | undefined)[] | null;
  /** How many of these are delays, that may be over before a reading. */
  delays: number;
  /** Of a site, the devices whose conditions have entered its own since it was last written; null while none has. */
  entered: Set<Subject> | null;
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

  /**
   * What is to be written in one with a subject: what is fed again after a crash has entered the
   * condition of a site and of its device, or of neither.
   */
  together(subject: Subject): Iterable<Subject> {
    const site = this.#all.get(`${siteOf(subject.identity)}/${siteDevice}`);
    if (!site?.entered || (site !== subject && !site.entered.has(subject))) return [subject];
    return [site, ...site.entered];
  }

  /** It is written as it is. */
  clean(subject: Subject): void {
    subject.entered = null;
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
    subject.states = subject.plan.rules.map(({ id }) => states[id]);
    subject.floor = lastTs;
    subject.tracks = tracksOf(subject);
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
      states: [],
      tracks: [],
      floor: null,
      armed: null,
      delays: 0,
      entered: null,
      heardAt: Number.NEGATIVE_INFINITY,
      lagMs: 0,
      agent: null,
      recent: [],
      newest: Number.NEGATIVE_INFINITY,
      dirty: false,
    };
    subject.tracks = tracksOf(subject);
    this.#all.set(device.identity, subject);
    return subject;
  }
}

/** The subject as the book is to have it. */
export function rowOf(subject: Subject): SubjectRow {
  const { identity, agent, recent, plan, states } = subject;
  const judged = plan.rules.flatMap(({ id }, at) => {
    const state = states[at] && stateOf(subject, at);
    // Of a site there are no readings of its own from which it would follow.
    const follows = state === undefined || (recent.length > 0 && isIdle(state));
    return follows ? [] : [[id, state] as const];
  });
  return { identity, agent, recent, states: Object.fromEntries(judged) };
}

/** Whether the condition of a rule counts as true on a subject. */
export function holds({ plan, states }: Subject, rule: string): boolean {
  const at = plan.indexOf.get(rule);
  return at !== undefined && (states[at]?.level ?? null) !== null;
}

function bind(subject: Subject, device: Subject["device"], plan: Plan): void {
  const { plan: before } = subject;
  subject.device = device;
  // Of another device silence may be longer or shorter: each rule is told of the next reading.
  for (const track of subject.tracks) track.settled = false;
  if (before === plan) return;
  const known = before.rules.map((_, at) => stateOf(subject, at));
  subject.states = plan.rules.map(({ id }) => known[before.indexOf.get(id) ?? Number.NaN]);
  subject.floor = null;
  subject.plan = plan;
  subject.tracks = tracksOf(subject);
  subject.armed = null;
  subject.delays = 0;
}

/** A site as a whole and the parts of the station have every quantity, and are in no one's registry. */
function unregistered(identity: Identity): Subject["device"] {
  const { device } = parseIdentity(identity);
  const measurement = device === siteDevice ? "" : "platform";
  return {
    identity,
    profile: "",
    quantities: { has: () => true },
    series: { measurement },
    intervalMs: undefined,
  };
}

/** Instants of a device that are remembered, to tell what comes late from what comes again. */
const remembered = 16;

/** Adds an instant to those that are remembered. */
export function remember(subject: Subject, ts: number): void {
  const { recent } = subject;
  if (recent.length >= 2 * remembered) {
    recent.copyWithin(0, remembered);
    recent.length = remembered;
  }
  recent.push(ts);
  if (ts > subject.newest) subject.newest = ts;
}
