import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/**
 * Why tests with a real counterpart are skipped here, or undefined when it is installed.
 * @throws Error under CI, where every counterpart must be present.
 */
export function absent(program: string, debianPackage = program): string | undefined {
  const folders = `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/usr/bin`.split(delimiter);
  const found = folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return undefined;
  const reason = `${program} is not installed (apt-get install ${debianPackage})`;
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** Below the ports that the kernel gives to outgoing connections: one of those could take the port while its server restarts. */
const lowestPort = 16_000;
const highestPort = 32_000;
/** Test files that run beside each other take ports of different remainders: none takes the port of a server that another restarts. */
const lanes = 8;
const lane = Number(process.env.VITEST_POOL_ID ?? 0) % lanes;

let nextPort =
  lane + lanes * Math.floor((lowestPort + Math.random() * (highestPort - lowestPort)) / lanes);

/** A TCP port of the loopback interface that was free a moment ago; never the same twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort;
    nextPort = port + lanes < highestPort ? port + lanes : lowestPort + lane;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A process started by a test, and ended by it alone. */
export interface Counterpart {
  readonly child: ChildProcess;
  /** All that it printed so far, on both streams. */
  output(): string;
  /** Ends it and waits for its exit. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program; the caller waits for it with `until`. */
export function start(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Counterpart {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      printed += String(error);
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  return {
    child,
    output: () => printed,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
    },
  };
}

/**
 * Waits until `condition` gives something truthy, and gives that; asks again every few milliseconds.
 * The patience is for a machine that is many times slower than ours; only what fails takes as long.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await Promise.resolve(condition());
    if (value) return value as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
