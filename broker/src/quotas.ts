import type { Clock } from "@kenh/schemas";
import * as z from "zod";
import { type Bucket, tokenBucket } from "./bucket.ts";
import type { Principal } from "./permit.ts";

const rate = z.int().positive().optional();
const quotaSchema = z.strictObject({
  messagesPerSecond: rate.describe("telemetry of all its devices together"),
  bytesPerSecond: rate,
});
type Quota = z.infer<typeof quotaSchema>;

/** What units may send; none without it. A unit of its own name goes before what all have. */
export const quotasSchema = z
  .strictObject({
    each: quotaSchema.default({}).describe("of every unit"),
    units: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}\/[a-z0-9][a-z0-9_-]{0,31}$/, {
          error: "must be province/unit, such as 82/29869",
        }),
        quotaSchema,
      )
      .default({}),
  })
  .prefault({});
export type QuotaConfig = z.infer<typeof quotasSchema>;

/** So much of its rate a unit may send at once: what its devices kept over a short cut of the line. */
const burstS = 10;
/** A unit that was held back a moment ago still is one that sends too much. */
const lingerMs = 60_000;

/** What a unit may still send. What is too much waits in TCP, with the sender, and nothing of it is lost. */
export interface Share {
  /** Whether a message may pass now. */
  readonly hasRoom: boolean;
  /** A message of so many bytes passes. */
  take(bytes: number): void;
  /** One of its senders waits for its turn; it is woken once. */
  whenRoom(wake: () => void): void;
}

/** One sender's turn to take from its unit's share. */
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

/** The shares of all units that are here, and which of them send too much. */
export interface Quotas {
  /** Undefined where nothing limits the unit. */
  of(principal: Principal): Share | undefined;
  /** Units that were held back within the last minute. */
  over(): string[];
}

/** One page on who may send how much; `onHeld` counts each time that a sender of a unit is made to wait. */
export function createQuotas(
  { each, units }: QuotaConfig,
  now: Clock,
  onHeld: (unit: string) => void,
): Quotas {
  const shares = new Map<string, Share | undefined>();
  const heldAt = new Map<string, number>();

  function shareOf(unit: string): Share | undefined {
    const quota: Quota = { ...each, ...units[unit] };
    const bucket = (perSecond: number | undefined): Bucket | undefined =>
      perSecond === undefined ? undefined : tokenBucket(perSecond, perSecond * burstS, now);
    const [messages, bytes] = [bucket(quota.messagesPerSecond), bucket(quota.bytesPerSecond)];
    if (!messages && !bytes) return undefined;
    const waitMs = () => Math.max(messages?.waitMs() ?? 0, bytes?.waitMs() ?? 0);
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
      whenRoom(wake) {
        heldAt.set(unit, now());
        onHeld(unit);
        line.push(wake);
        wakeLater();
      },
    };
  }

  return {
    of(principal) {
      // Readers send nothing.
      if (principal.kind === "reader") return undefined;
      const unit = principal.name.split("/", 2).join("/");
      if (!shares.has(unit)) shares.set(unit, shareOf(unit));
      return shares.get(unit);
    },
    over() {
      const since = now() - lingerMs;
      for (const [unit, at] of heldAt) if (at < since || at > now()) heldAt.delete(unit);
      return [...heldAt.keys()].sort();
    },
  };
}
