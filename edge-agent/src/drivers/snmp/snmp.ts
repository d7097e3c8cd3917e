import type { Clock, Value } from "@kenh/schemas";
import {
  type Driver,
  type DriverSample,
  defineDriver,
  type Finding,
  type Report,
} from "../../driver.ts";
import { type Config, configSchema, defaults } from "./config.ts";
import { readPoint } from "./point.ts";
import { rawOf } from "./raw.ts";
import { rounds } from "./rounds.ts";
import { openSession, type SnmpSession } from "./session.ts";
import { hearTraps } from "./traps.ts";
import { type Outcomes, readUps } from "./ups.ts";
import { upsMib } from "./ups-mib.ts";

/** Quantities whose change is told at once, each with its value while all is well. */
const states: readonly (readonly [quantity: string, well: Value])[] = [
  ["ups_state", "ok"],
  ["mains_present", true],
  ["on_battery", false],
];
/** What a probe walks: the agent itself, UPS-MIB, and the maker's own. */
const probed = ["1.3.6.1.2.1.1", upsMib, "1.3.6.1.4.1"];

/**
 * Yields what the agent answers at each interval, with the time of the answer, and at once after a
 * trap. A change of state is urgent, and so is a first sample that is not in order.
 * @throws Error when nothing answers, a key is wrong, or nothing that is configured is there.
 */
export async function* readAgent(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const session = await openSession(config, signal);
  const { traps, intervalMs } = config;
  let hints: Awaited<ReturnType<typeof hearTraps>> | undefined;
  try {
    hints = traps && (await hearTraps(traps.host, traps.port, session.address));
    const tell = teller(report, `SNMP agent at ${config.host}:${config.port}`);
    const seen = new Set<string>();
    let told = JSON.stringify(states.map(([, well]) => well));
    for await (const _ of rounds(intervalMs, hints, signal)) {
      const outcomes = await readAll(session, config);
      const ts = now();
      tell(outcomes);
      const values: DriverSample["values"] = {};
      const qc: NonNullable<DriverSample["qc"]> = {};
      for (const [quantity, { value, flag }] of outcomes) {
        seen.add(quantity);
        if (value !== undefined) values[quantity] = value;
        if (flag !== 2) qc[quantity] = flag;
      }
      // What was there and is no more is missing, not silent.
      for (const quantity of seen) if (!outcomes.has(quantity)) qc[quantity] = 9;
      const state = JSON.stringify(
        states.map(([name, well]) => values[name] ?? (outcomes.has(name) ? null : well)),
      );
      const urgent = state !== told;
      told = state;
      yield { ts, values, qc, ...(urgent && { urgent }) };
    }
  } catch (error) {
    // What was cut off by the abort is no failure.
    if (!signal.aborted) throw error;
  } finally {
    hints?.close();
    session.close();
  }
}

/** @throws Error when the agent answers and has none of what is configured. */
async function readAll(session: SnmpSession, config: Config): Promise<Outcomes> {
  const where = `SNMP agent at ${config.host}:${config.port}`;
  const outcomes: Outcomes = config.mib === "ups" ? await readUps(session, where) : new Map();
  const { points } = config;
  if (points.length === 0) return outcomes;
  const found = await session.get(points.map(({ oid }) => oid));
  if (found.size === 0 && outcomes.size === 0) {
    throw new Error(
      `${where} answers and has none of the points; check their OIDs, such as ${points[0]?.oid}`,
    );
  }
  for (const point of points) {
    const varbind = found.get(point.oid);
    outcomes.set(point.quantity, readPoint(varbind && rawOf(varbind), point));
  }
  return outcomes;
}

/** Reports an answer that can't be read once, and again only when it has changed. */
function teller(report: Report, where: string): (outcomes: Outcomes) => void {
  const told = new Map<string, string>();
  return (outcomes) => {
    for (const [quantity, { reason }] of outcomes) {
      if (!reason || told.get(quantity) === reason) continue;
      told.set(quantity, reason);
      report({ at: `${where}: ${quantity}`, reason });
    }
  };
}

/** What the configuration reads, and every value below the agent's own trees. */
async function probe(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const session = await openSession(config, signal);
  try {
    const findings: Finding[] = [];
    for (const tree of probed) {
      for (const [oid, varbind] of await session.walk(tree))
        findings.push({ point: oid, value: rawOf(varbind) ?? null });
    }
    if (findings.some(({ point }) => point.startsWith(`${upsMib}.`))) {
      const outcomes = await readUps(session, `SNMP agent at ${config.host}:${config.port}`);
      for (const [quantity, { value, flag, reason }] of outcomes) {
        const note = reason ?? (flag === 2 ? "RFC 1628" : `RFC 1628, flag ${flag}`);
        findings.push({ point: quantity, value: value ?? null, note });
      }
    }
    return findings;
  } finally {
    session.close();
  }
}

export const run: Driver<Config> = (config, signal, report) =>
  readAgent(config, signal, report, Date.now);

export const driver = defineDriver<Config>({
  configSchema,
  run,
  probe: {
    schemes: ["snmp"],
    /** `snmp://[community@]host[:port]`; `public` is only what most agents are shipped with. */
    configOf({ hostname, port, username }) {
      return {
        host: hostname.replace(/^\[|\]$/g, ""),
        port: port ? Number(port) : defaults.port,
        community: username ? decodeURIComponent(username) : "public",
        mib: "ups",
      };
    },
    run: probe,
  },
});
