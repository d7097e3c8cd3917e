import type { Clock } from "@kenh/schemas";
import {
  type Driver,
  type DriverSample,
  defineDriver,
  type Finding,
  type Report,
} from "../../driver.ts";
import { beats } from "../beats.ts";
import { dumpOf } from "./checks/dump.ts";
import { noteMoved } from "./checks/placeholders.ts";
import { type Config, configSchema, defaults } from "./config.ts";
import { chooseUps, openNut } from "./open.ts";
import { doubts } from "./plausible.ts";
import { quantities, type Reading, readVariables } from "./quantities.ts";

/**
 * Yields what upsd knows of the UPS at each interval, with the time of the answer. A change of state
 * is urgent, and so is a first sample that is not in order.
 * @throws Error when upsd is gone, refuses, or has itself lost the UPS.
 */
export async function* readUps(
  config: Config,
  signal: AbortSignal,
  report: Report,
  now: Clock,
): AsyncGenerator<DriverSample> {
  const client = await openNut(config, signal);
  try {
    const ups = await chooseUps(client, config);
    const tell = teller(report, `upsd at ${config.host}:${config.port}, ${ups}`);
    const seen = new Set<string>();
    const moved = new Set<string>();
    let state = "ok";
    for await (const _ of beats(config.intervalMs, AbortSignal.any([signal, client.lost]))) {
      const variables = await client.variables(ups);
      const ts = now();
      noteMoved(dumpOf(variables), moved);
      const reading = readVariables(variables, { now: ts, trusted: config.trusted, moved });
      tell(reading);
      const { values } = reading;
      const qc = { ...gone(seen, reading), ...reading.qc };
      for (const quantity of Object.keys({ ...values, ...qc })) seen.add(quantity);
      const urgent = reading.status.state !== state;
      state = reading.status.state;
      yield { ts, values, qc, ...(urgent && { urgent }) };
    }
    if (!signal.aborted) throw client.lost.reason;
  } catch (error) {
    // What was cut off by the abort is no failure.
    if (!signal.aborted) throw error;
  } finally {
    client.close();
  }
}

/** Quantities that were there and are no more: missing, not silent. An alarm text may end. */
function gone(seen: ReadonlySet<string>, { values, qc }: Reading): Record<string, 9> {
  const absent = [...seen].filter((quantity) => !(quantity in values || quantity in qc));
  return Object.fromEntries(absent.map((quantity) => [quantity, 9 as const]));
}

/** Reports what can't be read once, and again only when it has changed. */
function teller(report: Report, where: string): (reading: Reading) => void {
  const told = new Map<string, string>();
  return ({ noNumbers, status }) => {
    const words = status.strange.join(" ");
    const places = noNumbers.map(({ variable, text }) => [
      variable,
      `${JSON.stringify(text)} is no number`,
    ]);
    if (words)
      places.push([
        "ups.status",
        `${JSON.stringify(words)} is no status of NUT: not taken as in order`,
      ]);
    for (const [variable = "", reason = ""] of places) {
      if (told.get(variable) === reason) continue;
      told.set(variable, reason);
      report({ at: `${where}: ${variable}`, reason });
    }
  };
}

/** Every variable, with the quantity that it becomes and any doubt; every UPS when there are several. */
async function probe(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const client = await openNut(config, signal);
  try {
    const names = await client.listUps();
    const findings: Finding[] = [{ point: "VER", value: client.version }];
    for (const [name, description] of names)
      findings.push({ point: name, value: description, note: "UPS" });
    if (config.ups === undefined && names.size > 1) return findings;
    const ups = await chooseUps(client, config);
    const variables = await client.variables(ups);
    const known = { now: Date.now(), trusted: config.trusted };
    const doubted = doubts(variables, known);
    const { status } = readVariables(variables, known);
    findings.push({ point: `${ups}: ups_state`, value: status.state });
    for (const [name, value] of variables) {
      const quantity = Object.entries(quantities).find(([, from]) => from.includes(name))?.[0];
      const note = [quantity, doubted.get(name)].filter(Boolean).join("; ");
      findings.push({ point: name, value, ...(note && { note }) });
    }
    return findings;
  } finally {
    client.close();
  }
}

export const run: Driver<Config> = (config, signal, report) =>
  readUps(config, signal, report, Date.now);

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: ["passwordFile", "caFile"],
  probe: {
    schemes: ["nut"],
    /** `nut://[user:password@]host[:port][/ups]` */
    configOf({ hostname, port, pathname, username, password }) {
      return {
        host: hostname.replace(/^\[|\]$/g, ""),
        port: port ? Number(port) : defaults.port,
        ...(pathname.length > 1 && { ups: decodeURIComponent(pathname.slice(1)) }),
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
      };
    },
    run: probe,
  },
});
