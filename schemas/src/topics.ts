import { type Identity, isIdentity } from "./identity.ts";

export const channels = ["telemetry", "status", "alarm", "bridge"] as const;
/** The topics of a device; on the last one a unit's own station reports to its province. */
export type Channel = (typeof channels)[number];

const prefix = "kenh/v1/";

/** The topic of one channel of a device: `kenh/v1/<identity>/<channel>`. */
export function topicOf(identity: Identity, channel: Channel): string {
  return `${prefix}${identity}/${channel}`;
}

/** What a topic names. */
export interface Target {
  readonly identity: Identity;
  readonly channel: Channel;
}

/** A topic comes again with each message of its device: what the last ones name is kept. */
const named = new Map<string, Target>();
/** More topics than a station has devices in use at a time. */
const mostNamed = 100_000;

/** The device and channel a topic names, or undefined when it is not one of ours. */
export function parseTopic(topic: string): Target | undefined {
  const known = named.get(topic);
  if (known) return known;
  if (!topic.startsWith(prefix)) return undefined;
  const cut = topic.lastIndexOf("/");
  const identity = topic.slice(prefix.length, cut);
  const channel = topic.slice(cut + 1) as Channel;
  if (!channels.includes(channel) || !isIdentity(identity)) return undefined;
  if (named.size >= mostNamed) named.clear();
  const target = { identity, channel };
  named.set(topic, target);
  return target;
}

/** The subscription that receives one channel of every device: `kenh/v1/+/+/+/+/<channel>`. */
export function filterOf(channel: Channel): string {
  return `${prefix}+/+/+/+/${channel}`;
}
