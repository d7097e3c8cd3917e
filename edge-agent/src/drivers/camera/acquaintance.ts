import { readFile } from "node:fs/promises";
import type { Clock } from "@kenh/schemas";
import type { Config } from "./config.ts";
import { alertStreamPath } from "./isapi.ts";
import type { Credentials } from "./login.ts";
import type { Description } from "./onvif.ts";
import type { SoapContext } from "./soap.ts";

/** What we know of one camera, from round to round. */
export interface Acquaintance {
  /** What it says of itself; undefined until it has been asked, and after each time it was away. */
  description?: Description;
  /** Its clock less ours; 0 until it has been asked. */
  clockOffsetMs: number;
  /** The login that it did not accept, and when. */
  refused?: { readonly password: string | undefined; readonly at: number };
}

/** @throws Error when the file of the password can't be read. */
export async function credentialsOf(config: Config): Promise<Credentials | undefined> {
  const { username, password, passwordFile } = config;
  if (username === undefined) return undefined;
  if (passwordFile === undefined) return { username, password: password ?? "" };
  const text = await readFile(passwordFile, "utf8").catch((cause: Error) => {
    throw new Error(
      `${passwordFile} can't be read (${cause.message}); check the path and its permissions`,
      { cause },
    );
  });
  return { username, password: text.split(/\r?\n/, 1)[0] ?? "" };
}

/** Whether the camera has refused this very login so lately that another try could lock the account. */
export function isHeld(
  { refused }: Acquaintance,
  credentials: Credentials | undefined,
  config: Config,
  now: number,
): boolean {
  return (
    refused !== undefined &&
    refused.password === credentials?.password &&
    now - refused.at < config.refusedRetryMs
  );
}

/** How its SOAP services are called. */
export function soapContext(
  config: Config,
  known: Acquaintance,
  credentials: Credentials | undefined,
  now: Clock,
  signal: AbortSignal,
): SoapContext {
  const cameraNow = () => now() + known.clockOffsetMs;
  return { credentials, cameraNow, timeoutMs: config.timeoutMs, signal };
}

/** Where its services are: what the configuration names, else what the camera names. */
export function addressesOf(config: Config, known: Acquaintance) {
  const { host, onvif, rtsp, snapshot, isapi } = config;
  const base = `http://${host}`;
  const given = (text: string | undefined, found: URL | undefined) =>
    text === undefined ? found : new URL(text);
  return {
    onvif: onvif === false ? undefined : new URL(onvif.url ?? `${base}/onvif/device_service`),
    stream: rtsp === false ? undefined : given(rtsp.url, known.description?.streamUri),
    snapshot: snapshot === false ? undefined : given(snapshot.url, known.description?.snapshotUri),
    isapi:
      isapi === false
        ? undefined
        : new URL(isapi === true ? `${base}${alertStreamPath}` : isapi.url),
  };
}
