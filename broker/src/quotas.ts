import { type Clock, type Quota, type QuotaConfig, type QuotaUse, quotaOf } from "@kenh/schemas";
import { type Bucket, tokenBucket } from "./bucket.ts";
import type { Principal, Sender } from "./permit.ts";

/** So much of its rate a unit may send at once: what its devices kept over a short cut of the line. */
const burstS = 10;
/** A unit that was held back a moment ago still is one that sends too much. */
const lingerMs = 60_000;
/** How soon it is looked again whether there is room in what a unit may keep. */
const fullMs = 1000;

/** What the rates are of, and which of them say so much of a quota. */
type HeldKind = "messages" | "bytes" | "readings" | "stored";

/**
 * What a unit or a device may still send. What is too much waits in TCP, with the sender, and nothing of it
 * is lost.
 */
export interface Share {
  /** Whether a message may pass now. */
  readonly hasRoom: boolean;
  /** A message of so many bytes passes. */
  take(bytes: number): void;
  /** So many readings were in it: what comes next waits the longer. Absent where nobody counts them. */
  readonly spend: ((readings: number) => void) | undefined;
  /** One of its senders waits for its turn; it is woken once. */
  whenRoom(wake: () => void): void;
}

/** One sender's turn to take from a share. */
export class Turn {
  readonly #share: Share;
  readonly #onWait: () => void;
  readonly #wake: () => void;
  #is: "none" | "awaited" | "here" = "none";

  /** @param wake called when its turn has come */
  constructor(share: Share, onWait: () => void, wake: () => void) {
    this.#share = share;
    this.#onWait = onWait;
    this.#wake = wake;
  }

  /** Whether a message may pass now; if not, it will be woken. */
  has(): boolean {
    if (this.#is === "here" || (this.#is === "none" && this.#share.hasRoom)) return true;
    if (this.#is === "awaited") return false;
    this.#is = "awaited";
    this.#onWait();
    this.#share.whenRoom(() => {
      this.#is = "here";
      this.#wake();
      if (this.#is === "here") this.#is = "none";
    });
    return false;
  }

  take(bytes: number): void {
    this.#share.take(bytes);
    if (this.#is === "here") this.#is = "none";
  }
}

/** The shares of all units and devices that are here, and which of them send too much. */
export interface Quotas {
  /** What limits a sender: its own, then its unit's; none where nothing does. */
  of(principal: Principal): readonly Share[];
  /** All that limit somebody who is or was here. */
  uses(): QuotaUse[];
}

export interface QuotaWatch {
  /** Counts each time that a sender is made to wait. */
  readonly onHeld: (unit: string, kind: HeldKind) => void;
  /** Whether as much of a unit or device is stored as may be. */
  readonly isFull: (place: string) => boolean;
}

interface Standing {
  readonly limits: readonly (readonly [HeldKind, number])[];
  readonly held: Map<HeldKind, { at: number; count: number }>;
}

/** One page on who may send how much. */
export function createQuotas(config: QuotaConfig, now: Clock, watch: QuotaWatch): Quotas {
  const shares = new Map<string, Share | undefined>();
  const standings = new Map<string, Standing>();

  function shareOf(place: string, quota: Quota): Share | undefined {
    const bucket = (perSecond: number | undefined): Bucket | undefined =>
      perSecond === undefined ? undefined : tokenBucket(perSecond, perSecond * burstS, now);
    const messages = bucket(quota.messagesPerSecond);
    const bytes = bucket(quota.bytesPerSecond);
    const readings = bucket(quota.readingsPerSecond);
    const holds = quota.whenFull === "hold" && quota.storedReadings !== undefined;
    const waits: Partial<Record<HeldKind, () => number>> = {
      ...(messages && { messages: messages.waitMs }),
      ...(bytes && { bytes: bytes.waitMs }),
      ...(readings && { readings: readings.waitMs }),
      ...(holds && { stored: () => (watch.isFull(place) ? fullMs : 0) }),
    };
    const kinds = Object.entries(waits) as [HeldKind, () => number][];
    if (kinds.length === 0) return undefined;
    const rates = {
      messages: quota.messagesPerSecond,
      bytes: quota.bytesPerSecond,
      readings: quota.readingsPerSecond,
      stored: quota.storedReadings,
    };
    const standing: Standing = {
      limits: kinds.map(([kind]) => [kind, rates[kind] ?? 0]),
      held: new Map(),
    };
    standings.set(place, standing);
    const waitMs = () => kinds.reduce((most, [, wait]) => Math.max(most, wait()), 0);
    const line: (() => void)[] = [];
    let timer: NodeJS.Timeout | undefined;
    function wakeLater(): void {
      if (!timer) timer = setTimeout(wakeNext, waitMs()).unref();
    }
    /** One timer for all who wait, and each in its turn: a thousand that are held cost no more than one. */
    function wakeNext(): void {
      timer = undefined;
      for (let turns = line.length; turns > 0 && waitMs() === 0; turns--) line.shift()?.();
      if (line.length > 0) wakeLater();
    }
    return {
      get hasRoom() {
        return line.length === 0 && waitMs() === 0;
      },
      take(size) {
        messages?.take();
        bytes?.take(size);
      },
      spend: readings?.take,
      whenRoom(wake) {
        // Who stands behind others is held back by what they wait for.
        const short = kinds.filter(([, wait]) => wait() > 0).map(([kind]) => kind);
        for (const kind of short) {
          const { count } = standing.held.get(kind) ?? { count: 0 };
          standing.held.set(kind, { at: now(), count: count + 1 });
          watch.onHeld(unitOf(place), kind);
        }
        line.push(wake);
        wakeLater();
      },
    };
  }

  function known(place: string, quota: Quota): Share | undefined {
    if (!shares.has(place)) shares.set(place, shareOf(place, quota));
    return shares.get(place);
  }

  return {
    of(principal) {
      // Readers send nothing.
      if (principal.kind === "reader") return [];
      const unit = unitOf(principal.name);
      const own = principal.bridges.length > 0 ? undefined : known(...ownQuota(config, principal));
      return [own, known(unit, quotaOf(config, unit))].filter((share) => share !== undefined);
    },
    uses() {
      const since = now() - lingerMs;
      return [...standings].flatMap(([place, { limits, held }]) =>
        limits.map(([kind, limit]): QuotaUse => {
          const { at = Number.NEGATIVE_INFINITY, count = 0 } = held.get(kind) ?? {};
          const over = at >= since && at <= now();
          return { place, kind, limit, used: null, over, excess: count };
        }),
      );
    },
  };
}

/** An agent may send as much as all of its devices together, and is told of by its own name. */
function ownQuota(config: QuotaConfig, { name, publishes }: Sender): [place: string, quota: Quota] {
  const devices = publishes.size === 0 ? [name] : [...publishes];
  if (devices.length === 1) return [devices[0] as string, quotaOf(config, devices[0] as string)];
  const all = devices.map((device) => quotaOf(config, device));
  const sum = (rate: "messagesPerSecond" | "bytesPerSecond" | "readingsPerSecond") => {
    const rates = all.map((quota) => quota[rate]);
    const total = rates.reduce<number>((whole, one) => whole + (one ?? Infinity), 0);
    return total < Infinity ? { [rate]: total } : {};
  };
  // What one of its devices keeps is no reason to hold the others back: of that their unit is told.
  const quota = {
    ...sum("messagesPerSecond"),
    ...sum("bytesPerSecond"),
    ...sum("readingsPerSecond"),
  };
  return [`${name} (${devices.length})`, quota];
}

const unitOf = (place: string): string => place.split("/", 2).join("/");
