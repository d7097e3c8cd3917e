import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Counterpart, freePort, start, until } from "./counterpart.ts";

/** One port of a Mosquitto; the default is a plain one on which anybody may do anything. */
export interface MosquittoListener {
  /** A free one when absent. */
  readonly port?: number;
  readonly protocol?: "mqtt" | "websockets";
  /** User names and passwords; anonymous when absent. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of an access control file. */
  readonly acl?: readonly string[];
  /** Paths of PEM files; with `clientCertificates` the common name is the user. */
  readonly tls?: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    readonly clientCertificates?: boolean;
  };
}

export interface Mosquitto extends Counterpart {
  /** In the order of the listeners. */
  readonly ports: readonly number[];
  /** URL of the first listener. */
  readonly url: string;
}

/**
 * Starts the real broker, which keeps nothing, with its files in `folder`.
 * @param settings further lines of mosquitto.conf
 */
export async function startMosquitto(
  folder: string,
  listeners: readonly MosquittoListener[] = [{}],
  settings: readonly string[] = [],
): Promise<Mosquitto> {
  const ports: number[] = [];
  const lines = ["persistence false", "per_listener_settings true", "log_dest stderr"];
  for (const [index, listener] of listeners.entries()) {
    const port = listener.port ?? (await freePort());
    ports.push(port);
    lines.push(`listener ${port} 127.0.0.1`, `protocol ${listener.protocol ?? "mqtt"}`);
    lines.push(`allow_anonymous ${!listener.users && !listener.tls?.clientCertificates}`);
    if (listener.users) lines.push(`password_file ${passwordFile(folder, index, listener.users)}`);
    if (listener.acl) {
      const file = join(folder, `acl-${index}`);
      writeFileSync(file, `${listener.acl.join("\n")}\n`, { mode: 0o600 });
      lines.push(`acl_file ${file}`);
    }
    if (listener.tls) {
      const { ca, cert, key, clientCertificates } = listener.tls;
      lines.push(`cafile ${ca}`, `certfile ${cert}`, `keyfile ${key}`);
      if (clientCertificates)
        lines.push("require_certificate true", "use_identity_as_username true");
    }
  }
  // Run as root, Mosquitto would give up its rights and then could not read the test's folder.
  if (process.getuid?.() === 0) lines.push("user root");
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `${[...lines, ...settings].join("\n")}\n`);
  const broker = start("mosquitto", ["-c", config], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  await until(async () => {
    if (broker.child.exitCode !== null) throw new Error(`mosquitto ended: ${broker.output()}`);
    return (await Promise.all(ports.map(accepts))).every(Boolean);
  }, "mosquitto to listen");
  const tls = listeners[0]?.tls ? "s" : "";
  const scheme = listeners[0]?.protocol === "websockets" ? `ws${tls}` : `mqtt${tls}`;
  return { ...broker, ports, url: `${scheme}://127.0.0.1:${ports[0]}` };
}

function passwordFile(
  folder: string,
  index: number,
  users: Readonly<Record<string, string>>,
): string {
  const file = join(folder, `passwords-${index}`);
  const lines = Object.entries(users).map(([name, password]) => `${name}:${password}`);
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  const hashed = spawnSync("mosquitto_passwd", ["-U", file], { encoding: "utf8" });
  if (hashed.status !== 0) throw new Error(`mosquitto_passwd: ${hashed.stderr ?? hashed.error}`);
  return file;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
