import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { absent, type Counterpart, freePort, start, until } from "./counterpart.ts";
import { temporaryFolder } from "./folder.ts";

/** Debian's own folder of NUT's programs: /usr/sbin/upsd is a wrapper that the package switches off. */
const programs = "/lib/nut";
const execute = promisify(execFile);

/** Why tests with a real upsd are skipped here, or undefined when it is installed. */
export function noNut(): string | undefined {
  return absent("upsc", "nut-client") ?? absent("upsd", "nut-server");
}

/** Why tests with NUT's SNMP driver are skipped here, or undefined when it is installed. */
export function noNutSnmp(): string | undefined {
  return noNut() ?? absent("../lib/nut/snmp-ups", "nut-snmp");
}

/** One UPS of a server: a driver of NUT and its settings in ups.conf. */
export interface NutDriver {
  readonly driver: "dummy-ups" | "snmp-ups";
  /** What dummy-ups plays: `name: value` lines; a script with TIMER lines loops, others are served as they are. */
  readonly plays?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real upsd with its drivers, on a free port of the loopback interface. */
export interface Upsd {
  readonly port: number;
  /** Starts the drivers and the server, and waits until it listens. */
  start(): Promise<void>;
  /** Ends the server alone. */
  stopServer(): Promise<void>;
  /** Ends one driver; the server stays. */
  stopDriver(name: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What NUT's own client reads; undefined while the server has no data of the UPS. */
export async function upsc(
  name: string,
  port: number,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { stdout } = await execute("upsc", [`${name}@127.0.0.1:${port}`]);
    const lines = stdout.split("\n").filter((line) => line.includes(":"));
    return new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
  } catch {
    return undefined;
  }
}

/** Starts upsd with drivers; `users` are passwords by name, `config` further lines of upsd.conf. */
export async function startUpsd(options: {
  upses: Readonly<Record<string, NutDriver>>;
  users?: Readonly<Record<string, string>>;
  config?: readonly string[];
}): Promise<Upsd> {
  const folder = temporaryFolder("nut");
  const [conf, state] = [join(folder.path, "conf"), join(folder.path, "state")];
  mkdirSync(conf);
  mkdirSync(state, { mode: 0o700 });
  const port = await freePort();
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(conf, name), `${lines.join("\n")}\n`, { mode: 0o600 });
  const sections = Object.entries(options.upses).map(([name, { driver, plays, settings }]) => {
    const file = `${name}.${plays?.includes("TIMER") ? "seq" : "dev"}`;
    if (plays !== undefined) write(file, [plays]);
    const lines = Object.entries({ ...(plays !== undefined && { port: file }), ...settings });
    return [
      `[${name}]`,
      `driver = ${driver}`,
      ...lines.map(([key, value]) => `${key} = "${value}"`),
    ];
  });
  write("nut.conf", ["MODE=standalone"]);
  write("ups.conf", ["maxretry = 1", ...sections.flat()]);
  write("upsd.conf", [`LISTEN 127.0.0.1 ${port}`, "MAXAGE 5", ...(options.config ?? [])]);
  write(
    "upsd.users",
    Object.entries(options.users ?? {}).flatMap(([name, password]) => [
      `[${name}]`,
      `password = ${password}`,
      "upsmon secondary",
    ]),
  );

  const env = {
    ...process.env,
    NUT_CONFPATH: conf,
    NUT_STATEPATH: state,
    NUT_QUIET_INIT_SSL: "true",
  };
  // Run as root, NUT would give up its rights and then could not read the test's folder.
  const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
  const drivers = new Map<string, Counterpart>();
  let server: Counterpart | undefined;
  const upsd: Upsd = {
    port,
    async start() {
      for (const [name, { driver }] of Object.entries(options.upses)) {
        if (drivers.has(name)) continue;
        drivers.set(name, start(join(programs, driver), ["-a", name, "-F", ...user], { env }));
      }
      const started = start(join(programs, "upsd"), ["-F", ...user], { env });
      server = started;
      await until(async () => {
        if (started.child.exitCode !== null) throw new Error(`upsd ended: ${started.output()}`);
        for (const [name, { child, output }] of drivers)
          if (child.exitCode !== null) throw new Error(`the driver of ${name} ended: ${output()}`);
        const answers = Object.keys(options.upses).map((name) => upsc(name, port));
        return (await Promise.all(answers)).every((variables) => variables?.has("driver.name"));
      }, "upsd to have all data");
    },
    async stopServer() {
      await server?.stop();
      server = undefined;
    },
    async stopDriver(name) {
      await drivers.get(name)?.stop();
      drivers.delete(name);
    },
    async dispose() {
      await upsd.stopServer();
      await Promise.all([...drivers.values()].map((driver) => driver.stop()));
      rmSync(folder.path, { recursive: true, force: true });
    },
  };
  await upsd.start();
  return upsd;
}
