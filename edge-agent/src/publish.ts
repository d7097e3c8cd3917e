import { topicOf } from "@kenh/schemas";
import { backoffMs } from "./backoff.ts";
import type { AgentConfig } from "./config.ts";
import type { Link } from "./link.ts";
import type { Log } from "./log.ts";
import type { Outbox, OutboxMessage } from "./outbox.ts";
import { payloadOf } from "./record.ts";
import { sleep } from "./sleep.ts";
import { Suspects } from "./suspects.ts";
import { within } from "./within.ts";

export interface PublisherOptions {
  /** The sender's name in every message. */
  readonly agent: string;
  readonly limits: AgentConfig["publish"];
  readonly outbox: Outbox;
  /** Opens one connection; rejects when it can't be had. */
  readonly open: (signal: AbortSignal) => Promise<Link>;
  /** Called with each new connection, before telemetry. */
  readonly onLink: (link: Link) => void;
  /** Says what is to be said before a clean end, and ends the link. */
  readonly farewell: (link: Link) => Promise<void>;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Log;
}

export interface Publisher {
  /** Runs until the signal aborts; resolves when the last connection is closed. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * From now on urgent messages alone are sent; resolves when the broker has them all or the time is
   * over.
   */
  lastWords(timeoutMs: number): Promise<void>;
  /** Ends the connection in good order and begins the next one at once: with another certificate, say. */
  reconnect(): void;
  readonly connected: boolean;
  /** Messages set aside because the connection broke on them again and again. */
  readonly suspects: number;
}

/** How long a broker may take to let go of a connection that is renewed. */
const renewMs = 2000;

/** Sends what the outbox holds, at least once and in its order; a message leaves on PUBACK. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { outbox, limits, monotonic, random, log } = options;
  const suspects = new Suspects();
  let connected = false;
  let failures = 0;
  let wake = (): void => {};
  /** Set while a connection is there: ends it without a word about it being lost. */
  let renew: (() => void) | undefined;
  /** Set while the last words are said: called when the broker has them all. */
  let allSaid: (() => void) | undefined;
  outbox.onReady(() => wake());

  /** Sends over one connection until it is lost, to be renewed, or the signal aborts. */
  async function session(link: Link, signal: AbortSignal): Promise<void> {
    /** Ids on their way, each with the timer of its PUBACK. */
    const inFlight = new Map<number, NodeJS.Timeout>();
    const urgentInFlight = new Set<number>();
    let probing = false;
    let tokens = 1;
    let filledAt = monotonic();
    let later: NodeJS.Timeout | undefined;
    let over = false;

    function send(message: OutboxMessage): void {
      const overdue = setTimeout(() => {
        link.cut(
          new Error(
            `no PUBACK within ${limits.pubackTimeoutMs} ms for ${message.device} seq ${message.seq}: the link or the broker hangs`,
          ),
        );
      }, limits.pubackTimeoutMs);
      inFlight.set(message.id, overdue);
      if (message.urgent) urgentInFlight.add(message.id);
      const topic = topicOf(message.device, "telemetry");
      link.publish(topic, payloadOf(options.agent, message), false).then(() => {
        clearTimeout(overdue);
        if (over) return;
        failures = 0;
        probing = false;
        inFlight.delete(message.id);
        urgentInFlight.delete(message.id);
        suspects.clear(message.id);
        outbox.acknowledge(message.id);
        pump();
      });
    }

    /** Whether an older message may go now. */
    function refill(): boolean {
      const at = monotonic();
      const fresh = ((at - filledAt) / 1000) * limits.backlogPerSecond;
      tokens = Math.min(limits.inFlight, tokens + fresh);
      filledAt = at;
      return tokens >= 1;
    }

    /** Does not wait for what else is on its way. */
    function sayLastWords(finish: () => void): void {
      while (urgentInFlight.size < limits.inFlight) {
        const message = outbox.next(false, (id) => suspects.has(id));
        if (!message?.urgent) {
          if (urgentInFlight.size === 0) finish();
          return;
        }
        send(message);
      }
    }

    function pump(): void {
      clearTimeout(later);
      if (over) return;
      if (allSaid) {
        sayLastWords(allSaid);
        return;
      }
      if (probing) return;
      const due = suspects.due(monotonic());
      while (due === undefined && inFlight.size < limits.inFlight) {
        const before = outbox.hasBacklog();
        const message = outbox.next(before && refill(), (id) => suspects.has(id));
        if (!message) break;
        if (outbox.isBacklog(message)) tokens -= 1;
        send(message);
      }
      if (due !== undefined && inFlight.size === 0) {
        const message = outbox.get(due);
        if (message) {
          probing = true;
          send(message);
          return;
        }
        // Dropped by a bound meanwhile.
        suspects.clear(due);
        pump();
        return;
      }
      if (outbox.hasBacklog() && inFlight.size < limits.inFlight) {
        later = setTimeout(pump, Math.max(1, 1000 / limits.backlogPerSecond));
      } else if (suspects.count > 0) {
        later = setTimeout(pump, 1000);
      }
    }

    outbox.rewind();
    wake = pump;
    pump();
    let abort = (): void => {};
    const aborted = new Promise<undefined>((resolve) => {
      abort = () => resolve(undefined);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
    });
    const renewing = new Promise<"renew">((resolve) => {
      renew = () => resolve("renew");
    });
    const reason = await Promise.race([link.lost, aborted, renewing]);
    renew = undefined;
    signal.removeEventListener("abort", abort);
    over = true;
    wake = () => {};
    clearTimeout(later);
    for (const overdue of inFlight.values()) clearTimeout(overdue);
    if (reason === "renew") await within(renewMs, [link.end(), link.lost]);
    else if (!reason) await options.farewell(link);
    else {
      suspects.blame(inFlight.keys(), monotonic());
      log.warn(
        { err: reason, inFlight: inFlight.size, suspects: suspects.count },
        "connection lost",
      );
    }
  }

  return {
    get connected() {
      return connected;
    },
    get suspects() {
      return suspects.count;
    },
    reconnect: () => renew?.(),
    async lastWords(timeoutMs) {
      // Without a connection it is worth waiting for one only when there is something to say.
      if (!connected && !outbox.next(false, (id) => suspects.has(id))?.urgent) return;
      const said = new Promise<void>((resolve) => {
        allSaid = resolve;
      });
      wake();
      await within(timeoutMs, [said]);
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          const link = await options.open(signal);
          connected = true;
          const since = monotonic();
          log.info({}, "connected");
          try {
            options.onLink(link);
            await session(link, signal);
          } finally {
            connected = false;
            // A connection that held needs no PUBACK to prove that the next one is worth a quick try.
            if (monotonic() - since > limits.backoffMaxMs) failures = 0;
          }
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ err: error }, "no connection");
        }
        if (signal.aborted) return;
        // Only a PUBACK proves that the broker takes data again; until then waits grow.
        const wait = backoffMs(failures, limits, random);
        failures += 1;
        await sleep(wait, signal);
      }
    },
  };
}
