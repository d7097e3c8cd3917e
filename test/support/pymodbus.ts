import { spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { absent, type Counterpart, freePort, start, until } from "./counterpart.ts";

/** Debian's Python, which has Debian's modules. */
const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("modbus-server.py", import.meta.url));

/** What a unit holds: for each table, runs of values by their first address. */
export interface UnitImage {
  readonly coils?: Readonly<Record<number, readonly number[]>>;
  readonly discrete?: Readonly<Record<number, readonly number[]>>;
  readonly holding?: Readonly<Record<number, readonly number[]>>;
  readonly input?: Readonly<Record<number, readonly number[]>>;
}
/** By unit id. */
export type Image = Readonly<Record<number, UnitImage>>;

/**
 * Why tests with pymodbus are skipped here, or undefined when it is installed.
 * @throws Error under CI.
 */
export function absentPymodbus(): string | undefined {
  const missing = absent("socat");
  if (missing) return missing;
  const imports = "import pymodbus.server, serial_asyncio";
  if (spawnSync(python, ["-c", imports]).status === 0) return undefined;
  const reason =
    "pymodbus is not installed (apt-get install python3-pymodbus python3-serial python3-serial-asyncio)";
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** Starts a Modbus TCP server. */
export async function startModbusTcp(
  folder: string,
  image: Image,
  port?: number,
): Promise<Counterpart & { readonly port: number }> {
  const at = port ?? (await freePort());
  const server = start(python, [script, "tcp", String(at), imageFile(folder, image)]);
  await until(() => {
    if (server.child.exitCode !== null) throw new Error(`pymodbus ended: ${server.output()}`);
    return accepts(at);
  }, "pymodbus to listen");
  return { ...server, port: at };
}

/**
 * Starts a Modbus RTU server at one end of a pair of pseudo-terminals.
 * @returns the path of the other end
 */
export async function startModbusRtu(
  folder: string,
  image: Image,
): Promise<Counterpart & { readonly path: string }> {
  const line = await startSerialLine(folder);
  const server = start(python, [script, "rtu", line.ends[0], imageFile(folder, image)]);
  await until(() => {
    if (server.child.exitCode !== null) throw new Error(`pymodbus ended: ${server.output()}`);
    return holdsTerminal(server.child.pid);
  }, "pymodbus to open the line");
  return {
    ...server,
    path: line.ends[1],
    async stop(signal) {
      await server.stop(signal);
      await line.stop();
    },
  };
}

/** A serial line: what goes into one end comes out of the other. */
export async function startSerialLine(
  folder: string,
): Promise<Counterpart & { readonly ends: readonly [string, string] }> {
  const ends = [join(folder, "tty-a"), join(folder, "tty-b")] as const;
  const socat = start(
    "socat",
    ends.map((path) => `pty,raw,echo=0,link=${path}`),
  );
  await until(() => {
    if (socat.child.exitCode !== null) throw new Error(`socat ended: ${socat.output()}`);
    return ends.every((path) => existsSync(path));
  }, "socat to make the line");
  // socat ends with the first program that lets go of an end, unless somebody else still holds it.
  const held = ends.map((path) => openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  return {
    ...socat,
    ends,
    async stop(signal) {
      await socat.stop(signal);
      for (const fd of held.splice(0)) closeSync(fd);
    },
  };
}

function holdsTerminal(pid: number | undefined): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((fd) => {
    try {
      return readlinkSync(join(folder, fd)).startsWith("/dev/pts/");
    } catch {
      return false;
    }
  });
}

function imageFile(folder: string, image: Image): string {
  const file = join(folder, "image.json");
  writeFileSync(file, JSON.stringify(image));
  return file;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
