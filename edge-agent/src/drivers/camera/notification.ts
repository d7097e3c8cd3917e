import { allAt, firstAt, textAt, type Xml } from "./xml.ts";

/** An event as a camera tells it. */
export interface Notification {
  /** Without prefixes, such as `VideoSource/GlobalSceneChange/ImagingService`. */
  readonly topic: string;
  /** Which of its parts it speaks of; empty when it has but one. */
  readonly source: string;
  readonly data: Readonly<Record<string, string>>;
  /** The camera's time; undefined when it names none. */
  readonly at: number | undefined;
  /** A state as it stands, not a change: what a new subscription is told first. */
  readonly initial: boolean;
}

/** The notifications below an element, such as a PullMessagesResponse or the Event of a metadata stream. */
export function notificationsOf(node: Xml): Notification[] {
  return allAt(node, "NotificationMessage").flatMap((each) => {
    const topic = textAt(each, "Topic");
    const message = firstAt(each, "Message", "Message");
    if (topic === undefined || message === undefined) return [];
    const at = Date.parse(textAt(message, "@UtcTime") ?? "");
    return [
      {
        topic: withoutPrefixes(topic),
        source: Object.values(items(message, "Source")).join("/"),
        data: items(message, "Data"),
        at: Number.isNaN(at) ? undefined : at,
        initial: textAt(message, "@PropertyOperation") === "Initialized",
      },
    ];
  });
}

/** `tns1:Device/tnsaxis:IO` is `Device/IO`: which prefix stands for what is each maker's own. */
function withoutPrefixes(topic: string): string {
  return topic.replace(/(^|\/)[\w.-]+:/g, "$1");
}

function items(message: Xml, group: string): Record<string, string> {
  return Object.fromEntries(
    allAt(message, group, "SimpleItem").flatMap((item) => {
      const name = textAt(item, "@Name");
      return name === undefined ? [] : [[name, textAt(item, "@Value") ?? ""]];
    }),
  );
}
