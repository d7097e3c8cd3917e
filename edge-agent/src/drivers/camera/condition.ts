import { axisRules } from "./axis.ts";
import type { Notification } from "./notification.ts";

/** What a camera can say of itself that we watch for. */
export type ConditionKind = "tamper" | "storage-failure" | "video-loss";

/** One of them, as it stands at one part of the camera. */
export interface Condition {
  readonly kind: ConditionKind;
  /** Who says it, so that its end is told from that of another. */
  readonly from: string;
  readonly active: boolean;
  /** The camera's time of the change; undefined for a state as it stands, or when it names none. */
  readonly at: number | undefined;
}

/** Which topic speaks of what, and in which of its items. */
export interface TopicRule {
  readonly topic: RegExp;
  readonly items: readonly string[];
  readonly kind: ConditionKind;
}

/** ONVIF Imaging 5.x (scene change), Analytics (tamper), Device (storage), without prefixes. */
const onvifRules: readonly TopicRule[] = [
  { topic: /^VideoSource\/GlobalSceneChange(\/|$)/, items: ["State"], kind: "tamper" },
  {
    topic: /^RuleEngine\/TamperDetector(\/|$)/,
    items: ["IsTamper", "State"],
    kind: "tamper",
  },
  {
    topic: /^Device\/HardwareFailure\/StorageFailure$/,
    items: ["Failed", "State"],
    kind: "storage-failure",
  },
];

/** What a notification says of what we watch for; undefined for motion, people, ports and all else. */
export function conditionOf(notification: Notification): Condition | undefined {
  const { topic, source, data, at, initial } = notification;
  const rule = [...onvifRules, ...axisRules].find((each) => each.topic.test(topic));
  const item = rule?.items.map((name) => data[name]).find((value) => value !== undefined);
  const active = item === undefined ? undefined : truth(item);
  if (!rule || active === undefined) return undefined;
  return { kind: rule.kind, from: `${topic} ${source}`, active, at: initial ? undefined : at };
}

function truth(text: string): boolean | undefined {
  if (/^(true|1)$/i.test(text)) return true;
  return /^(false|0)$/i.test(text) ? false : undefined;
}
