import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Counterpart, freePort, start, until } from "./counterpart.ts";

/** Debian's own Python: its packages are not those of another Python that stands first in PATH. */
const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("smtp-server.py", import.meta.url));

/** Why tests with a real mail server are skipped here, or undefined when it is installed. */
export function noSmtpServer(): string | undefined {
  if (spawnSync(python, ["-c", "import aiosmtpd"]).status === 0) return undefined;
  const reason = "aiosmtpd is not installed (apt-get install python3-aiosmtpd)";
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** A mail as the server took it. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly references: string | null;
  readonly importance: string | null;
  readonly encrypted: boolean;
  readonly user: string | null;
}

export interface SmtpServer extends Counterpart {
  readonly port: number;
  mails(): TakenMail[];
}

/** Starts aiosmtpd on a port of the loopback interface. */
export async function startSmtpServer(
  options: {
    readonly port?: number;
    readonly tls?: "starttls" | "implicit";
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly user?: string;
    readonly password?: string;
    /** Addresses that are no mailbox here. */
    readonly refuse?: readonly string[];
  } = {},
): Promise<SmtpServer> {
  const port = options.port ?? (await freePort());
  const { tls, certFile, keyFile, user, password, refuse = [] } = options;
  const given = { "--tls": tls, "--cert": certFile, "--key": keyFile, "--user": user };
  const args = Object.entries({ ...given, "--password": password }).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  );
  for (const address of refuse) args.push("--refuse", address);
  const server = start(python, [script, String(port), ...args]);
  let printed = "";
  server.child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await until(() => {
    if (server.child.exitCode !== null) throw new Error(`aiosmtpd ended: ${server.output()}`);
    return server.output().includes("listening");
  }, "the mail server to listen");
  return {
    ...server,
    port,
    mails: () =>
      printed
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as TakenMail),
  };
}
