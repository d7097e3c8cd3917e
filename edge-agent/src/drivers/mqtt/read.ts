import { type Identity, isIdentity } from "@kenh/schemas";
import type { DriverSample } from "../../driver.ts";
import { extract, pick } from "../extract.ts";
import type { Message } from "../listen.ts";
import type { Config, Subscription } from "./config.ts";
import { readTime } from "./time.ts";
import { matches } from "./topic.ts";

/** Told where and why something could not be read. */
type Refuse = (at: string, reason: string) => void;

/**
 * Makes a sample of a message, or says why not.
 * @returns undefined when the message gives nothing; the reason has been told then
 */
export function readMessage(
  config: Config,
  message: Message,
  refuse: Refuse,
): DriverSample | undefined {
  const { topic, payload, retained, at } = message;
  const subscription = config.subscriptions.find((s) => matches(s.topic, topic));
  try {
    if (!subscription) throw new RangeError("nothing is subscribed there");
    if (payload.length > config.maxPayloadBytes) {
      throw new RangeError(
        `${payload.length} bytes are more than maxPayloadBytes ${config.maxPayloadBytes}`,
      );
    }
    const { time, state, points } = subscription;
    const fresh = time === "arrival";
    if (retained && fresh && !state) {
      throw new RangeError(
        "the broker kept it, and it carries no time: it may be old; name its time, or set state",
      );
    }
    const document = documentOf(subscription, payload);
    const device = deviceOf(subscription, topic, document);
    const ts = fresh ? at : readTime(pick(document, time.path), time);
    const { values, qc, found } = extract(document, points, (path, reason) =>
      refuse(path === "" ? topic : `${topic} ${path}`, reason),
    );
    if (found === 0) throw new RangeError("none of the points is in it");
    return {
      ts,
      values,
      ...(Object.keys(qc).length > 0 && { qc }),
      ...(device !== undefined && { device }),
      ...(state && !retained && { urgent: true }),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refuse(topic, error.message);
    return undefined;
  }
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
  document: unknown,
): Identity | undefined {
  if (!deviceBy) return device;
  const name =
    "level" in deviceBy ? topic.split("/")[deviceBy.level] : pick(document, deviceBy.path);
  const found =
    typeof name === "string" && Object.hasOwn(deviceBy.devices, name)
      ? deviceBy.devices[name]
      : undefined;
  if (found !== undefined && isIdentity(found)) return found;
  throw new RangeError(
    `the device ${JSON.stringify(name) ?? "is not named in it"} is not among deviceBy.devices: register it and add it there`,
  );
}
