import { type Identity, isIdentity } from "./identity.ts";

export const channels = ["telemetry", "status", "alarm", "bridge"] as const;
/** The topics of a device; on the last one a unit's own station reports to its province. */
export type Channel = (typeof channels)[number];

const prefix = "kenh/v1/";

/** The topic of one channel of a device: `kenh/v1/<identity>/<channel>`. */
export function topicOf(identity: Identity, channel: Channel): string {
  return `${prefix}${identity}/${channel}`;
}

/** The device and channel a topic names, or undefined when it is not one of ours. */
export function parseTopic(topic: string): { identity: Identity; channel: Channel } | undefined {
  if (!topic.startsWith(prefix)) return undefined;
  const cut = topic.lastIndexOf("/");
  const identity = topic.slice(prefix.length, cut);
  const channel = topic.slice(cut + 1) as Channel;
  return channels.includes(channel) && isIdentity(identity) ? { identity, channel } : undefined;
}

/** The subscription that receives one channel of every device: `kenh/v1/+/+/+/+/<channel>`. */
export function filterOf(channel: Channel): string {
  return `${prefix}+/+/+/+/${channel}`;
}
