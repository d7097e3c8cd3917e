import { lookup } from "node:dns/promises";
import type { Varbind } from "net-snmp";
import { type Config, defaults } from "./config.ts";
import { guardedDatagrams } from "./socket.ts";

/** More rows than this below one OID are not believed; the largest table of a UPS has some dozens. */
const maxRows = 10_000;
/** Rows in one answer to a walk. */
const rowsAtOnce = 20;

/** A session that reads: the library's set, trap and inform are not reachable through it. */
export interface SnmpSession {
  /** The device's address, resolved. */
  readonly address: string;
  /**
   * The values of these OIDs, in batches; what the agent does not have is absent.
   * @throws Error when nothing answers, or the agent refuses.
   */
  get(oids: readonly string[]): Promise<ReadonlyMap<string, Varbind>>;
  /** All values below an OID, in its order. */
  walk(oid: string): Promise<ReadonlyMap<string, Varbind>>;
  close(): void;
}

/** What the library's errors mean to the one who configures. */
const wayOut: readonly (readonly [RegExp, string])[] = [
  [
    /timed out/i,
    "check address, port and power; a wrong community, or an agent that does not know this machine, is met with silence, and so is a wrong password of priv",
  ],
  [/wrong digest/i, "the password or the protocol of auth is wrong"],
  [/unknown user/i, "the agent has no such user: mend user.name"],
  [/decrypt|message data/i, "the password or the protocol of priv is wrong"],
  [/security level/i, "the agent does not let this user in with authentication and privacy"],
  [/time window/i, "the agent has restarted: it is asked anew"],
];

/**
 * Opens a session; the signal closes it at once. Nothing is sent yet.
 * @throws Error when the host has no address.
 */
export async function openSession(config: Config, signal: AbortSignal): Promise<SnmpSession> {
  const snmp = await import("net-snmp").then((module) => module.default);
  const { host, port } = config;
  const where = `SNMP agent at ${host}:${port}`;
  const { address, family } = await lookup(host).catch((cause: Error) => {
    throw new Error(`${where}: ${cause.message}; check the name`, { cause });
  });
  signal.throwIfAborted();
  let dropped = 0;
  const options = {
    port,
    transport: family === 6 ? ("udp6" as const) : ("udp4" as const),
    timeout: config.timeoutMs,
    retries: config.retries,
    context: config.context,
    backoff: 1,
    reportOidMismatchErrors: true,
    dgramModule: guardedDatagrams(address, () => {
      dropped += 1;
    }),
  };
  const { user } = config;
  const session = user
    ? snmp.createV3Session(
        address,
        {
          name: user.name,
          level: snmp.SecurityLevel.authPriv,
          authProtocol: snmp.AuthProtocols[user.auth.protocol],
          authKey: user.auth.password,
          privProtocol: snmp.PrivProtocols[user.priv.protocol],
          privKey: user.priv.password,
        },
        { ...options, version: snmp.Version3 },
      )
    : snmp.createSession(address, config.community, { ...options, version: snmp.Version2c });
  // What can't be decoded is no answer: the request stands until its own time is over.
  session.on("error", () => {
    dropped += 1;
  });
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    signal.removeEventListener("abort", close);
    session.cancelRequests(new Error(`${where}: stopped`));
    session.close();
  };
  signal.addEventListener("abort", close, { once: true });

  const explained = (error: Error): Error => {
    const way = wayOut.find(([pattern]) => pattern.test(error.message))?.[1];
    const noise = dropped > 0 ? `; ${dropped} datagrams from there were no SNMP` : "";
    return new Error(`${where}: ${error.message}${way ? `; ${way}` : ""}${noise}`, {
      cause: error,
    });
  };
  const present = (varbinds: readonly Varbind[]): [string, Varbind][] =>
    varbinds.filter((v) => !snmp.isVarbindError(v)).map((v) => [v.oid, v]);

  // Thrice what the library may take (SNMP v3 may ask twice before): it forgets a request whose answer
  // it stumbles on.
  const patienceMs = 3 * config.timeoutMs * (config.retries + 1);
  function answered<T>(
    ask: (done: (error: Error | null, found: T) => void, alive: () => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the answer can't be read")), patienceMs);
      const done = (error: Error | null, found: T): void => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(found);
      };
      if (open) ask(done, () => timer.refresh());
      else done(new Error("stopped"), undefined as T);
    });
  }
  async function getAtOnce(oids: readonly string[]): Promise<[string, Varbind][]> {
    try {
      const varbinds = await answered<Varbind[]>((done) =>
        session.get([...oids], (error, found) => done(error, found ?? [])),
      );
      return present(varbinds);
    } catch (error) {
      if (!(error instanceof snmp.RequestFailedError)) throw explained(error as Error);
      // Too big, or an agent that fails on one OID of several: that one is missing, not its neighbours.
      if (oids.length === 1) return [];
      const half = Math.ceil(oids.length / 2);
      return [...(await getAtOnce(oids.slice(0, half))), ...(await getAtOnce(oids.slice(half)))];
    }
  }

  return {
    address,
    async get(oids) {
      const found = new Map<string, Varbind>();
      for (let at = 0; at < oids.length; at += defaults.batch) {
        const batch = await getAtOnce(oids.slice(at, at + defaults.batch));
        for (const [oid, varbind] of batch) found.set(oid, varbind);
      }
      return found;
    },
    async walk(oid) {
      const found = new Map<string, Varbind>();
      await answered<void>((done, alive) =>
        session.subtree(
          oid,
          rowsAtOnce,
          (varbinds): true | undefined => {
            alive();
            for (const [name, varbind] of present(varbinds)) found.set(name, varbind);
            return found.size > maxRows || undefined;
          },
          (error) => done(error, undefined),
        ),
      ).catch((error: Error) => {
        throw explained(error);
      });
      return found;
    },
    close,
  };
}
