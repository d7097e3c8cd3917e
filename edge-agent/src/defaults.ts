/** Every default of the agent, each with its reason. */
export const defaults = {
  outbox: {
    /** Weeks of a ward's readings, and a fraction of the smallest card that gateways are sold with. */
    maxBytes: 512 * 1024 * 1024,
    /** Longer than any outage met in the field; older readings no longer change a decision. */
    maxAgeMs: 30 * 24 * 3600_000,
    /** At most ten syncs a second spare a flash card; at most this much is lost to a power cut. */
    commitMs: 100,
  },
  batch: {
    /** The cost of a message is shared by its samples; beyond twenty the gain is small. */
    maxSamples: 20,
    /** An operator does not see a second; with it a one-per-second sensor still shares messages. */
    maxAgeMs: 1000,
  },
  publish: {
    /** Enough to fill a slow mobile link, and the window that common brokers grant (20). */
    inFlight: 20,
    /** A day at one message a second drains in seven minutes and leaves room for live messages. */
    backlogPerSecond: 200,
    /** Longer than a broker that syncs to a slow disk; shorter than an operator's patience. */
    pubackTimeoutMs: 10_000,
    /** Long enough for TLS over a bad mobile link. */
    connectTimeoutMs: 15_000,
    /** A dead link with nothing to send is noticed within one and a half times this. */
    keepaliveMs: 15_000,
    /** First wait after a lost connection, doubled each time, drawn from zero to it (full jitter). */
    backoffBaseMs: 1000,
    /** No station waits longer than a minute after the broker is back. */
    backoffMaxMs: 60_000,
  },
  supervise: {
    /** A driver that fails at once does not spin. */
    backoffBaseMs: 1000,
    /** A device that is back is read again within a minute. */
    backoffMaxMs: 60_000,
  },
  clock: {
    /** Time servers on a mobile link are good to a tenth of this; a sensor a second is not mixed up. */
    toleranceMs: 1000,
    /** A jump is seen at the next sample; being set right within a minute is soon enough. */
    checkEveryMs: 60_000,
    /** A time server that needs longer measures the link, not the clock. */
    timeoutMs: 3000,
  },
  health: {
    /** What the profile edge-gateway expects; a backlog is an alarm after minutes. */
    everyMs: 60_000,
  },
  /** At a stop, urgent messages are sent for so long; a machine that is shut down gives far more. */
  lastWordsMs: 3000,
  /** Counters of the agent's own status go out this often: once a minute is a trend. */
  statusEveryMs: 60_000,
} as const;
