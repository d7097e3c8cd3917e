import { type Identity, isIdentity } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { extract, formatPath, pick } from "../extract.ts";
import type { Message } from "../listen.ts";
import type { Config, Subscription } from "./config.ts";
import { readTime } from "./time.ts";
import { matches } from "./topic.ts";

/** Told where and why something could not be read. */
type Refuse = (at: string, reason: string) => void;

/** An entry of a payload that holds several, as its list or object has it. */
interface Entry {
  /** Its name in an object; absent in a list, and for a payload that is one message. */
  readonly key?: string;
  readonly document: unknown;
}

/** Entries of one payload: a hostile one costs no more. */
const maxEntries = 1000;

/**
 * Makes samples of a message: one, or one of each entry. What gives none has been told with its reason.
 */
export function readMessage(config: Config, message: Message, refuse: Refuse): DriverSample[] {
  const { topic, payload } = message;
  const subscription = config.subscriptions.find((s) => matches(s.topic, topic));
  const samples: DriverSample[] = [];
  try {
    if (!subscription) throw new RangeError("nothing is subscribed there");
    if (payload.length > config.maxPayloadBytes) {
      throw new RangeError(
        `${payload.length} bytes are more than maxPayloadBytes ${config.maxPayloadBytes}`,
      );
    }
    if (message.retained && subscription.time === "arrival" && !subscription.state) {
      throw new RangeError(
        "the broker kept it, and it carries no time: it may be old; name its time, or set state",
      );
    }
    const document = documentOf(subscription, payload);
    for (const entry of entriesOf(subscription, document)) {
      const at = entry.key === undefined ? topic : `${topic} ${entry.key}`;
      try {
        samples.push(
          sampleOf(subscription, message, document, entry, (path, reason) =>
            refuse(path === "" ? at : `${at} ${path}`, reason),
          ),
        );
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        refuse(at, error.message);
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse(topic, error.message);
  }
  return samples;
}

/** @throws RangeError when the entry gives nothing. */
function sampleOf(
  subscription: Subscription,
  { topic, retained, at }: Message,
  whole: unknown,
  entry: Entry,
  refuse: Refuse,
): DriverSample {
  const { time, state, points } = subscription;
  const { document } = entry;
  const device = deviceOf(subscription, topic, entry);
  const ts =
    time === "arrival" ? at : readTime(pick(document, time.path) ?? pick(whole, time.path), time);
  const { values, qc, found } = extract(document, points, refuse);
  if (found === 0) throw new RangeError("none of the points is in it");
  return {
    ts,
    values,
    ...(Object.keys(qc).length > 0 && { qc }),
    ...(device !== undefined && { device }),
    ...(state && !retained && { urgent: true }),
  };
}

/** @throws RangeError where nothing stands that has entries. */
function entriesOf({ each }: Subscription, document: unknown): Entry[] {
  if (each === undefined) return [{ document }];
  const held = pick(document, each);
  if (typeof held !== "object" || held === null) {
    throw new RangeError(
      `holds no list and no object at ${JSON.stringify(formatPath(each))}: correct each`,
    );
  }
  const entries = Array.isArray(held)
    ? held.map((document: unknown) => ({ document }))
    : Object.entries(held).map(([key, document]) => ({ key, document: document as unknown }));
  if (entries.length > maxEntries) {
    throw new RangeError(`${entries.length} entries are more than ${maxEntries}`);
  }
  return entries;
}

function documentOf({ payload: kind }: Subscription, payload: Buffer): unknown {
  const text = payload.toString("utf8");
  if (kind === "text") return text.trim();
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RangeError(
      `the payload is no JSON (${(cause as Error).message.slice(0, 120)}): set payload to text where it is one value`,
      { cause },
    );
  }
}

function deviceOf(
  { device, deviceBy }: Subscription,
  topic: string,
  { key, document }: Entry,
): Identity | undefined {
  if (!deviceBy) return device;
  const name =
    "level" in deviceBy
      ? topic.split("/")[deviceBy.level]
      : "path" in deviceBy
        ? pick(document, deviceBy.path)
        : key;
  // A number may name a device as well: {"id": 3}.
  const called = typeof name === "number" ? String(name) : name;
  const found =
    typeof called === "string" && Object.hasOwn(deviceBy.devices, called)
      ? deviceBy.devices[called]
      : undefined;
  if (found !== undefined && isIdentity(found)) return found;
  throw new RangeError(
    `the device ${JSON.stringify(name) ?? "is not named in it"} is not among deviceBy.devices: register it and add it there`,
  );
}
