/** What the engines of alarms say to each other, at the broker that they share. */
export const engineTopics = {
  /** Who leads, since which term, and who has all that it has; retained. */
  record: "kenh/engine/record",
  /** Whether that one is connected; retained, and its last will. */
  lease: "kenh/engine/lease",
  /** The name of one whose connection has ended. */
  gone: "kenh/engine/gone",
  /** Messages for one of them. */
  to: (name: string) => `kenh/engine/to/${name}`,
} as const;

/**
 * The MQTT session of whoever leads. A broker lets one connection at a time have a client id, and ends the
 * one before: that is what keeps two from leading.
 */
export const engineClientId = "kenh-alarms";
