import type { Finding, Probe } from "../../driver.ts";
import { inTurn } from "../turns.ts";
import type { Config } from "./config.ts";
import { makeGateway, Silent } from "./gateway.ts";
import { identificationOf } from "./line.ts";
import { ask, measure } from "./measure.ts";

/** Where sensors usually are; the standard allows 62 addresses. */
const usual = "0123456789";
/** Nobody is there at most of the addresses: each is asked once, and not for long. */
const lookMs = 500;

/**
 * Names the sensors and prints what they measure. An address asks 0 to 9, or the sensors that its
 * path names: `sdi12://10.0.0.7:4001/0aB`; `sdi12+serial:///dev/ttyUSB0?sensors=0aB` for a line.
 */
export const probe: Probe<Config> = {
  schemes: ["sdi12", "sdi12+serial"],
  configOf(address) {
    const serial = address.protocol === "sdi12+serial:";
    const baudRate = address.searchParams.get("baudRate");
    const named = serial ? address.searchParams.get("sensors") : address.pathname.slice(1);
    return {
      bus: serial
        ? {
            kind: "serial",
            path: decodeURIComponent(address.pathname),
            ...(baudRate && { baudRate: Number(baudRate) }),
          }
        : {
            kind: "tcp",
            host: address.hostname.replace(/^\[|\]$/g, ""),
            port: Number(address.port),
          },
      timeoutMs: lookMs,
      attempts: 1,
      sensors: [...(named || usual)].map((each) => ({ address: each, crc: false, points: [] })),
    };
  },
  async run(config, signal) {
    const gateway = makeGateway(config, signal);
    const findings: Finding[] = [];
    try {
      for (const sensor of config.sensors) {
        const { address } = sensor;
        await inTurn(gateway.name, async () => {
          try {
            const note = await ask(gateway, `${address}I!`, config, (line) =>
              identificationOf(line, address),
            );
            findings.push({ point: `sensor ${address}`, value: null, note });
            const values = await measure(gateway, sensor, config);
            for (const [index, value] of values.entries())
              findings.push({ point: `sensor ${address} value ${index + 1}`, value });
          } catch (error) {
            if (!(error instanceof Silent)) throw error;
            if (findings.at(-1)?.point === `sensor ${address}`)
              findings.push({ point: `sensor ${address}`, value: null, note: error.message });
          }
        });
      }
    } finally {
      await gateway.close();
    }
    if (findings.length > 0) return findings;
    const asked = config.sensors.map(({ address }) => address).join("");
    throw new Error(
      `${gateway.name}: no sensor answers at the addresses ${asked}; name others in the address, check power and bus`,
    );
  },
};
