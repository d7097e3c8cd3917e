import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import * as z from "zod";

/** Serial settings, each with what most field devices leave the factory with. */
export const serialFields = {
  path: z.string().min(1).describe("the device file, such as /dev/ttyUSB0"),
  baudRate: z.int().positive().default(9600),
  dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
};

/** Where the bytes of a bus come from. */
export type ByteSource =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "serial";
      readonly path: string;
      readonly baudRate: number;
      readonly dataBits: 7 | 8;
      readonly parity: "none" | "even" | "odd";
      readonly stopBits: 1 | 2;
    };

/** The source as a person would name it. */
export function nameOf(source: ByteSource): string {
  return source.kind === "tcp" ? `tcp://${source.host}:${source.port}` : source.path;
}

/**
 * Opens it. The stream never throws later: a listener takes its errors, and it closes.
 * @throws Error naming the source, why it can't be opened, and what to try.
 */
export async function openBytes(
  source: ByteSource,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const stream =
    source.kind === "tcp" ? connect({ ...source, noDelay: true }) : await serial(source);
  stream.on("error", () => {});
  try {
    // once() rejects with the stream's error, so that the reason is not lost.
    await once(stream, source.kind === "tcp" ? "connect" : "open", { signal: inTime });
  } catch (cause) {
    stream.destroy();
    const why = inTime.aborted ? `no answer in ${timeoutMs} ms` : (cause as Error).message;
    const way =
      source.kind === "tcp"
        ? "check address, port and power, and that nobody else holds its only connection"
        : "check the path, that this user is in the group dialout, and that no other program has it open";
    throw new Error(`${nameOf(source)} can't be opened (${why}); ${way}`, { cause });
  }
  return stream;
}

async function serial(source: ByteSource & { kind: "serial" }): Promise<Duplex> {
  const { kind: _, ...options } = source;
  const { SerialPort } = await import("serialport").catch((cause: Error) => {
    throw new Error(
      `${source.path}: this installation has no serial ports (${cause.message}); install the optional package serialport, or use a TCP gateway`,
      { cause },
    );
  });
  const port = new SerialPort({ ...options, autoOpen: true });
  // The library ends neither with destroy() nor when the adapter is pulled out.
  port._destroy = (error, done) => {
    if (port.opening) port.once("open", () => port.close());
    if (port.isOpen) port.close(() => done(error));
    else done(error);
  };
  port.once("close", () => port.destroy());
  return port;
}
