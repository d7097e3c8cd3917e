import * as z from "zod";

const MiB = 1024 * 1024;

/** The defaults, each with its reason. */
const defaults = {
  /** 10,000 devices of a province and room for the panels. */
  connections: 12_000,
  /** One token may stand behind every screen of an operations centre; a device needs one. */
  connectionsPerAccount: 100,
  /** A CONNECT follows the TCP handshake at once, even over GPRS. */
  connectTimeoutMs: 10_000,
  /** Before its identity is proven, a peer may make us hold no more than a CONNECT with a last will. */
  connectBytes: 64 * 1024,
  /** Four times the contract's largest message, so that the ingest, not the broker, sets aside one that is too large. */
  packetBytes: MiB,
  /** An agent that sends its backlog runs at about a quarter of what one core carries; no neighbour notices. */
  messagesPerSecond: 10_000,
  /** Two seconds of that. */
  messageBurst: 20_000,
  /** Enough for a group commit to pay; beyond it the sender waits in TCP. */
  waitingMessagesPerClient: 1000,
  waitingBytesPerClient: 4 * MiB,
  /** What all clients together may keep in memory while the ingest writes. */
  waitingBytes: 64 * MiB,
  /** A panel asks for a handful; every filter costs a match in each message. */
  subscriptionsPerClient: 100,
  /** A subscriber that lets this much pile up is cut, and nobody waits for it. The statuses of 10,000 devices are half of it. */
  backlogBytesPerClient: 4 * MiB,
  /** Beyond this in all, whoever lags is cut. */
  backlogBytes: 128 * MiB,
  /** Persistent sessions in all; the one that has been away longest makes room. */
  sessions: 12_000,
  /** As Mosquitto's max_queued_messages. */
  queuedMessagesPerSession: 1000,
  queuedBytesPerSession: MiB,
  /** What every absent subscriber together may keep in memory. */
  queuedBytes: 64 * MiB,
  /** A panel that is away longer than this asks the store, which has everything. */
  sessionExpiryMs: 60 * 60 * 1000,
  /** Inbound QoS 2 handshakes left open; 3.1.1 knows no window, and Mosquitto stops at 20. */
  openQos2PerClient: 100,
} as const;

const count = (preset: number) => z.int().positive().default(preset);

/** What one client, one account and all together may cost. Each is counted where it bites. */
export const limitsSchema = z
  .strictObject({
    connections: count(defaults.connections),
    connectionsPerAccount: count(defaults.connectionsPerAccount),
    connectTimeoutMs: count(defaults.connectTimeoutMs),
    connectBytes: count(defaults.connectBytes),
    packetBytes: count(defaults.packetBytes),
    messagesPerSecond: count(defaults.messagesPerSecond),
    messageBurst: count(defaults.messageBurst),
    waitingMessagesPerClient: count(defaults.waitingMessagesPerClient),
    waitingBytesPerClient: count(defaults.waitingBytesPerClient),
    waitingBytes: count(defaults.waitingBytes),
    subscriptionsPerClient: count(defaults.subscriptionsPerClient),
    backlogBytesPerClient: count(defaults.backlogBytesPerClient),
    backlogBytes: count(defaults.backlogBytes),
    sessions: count(defaults.sessions),
    queuedMessagesPerSession: count(defaults.queuedMessagesPerSession),
    queuedBytesPerSession: count(defaults.queuedBytesPerSession),
    queuedBytes: count(defaults.queuedBytes),
    sessionExpiryMs: count(defaults.sessionExpiryMs),
    openQos2PerClient: count(defaults.openQos2PerClient),
  })
  .prefault({});
export type Limits = z.infer<typeof limitsSchema>;
