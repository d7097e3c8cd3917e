import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Accept, Clock, Identity, QuotaUse } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { admit } from "./admit.ts";
import { bringing } from "./bring.ts";
import { tokenBucket } from "./bucket.ts";
import type { Config } from "./config.ts";
import { hearVersion } from "./hear.ts";
import { type Addresses, type Listeners, openListeners, type Visitor } from "./listeners.ts";
import { brokerMetrics } from "./metrics.ts";
import { keepPapers } from "./papers.ts";
import { maySubscribe } from "./permit.ts";
import { pool } from "./pools.ts";
import { announce, type OnStatus } from "./presence.ts";
import { publishing } from "./publishing.ts";
import { createQuotas } from "./quotas.ts";
import { type Router, skipWhileNobodyListens } from "./routing.ts";
import { boundSessions, type Persistence, type Sessions } from "./sessions.ts";
import { shareOut, startVisit, type Visit, Visits } from "./visits.ts";
import { credentialsWatch, findRevoked, isOver } from "./watch.ts";
import { Wire } from "./wire.ts";

export interface BrokerOptions {
  readonly config: Config;
  readonly access: Access;
  /** Called for each telemetry message; the PUBACK waits for it. */
  readonly accept: Accept;
  /** Called for each status that a device publishes, its last will included. */
  readonly onStatus?: OnStatus;
  /** Whether the station knows a device; without it no account brings unknown ones. */
  readonly isRegistered?: (identity: Identity) => boolean;
  /** Whether as much of a unit or device is stored as may be. */
  readonly isFull?: (place: string) => boolean;
  readonly metrics: Registry;
  readonly log: Logger;
  readonly now: Clock;
}

export interface Broker {
  /** @throws Error naming the listener that can't be opened. */
  start(): Promise<Addresses>;
  /** Waits a while for what is being accepted, then closes everything. May be called again. */
  stop(): Promise<void>;
  /** Publishes in the broker's own name, with QoS 1. */
  publish(topic: string, payload: string | Uint8Array, options: { retain: boolean }): Promise<void>;
  /** How the quotas stand of all units and devices that are or were here. */
  quotaUses(): QuotaUse[];
}

/** What is being accepted when the broker stops may take this long; after that the senders send again. */
const stopMs = 2000;
/** Never reached while the wires take all that is written; if one did not, the others would wait this long. */
const drainMs = 1000;

/** A broker that is yet to be started. */
export function createBroker(options: BrokerOptions): Broker {
  const { config, access, now, log } = options;
  const { limits } = config;
  const visits = new Visits();
  const waiting = pool(limits.waitingBytes);
  const backlog = pool(limits.backlogBytes);
  let sessions: Sessions | undefined;
  let listeners: Listeners | undefined;
  let tick: NodeJS.Timeout | undefined;
  let closing = false;
  /** Peers that have said nothing yet. */
  let arriving = 0;
  let stopped: Promise<void> | undefined;

  const metrics = brokerMetrics(options.metrics, {
    subscriptions: () => visits.all().reduce((sum, visit) => sum + visit.filters.size, 0),
    retained: () => sessions?.retained ?? 0,
    sessions: () => sessions?.count ?? 0,
    queued_messages: () => sessions?.queues.messages ?? 0,
    queued_bytes: () => sessions?.queues.bytes ?? 0,
    waiting_messages: () => publishes.waiting,
    waiting_bytes: () => waiting.bytes,
    backlog_bytes: () => backlog.bytes,
  });
  const mayBring = bringing(access, options.isRegistered);
  const publishes = publishing({
    accept: options.accept,
    onStatus: announce(options.onStatus ?? (() => {}), log),
    metrics,
    waiting,
    mayBring,
    log,
  });
  const quotas = createQuotas(config.quotas, now, {
    onHeld: (unit, kind) => metrics.held.inc({ unit, kind }),
    isFull: options.isFull ?? (() => false),
  });
  const papers = keepPapers({
    access,
    now,
    visits,
    onExpired: ({ wire }) => wire.cut("expired"),
    onClone: () => metrics.clones.inc(),
  });

  const aedes = new Aedes({
    drainTimeout: drainMs,
    maxInflightInbound: limits.openQos2PerClient,
    maxClientsIdLength: Number.MAX_SAFE_INTEGER, // the account's name is put before it
    preConnect(client, packet, done) {
      const visit = visits.of(client.conn);
      if (!visit) {
        done(new Error("the connection is gone"), false);
        return;
      }
      const admission = { access, limits, visits, mayBring, now, papers, onTakeover };
      admit(visit, packet, admission)
        .catch((error: unknown) => {
          log.error({ error }, "a CONNECT could not be judged");
          return { reason: "unavailable", code: 3 } as const;
        })
        .then((refusal) => {
          visit.refusal = refusal;
          if (visit.principal) shareOut(visit, quotas.of(visit.principal));
          if (!refusal && !packet.clean && visit.clientId) sessions?.arrive(visit.clientId);
          done(null, true);
        });
    },
    authenticate(client, _username, _password, done) {
      const refusal = visits.of(client.conn)?.refusal;
      if (!refusal) return done(null, true);
      metrics.connectsRefused.inc({ reason: refusal.reason });
      const error = Object.assign(new Error(refusal.reason), { returnCode: refusal.code });
      done(error as unknown as AuthenticateError, false);
    },
    authorizePublish(client, packet, done) {
      const visit = client && visits.of(client.conn);
      if (visit && !closing) publishes.decide(visit, packet, done);
      else setImmediate(() => done(new Error("the broker is stopping")));
    },
    authorizeSubscribe(client, filter, done) {
      const reason = refuseFilter(visits.of(client.conn), filter.topic);
      if (reason) metrics.subscribesRefused.inc({ reason });
      done(null, reason ? null : filter);
    },
  });
  aedes.on("client", (client) => {
    const visit = visits.of(client.conn);
    if (visit) visit.registered = true;
  });
  aedes.on("clientReady", (client) => {
    metrics.connects.inc();
    visits.of(client.conn)?.wire.open();
  });
  aedes.on("clientDisconnect", (client) => leave(client.conn));
  aedes.on("keepaliveTimeout", () => metrics.cuts.inc({ reason: "keepalive" }));
  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) visits.of(client.conn)?.filters.delete(filter);
  });
  aedes.on("clientError", (client, error) =>
    log.debug({ client: client.id, error }, "client error"),
  );
  (aedes as EventEmitter).on("error", (error: unknown) => log.error({ error }, "broker error"));

  function onTakeover(): void {
    metrics.takeovers.inc();
  }

  function refuseFilter(visit: Visit | undefined, filter: string): string | undefined {
    if (!visit?.principal || !maySubscribe(visit.principal, filter)) return "not-permitted";
    if (!visit.filters.has(filter) && visit.filters.size >= limits.subscriptionsPerClient) {
      return "too-many";
    }
    visit.filters.add(filter);
    return undefined;
  }

  function welcome(visitor: Visitor): void {
    if (visits.size + arriving >= limits.connections) {
      metrics.connectsRefused.inc({ reason: "connections" });
      visitor.stream.destroy();
      return;
    }
    arriving++;
    hearVersion(
      visitor.stream,
      limits,
      (stream) => serve(visitor, stream),
      (inTime) => {
        arriving--;
        if (!inTime) metrics.cuts.inc({ reason: "connect-timeout" });
      },
    );
  }

  function serve(visitor: Visitor, stream: Duplex): void {
    const { listener } = visitor;
    const wire = new Wire(stream, {
      limits,
      waiting,
      backlog,
      bucket: tokenBucket(limits.messagesPerSecond, limits.messageBurst, now),
      onCut: (reason) => metrics.cuts.inc({ reason }),
      onDelay: (reason) => metrics.delays.inc({ reason }),
    });
    metrics.connections.inc({ listener });
    visits.add(startVisit(wire, visitor));
    wire.once("close", () => {
      metrics.connections.dec({ listener });
      if (!visits.of(wire)?.registered) leave(wire);
    });
    aedes.handle(wire);
  }

  function leave(wire: Client["conn"]): void {
    const visit = visits.of(wire);
    if (!visit) return;
    if (visit.clientId) sessions?.leave(visit.clientId);
    visits.delete(visit);
    visit.leave();
  }

  const haveChanged = credentialsWatch(access);
  function look(): void {
    sessions?.expire().catch((error: unknown) => log.error({ error }, "sessions could not expire"));
    papers.look();
    for (const { principal, wire } of visits.all()) {
      if (isOver(principal, now())) wire.cut("expired");
    }
    if (!haveChanged()) return;
    for (const { wire } of findRevoked(visits.all(), access)) wire.cut("revoked");
    for (const visit of visits.all()) refreshJoined(visit);
  }

  /** What was adopted is the account's own from now on, connected or not. */
  function refreshJoined(visit: Visit): void {
    const { principal } = visit;
    if (principal?.kind !== "sender" || principal.joins.length === 0) return;
    const account = access.account(principal.name);
    if (account) visit.principal = { ...principal, publishes: new Set(account.publishes) };
  }

  async function close(): Promise<void> {
    clearInterval(tick);
    listeners?.close();
    for (const { wire } of visits.all()) wire.hold();
    await Promise.race([publishes.idle(), delay(stopMs, undefined, { ref: false })]);
    closing = true; // from here on a last will would reach nobody
    for (const { wire } of visits.all()) wire.cut("stopping");
    await new Promise<void>((resolve) => aedes.close(resolve));
    await listeners?.destroy();
  }

  return {
    quotaUses: quotas.uses,
    async start() {
      await aedes.listen();
      const inner = aedes as unknown as Router & { persistence: Persistence };
      sessions = boundSessions(inner.persistence, {
        limits,
        now,
        maySubscribe: (client, filter) =>
          visits.of((client as Client).conn)?.filters.has(filter) ?? false,
        onDrop: (reason) => metrics.dropped.inc({ reason }),
      });
      inner.persistence = sessions.persistence;
      skipWhileNobodyListens(inner, () => sessions?.haveFilters === true);
      listeners = await openListeners(config, {
        admit: welcome,
        onTlsError: () => metrics.connectsRefused.inc({ reason: "tls" }),
        onWithout: (error) => log.warn({ err: error }, "the broker goes without a listener"),
        onUnfit(certificate, remote) {
          metrics.connectsRefused.inc({ reason: "certificate" });
          papers.refused(certificate, remote, false);
        },
        handshakeMs: limits.connectTimeoutMs,
        maxPacketBytes: limits.packetBytes,
      }).catch(async (error: unknown) => {
        await new Promise<void>((resolve) => aedes.close(resolve));
        throw error;
      });
      tick = setInterval(look, config.reloadMs);
      return listeners.addresses;
    },
    stop() {
      stopped ??= close();
      return stopped;
    },
    publish: (topic, payload, { retain }) =>
      new Promise((resolve, reject) => {
        const packet = { cmd: "publish", qos: 1, dup: false, topic, retain } as const;
        setImmediate(() =>
          aedes.publish({ ...packet, payload: Buffer.from(payload) }, (error) =>
            error ? reject(error) : resolve(),
          ),
        );
      }),
  };
}
