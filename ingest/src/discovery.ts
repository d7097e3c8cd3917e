import type { Device, Identity, Text } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import { AdoptionRefused } from "./adoption-refused.ts";
import { type Guess, guessProfiles, sureEnough } from "./guess.ts";
import type { Pipeline } from "./pipeline.ts";
import type { By } from "./registry/change.ts";
import type { Registry } from "./registry.ts";
import { type View, viewOf } from "./view.ts";
import type { Waiting } from "./waiting.ts";

/** A device that sends and that nobody has registered, as `GET /api/v1/discovered` shows it. */
export interface Discovered {
  /** The identity; or the topic where that names none. */
  readonly id: string;
  readonly device: Identity | null;
  readonly topic: string;
  /** Milliseconds since 1970 UTC, by the station's clock. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly messages: number;
  readonly readings: number;
  readonly bytes: number;
  /** What still finds room; then its messages are refused. */
  readonly room: { readonly messages: number; readonly bytes: number };
  /** Messages refused since the start of the station. */
  readonly refused: number;
  /** The beginning of the newest payload. */
  readonly sample: {
    readonly payload: string;
    readonly encoding: "utf8" | "base64";
    readonly receivedAt: number;
    readonly cut: boolean;
  } | null;
  readonly guess: readonly Guess[];
  /** The account that brings it; null where it has one of its own. */
  readonly sender: string | null;
  readonly ignored: boolean;
  /** Registered by now: what waits is yet to be judged anew. */
  readonly registered: boolean;
}

/** What is asked for when a device is adopted. */
export interface AdoptCall {
  readonly identity: Identity;
  /** The best guess when absent, if that is sure enough. */
  readonly profile?: string | undefined;
  readonly label?: Text | undefined;
  /** It gets an account of its own: who brought it no longer speaks for it. */
  readonly alone?: boolean;
}

export interface Adopted {
  readonly device: Pick<Device, "identity" | "profile" | "label">;
  /** Messages that were judged anew. */
  readonly replayed: number;
  /** The account that brought it, and speaks for it from now on; null where none does. */
  readonly sender: string | null;
}

/** What nobody has registered: to look at, to adopt, to ignore. */
export interface Discovery {
  list(visible: (device: Identity | null) => boolean): Discovered[];
  /** @throws AdoptionRefused */
  adopt(call: AdoptCall, by: By): Promise<Adopted>;
  /** @param purge what waits of it is deleted too @returns how many messages; undefined where nothing waits */
  ignore(id: string, ignored: boolean, purge: boolean): number | undefined;
}

export interface DiscoveryParts {
  readonly pipeline: Pick<Pipeline, "quarantine" | "replayWaiting">;
  readonly registry: Pick<Registry, "find" | "change" | "catalogue">;
  readonly access: Pick<Access, "joins">;
}

/** Payloads that a guess is made from: a device may send its quantities in turn. */
const looked = 5;
/** Enough of a payload to recognise a device by. */
const shownBytes = 2048;

export function createDiscovery({ pipeline, registry, access }: DiscoveryParts): Discovery {
  const { quarantine } = pipeline;
  const { waiting } = quarantine;

  function view(one: Waiting): Discovered {
    const { id, device, topic, firstAt, lastAt, messages, readings, bytes } = one;
    const newest = waiting.payloads(one, looked);
    const { limits } = waiting;
    return {
      id,
      device,
      topic,
      firstSeenAt: firstAt,
      lastSeenAt: lastAt,
      messages,
      readings,
      bytes,
      room: {
        messages: Math.max(0, limits.messages - messages),
        bytes: Math.max(0, limits.bytes - bytes),
      },
      refused: waiting.refusedOf(id),
      sample: newest[0] ? sampleOf(newest[0]) : null,
      guess: guessProfiles(
        newest.map(({ payload }) => payload),
        viewOf<View>(registry.catalogue(), device ?? ""),
      ),
      sender: (device && access.joins.bringerOf(device)) ?? null,
      ignored: waiting.isIgnored(id),
      registered: device !== null && registry.find(device) !== undefined,
    };
  }

  /** @throws AdoptionRefused */
  function register(one: Waiting, { identity, profile, label }: AdoptCall, by: By): void {
    const outcome = registry.change(
      [
        {
          kind: "device",
          at: "device",
          value: { identity, profile: profile ?? sureProfile(one), ...(label && { label }) },
        },
      ],
      by,
    );
    const [fault] = outcome.refused;
    if (fault) throw new AdoptionRefused("bad-value", fault.message);
  }

  /** @throws AdoptionRefused naming what it may be */
  function sureProfile(one: Waiting): string {
    const [best, ...others] = view(one).guess;
    if (best && best.confidence >= sureEnough) return best.profile;
    const may = [best, ...others].flatMap((guess) =>
      guess ? [`${guess.profile} (${guess.confidence})`] : [],
    );
    throw new AdoptionRefused(
      "bad-value",
      `profile: what ${one.id} sends tells of no profile for sure; it may be ${may.join(", ") || "any (kenh profile list)"}: name one`,
    );
  }

  return {
    list: (visible) =>
      waiting
        .list()
        .filter(({ device }) => visible(device))
        .map(view),
    async adopt(call, by) {
      const { identity } = call;
      const one = waiting.list().find(({ device }) => device === identity);
      if (!one) {
        throw new AdoptionRefused(
          "nothing-waits",
          `nothing waits under ${identity}: kenh discovered`,
        );
      }
      const known = registry.find(identity);
      if (known && call.profile !== undefined && call.profile !== known.profile) {
        throw new AdoptionRefused(
          "registered",
          `${identity} is registered with profile ${known.profile}: change that in the registry`,
        );
      }
      if (!known) register(one, call, by);
      const sender = call.alone ? null : (access.joins.bringerOf(identity) ?? null);
      if (sender === null) access.joins.release(identity);
      else access.joins.grant(sender, identity);
      const replayed = await pipeline.replayWaiting(one);
      waiting.ignore(identity, false);
      const { profile, label } = registry.find(identity) as Device;
      return { device: { identity, profile, ...(label && { label }) }, replayed, sender };
    },
    ignore(id, ignored, purge) {
      const one = waiting.list().find((each) => each.id === id);
      if (!one) return undefined;
      waiting.ignore(id, ignored);
      return purge ? quarantine.purge(waiting.ids(one, 0, waiting.limits.messages * 2)) : 0;
    },
  };
}

function sampleOf({ payload, receivedAt }: { payload: Buffer; receivedAt: number }) {
  const cut = payload.length > shownBytes;
  const shown = payload.subarray(0, shownBytes);
  const text = new TextDecoder("utf-8", { fatal: true });
  try {
    // A character may be cut in two at the end, and is left out then.
    return {
      payload: text.decode(shown, { stream: cut }),
      encoding: "utf8" as const,
      receivedAt,
      cut,
    };
  } catch {
    return { payload: shown.toString("base64"), encoding: "base64" as const, receivedAt, cut };
  }
}
