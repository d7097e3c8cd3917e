import { setTimeout as wait } from "node:timers/promises";
import { nameOf, openBytes } from "../byte-stream.ts";
import { inTurn } from "../turns.ts";
import { type Config, defaults } from "./config.ts";
import { rtuFraming, shown, tcpFraming } from "./frame.ts";
import type { Place } from "./plan.ts";
import { Port } from "./port.ts";

/** A slave did not answer a request, or not with an answer to it. */
export class Silent extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "Silent";
  }
}

/** A slave answered with an exception. */
export class Refused extends Error {
  readonly code: number;
  constructor(code: number, options?: ErrorOptions) {
    super(`exception ${code}: ${exceptions[code] ?? "not one of the standard's"}`, options);
    this.name = "Refused";
    this.code = code;
  }
}

/** Exceptions of the Modbus application protocol, chapter 7, each with the way out. */
const exceptions: Readonly<Record<number, string>> = {
  1: "the device does not know this function; try another table",
  2: "the device has no such address; look it up in its manual, and whether that counts from 0 or 1",
  3: "the device does not take this count; read fewer at once",
  4: "the device has failed inside",
  5: "the device is still working on it",
  6: "the device is busy",
  8: "the device's memory has a parity error",
  10: "the gateway has no way to this unit; check its settings",
  11: "the gateway gets no answer from this unit; check its power, its wires and its unit id",
};
/** The gateway speaks for a unit that is silent. */
const spokenForSilent: readonly number[] = [10, 11];

const readers = {
  1: "readCoils",
  2: "readDiscreteInputs",
  3: "readHoldingRegisters",
  4: "readInputRegisters",
} as const;
export type ReadFunction = keyof typeof readers;

/** All that the library is used for. */
type Client = Record<
  (typeof readers)[ReadFunction],
  (address: number, length: number) => Promise<{ data: (number | boolean)[]; buffer: Buffer }>
> & { setID(unitId: number): void; open(): void };

/** One line with slaves on it. */
export interface Bus {
  readonly name: string;
  /**
   * Reads registers or bits. One request at a time; the connection is made when it is needed.
   * @throws Refused or Silent, which concern this slave; any other Error concerns the bus.
   */
  read(unitId: number, code: ReadFunction, place: Place): Promise<readonly (number | boolean)[]>;
  /** Lets the connection go and settles when it has gone; idempotent. */
  close(): Promise<void>;
}

/** Prepares a bus; nothing is opened yet. When the signal aborts, it closes. */
export function makeBus(config: Config, signal: AbortSignal): Bus {
  const { bus: source, timeoutMs } = config;
  const name = nameOf(source);
  const rtu = source.kind === "serial" || source.framing === "rtu";
  const gapMs = config.gapMs ?? gapOf(config);
  /** Until when what comes from a unit may still belong to a request that was given up. */
  const lateUntil = new Map<number, number>();
  let quietSince = 0;
  let link: { port: Port; client: Client } | undefined;

  let gone: Promise<void> = Promise.resolve();

  function drop(): void {
    if (link) gone = link.port.destroy();
    link = undefined;
  }

  async function connect(): Promise<NonNullable<typeof link>> {
    if (link?.port.isOpen) return link;
    drop();
    const { default: library } = await import("modbus-serial");
    const port = new Port(
      await openBytes(source, timeoutMs, signal),
      rtu ? rtuFraming : tcpFraming,
    );
    const client: Client = new library.default(port);
    client.open();
    link = { port, client };
    return link;
  }

  async function exchange(unitId: number, code: ReadFunction, { address, length }: Place) {
    signal.throwIfAborted();
    const { port, client } = await connect();
    // RTU answers carry no number: one that is late must have come and gone before the unit is asked anew.
    const restMs = Math.max(quietSince + gapMs, lateUntil.get(unitId) ?? 0) - performance.now();
    if (restMs > 0) await wait(restMs, undefined, { signal });
    let given: NodeJS.Timeout | undefined;
    let giveUp = (_: Error): void => {};
    const inVain = new Promise<never>((_, reject) => {
      giveUp = reject;
      given = setTimeout(() => reject(new Silent(unanswered(port.received, timeoutMs))), timeoutMs);
    });
    const closed = (): void => giveUp(new Silent("the connection was closed instead of an answer"));
    port.once("garbled", giveUp);
    port.once("close", closed);
    try {
      client.setID(unitId);
      const answer = await Promise.race([client[readers[code]](address, length), inVain]);
      const bytes = code <= 2 ? Math.ceil(length / 8) : length * 2;
      if (answer.buffer.length !== bytes) {
        throw new Silent(
          `an answer of ${answer.buffer.length} bytes where ${bytes} were asked for`,
        );
      }
      return answer.data.slice(0, length);
    } catch (error) {
      const fault = understood(error);
      if (fault instanceof Silent) {
        if (rtu) lateUntil.set(unitId, performance.now() + timeoutMs);
        // The rest of half a frame would be taken for the beginning of the next answer.
        else if (port.received.length > 0) drop();
      }
      throw fault;
    } finally {
      clearTimeout(given);
      port.forget();
      port.off("garbled", giveUp);
      port.off("close", closed);
      quietSince = performance.now();
    }
  }

  signal.addEventListener("abort", drop, { once: true });
  return {
    name,
    read: (unitId, code, place) => inTurn(name, () => exchange(unitId, code, place)),
    close() {
      signal.removeEventListener("abort", drop);
      drop();
      return gone;
    },
  };
}

function understood(error: unknown): Error {
  if (error instanceof Silent) return error;
  const { message, modbusCode } = error as Error & { modbusCode?: number };
  if (modbusCode === undefined) return new Silent(message, { cause: error });
  const refused = new Refused(modbusCode, { cause: error });
  return spokenForSilent.includes(modbusCode)
    ? new Silent(refused.message, { cause: refused })
    : refused;
}

function unanswered(received: Buffer, timeoutMs: number): string {
  return received.length === 0
    ? `no answer in ${timeoutMs} ms`
    : `half an answer or garbage in ${timeoutMs} ms (${shown(received)})`;
}

/** 3.5 characters of 11 bits, and 1.75 ms above 19200 baud (Modbus over serial line 2.5.1.1). */
function gapOf({ bus }: Config): number {
  if (bus.kind === "tcp") return bus.framing === "rtu" ? defaults.serverGapMs : 0;
  return Math.ceil(bus.baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / bus.baudRate);
}
