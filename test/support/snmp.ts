import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { absent, freePort, start, until } from "./counterpart.ts";
import { temporaryFolder } from "./folder.ts";

const execute = promisify(execFile);

/** Why tests with an SNMP simulator are skipped here, or undefined when it is installed. */
export function noSnmpsim(): string | undefined {
  return absent("snmpsimd", "snmpsim") ?? absent("snmpget", "snmp");
}

/** Why tests with Net-SNMP's agent are skipped here, or undefined when it is installed. */
export function noSnmpd(): string | undefined {
  return absent("snmpd") ?? absent("snmpget", "snmp");
}

/** A running agent on a free port of the loopback interface. */
export interface SnmpAgent {
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

async function agent(
  program: string,
  args: readonly string[],
  port: number,
  answer: readonly string[],
  folder: Disposable,
  env: NodeJS.ProcessEnv = {},
): Promise<SnmpAgent> {
  let running: ReturnType<typeof start> | undefined;
  const made: SnmpAgent = {
    port,
    async start() {
      const started = start(program, args, {
        env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, ...env },
      });
      running = started;
      await until(
        async () => {
          if (started.child.exitCode !== null) throw new Error(`it ended: ${started.output()}`);
          return execute("snmpget", [
            "-t",
            "1",
            "-r",
            "0",
            ...answer,
            `127.0.0.1:${port}`,
            sysDescr,
          ]).then(
            () => true,
            () => false,
          );
        },
        `${program} to answer`,
        60_000,
      );
    },
    async stop() {
      await running?.stop("SIGKILL");
      running = undefined;
    },
    async dispose() {
      await made.stop();
      folder[Symbol.dispose]();
    },
  };
  await made.start();
  return made;
}

const sysDescr = "1.3.6.1.2.1.1.1.0";

/** snmpsim with these walks: a file to be copied, or `OID|type|value` lines, by community. */
export async function startSnmpsim(
  walks: Readonly<Record<string, { file: string } | { lines: readonly string[] }>>,
): Promise<SnmpAgent> {
  const folder = temporaryFolder("snmpsim");
  const [data, cache] = [join(folder.path, "data"), join(folder.path, "cache")];
  for (const path of [data, cache]) mkdirSync(path);
  for (const [community, walk] of Object.entries(walks)) {
    const target = join(data, `${community}.snmprec`);
    if ("file" in walk) copyFileSync(walk.file, target);
    else writeFileSync(target, `${walk.lines.join("\n")}\n`);
    chmodSync(target, 0o644);
  }
  writeFileSync(join(data, "ready.snmprec"), `${sysDescr}|4|ready\n`);
  // It gives up its rights when it is root, and reads and writes as nobody.
  chmodSync(folder.path, 0o755);
  chmodSync(data, 0o755);
  chmodSync(cache, 0o777);
  const port = await freePort();
  const args = [
    `--data-dir=${data}`,
    `--cache-dir=${cache}`,
    `--agent-udpv4-endpoint=127.0.0.1:${port}`,
    ...(process.getuid?.() === 0 ? ["--process-user=nobody", "--process-group=nogroup"] : []),
  ];
  return agent("snmpsimd", args, port, ["-v2c", "-c", "ready"], folder);
}

/** A user of Net-SNMP's agent. */
export interface SnmpUser {
  readonly name: string;
  readonly auth: "SHA" | "SHA-256";
  readonly authPassword: string;
  readonly privPassword: string;
}

/** Net-SNMP's own agent with v3 users, privacy by AES. */
export async function startSnmpd(
  users: readonly SnmpUser[],
  lines: readonly string[] = [],
): Promise<SnmpAgent> {
  const folder = temporaryFolder("snmpd");
  const port = await freePort();
  const config = join(folder.path, "snmpd.conf");
  writeFileSync(
    config,
    [
      `agentaddress udp:127.0.0.1:${port}`,
      "rocommunity ready 127.0.0.1",
      ...users.flatMap(({ name, auth, authPassword, privPassword }) => [
        `createUser ${name} ${auth} "${authPassword}" AES "${privPassword}"`,
        `rouser ${name} priv`,
      ]),
      ...lines,
      "",
    ].join("\n"),
    { mode: 0o600 },
  );
  return agent("snmpd", ["-f", "-Lo", "-C", "-c", config], port, ["-v2c", "-c", "ready"], folder, {
    SNMP_PERSISTENT_DIR: folder.path,
  });
}

/** Sends a trap with Net-SNMP's own tool: upsTrapOnBattery. */
export async function sendTrap(port: number): Promise<void> {
  const trap = ["", "1.3.6.1.2.1.33.2.1", "1.3.6.1.2.1.33.1.2.3.0", "i", "42"];
  await execute("snmptrap", ["-v2c", "-c", "public", `127.0.0.1:${port}`, ...trap]);
}
