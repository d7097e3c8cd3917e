import { readFile } from "node:fs/promises";
import { type ClientOptions, connectNut, type NutClient } from "./client.ts";
import type { Config } from "./config.ts";

/**
 * Connects as configured. With a user name its password is checked on a connection of its own, which
 * is closed at once: a client that stays logged in would hold up a shutdown that waits for it.
 */
export async function openNut(config: Config, signal: AbortSignal): Promise<NutClient> {
  const options = await optionsOf(config);
  if (options.credentials) {
    const check = await connectNut(options, signal);
    try {
      await check.login(await chooseUps(check, config));
    } finally {
      check.close();
    }
  }
  return connectNut(options, signal);
}

/**
 * The configured UPS, or the only one.
 * @throws Error naming those that there are when it is another, or several.
 */
export async function chooseUps(client: NutClient, config: Config): Promise<string> {
  const names = [...(await client.listUps()).keys()];
  const where = `upsd at ${config.host}:${config.port}`;
  const { ups = names.length === 1 ? names[0] : undefined } = config;
  if (names.length === 0) throw new Error(`${where} has no UPS; add one to its ups.conf`);
  if (ups === undefined)
    throw new Error(`${where} has several UPSes: set ups to one of ${names.join(", ")}`);
  if (!names.includes(ups))
    throw new Error(
      `${where} has no UPS ${JSON.stringify(ups)}; set ups to one of ${names.join(", ")}`,
    );
  return ups;
}

async function optionsOf(config: Config): Promise<ClientOptions> {
  const { host, port, timeoutMs, starttls, caFile, username, passwordFile } = config;
  const password = passwordFile
    ? (await readFile(passwordFile, "utf8")).split(/\r?\n/, 1)[0]
    : config.password;
  const ca = caFile ? await readFile(caFile, "utf8") : undefined;
  return {
    host,
    port,
    timeoutMs,
    ...(starttls && { tls: { ca } }),
    ...(username && password && { credentials: { username, password } }),
  };
}
