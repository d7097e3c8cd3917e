import type { Finding, Probe } from "../../driver.ts";
import { makeBus } from "./bus.ts";
import { type Config, defaults } from "./config.ts";
import { hear, slavesOf, wayOut } from "./slave.ts";

/** What an address without a query asks for: enough to see that somebody is there. */
const look = { unit: "1", function: "3", from: "0", count: "10" } as const;

/**
 * Prints what the configured points say. An address gives single registers of one unit:
 * `modbus://10.0.0.5:502?unit=1&function=3&from=0&count=10`; `modbus+rtu://` for a serial server that
 * passes bytes through, `modbus+serial:///dev/ttyUSB0?baudRate=9600&parity=even` for a line.
 */
export const probe: Probe<Config> = {
  schemes: ["modbus", "modbus+rtu", "modbus+serial"],
  configOf(address) {
    const query = { ...look, ...Object.fromEntries(address.searchParams) } as Record<
      string,
      string
    >;
    const from = Number(query["from"]);
    const code = Number(query["function"]);
    const points = Array.from({ length: Math.min(Number(query["count"]), 125) }, (_, index) => ({
      quantity: `${code <= 2 ? "bit" : "register"}_${from + index}`,
      function: code,
      address: from + index,
      ...(code >= 3 && { type: "u16" }),
    }));
    const { baudRate, parity } = query;
    const bus =
      address.protocol === "modbus+serial:"
        ? {
            kind: "serial",
            path: decodeURIComponent(address.pathname),
            ...(baudRate && { baudRate: Number(baudRate) }),
            ...(parity && { parity }),
          }
        : {
            kind: "tcp",
            host: address.hostname.replace(/^\[|\]$/g, ""),
            port: Number(address.port || defaults.port),
            framing: address.protocol === "modbus+rtu:" ? "rtu" : "tcp",
          };
    return { bus, slaves: [{ unitId: Number(query["unit"]), points }] };
  },
  async run(config, signal) {
    const bus = makeBus(config, signal);
    const findings: Finding[] = [];
    const silent: string[] = [];
    let answered = false;
    try {
      for (const slave of slavesOf(config)) {
        const notes = new Map<string, string>();
        const heard = await hear(slave, bus, ({ at, reason }) => notes.set(at, reason), Date.now);
        answered ||= heard.answered;
        if (heard.silent) silent.push(`unit ${slave.unitId}: ${heard.silent.message}`);
        for (const [{ at, point }, { value, flag }] of heard.readings) {
          const note = notes.get(at) ?? heard.silent?.message;
          const words = [point.quantity, flag === 2 ? "" : `flag ${flag}`, value === null && note];
          findings.push({ point: at, value, note: words.filter(Boolean).join("; ") });
        }
      }
    } finally {
      await bus.close();
    }
    if (answered) return findings;
    throw new Error(`${bus.name}: nobody answers (${silent.join("; ")}); ${wayOut}`);
  },
};
