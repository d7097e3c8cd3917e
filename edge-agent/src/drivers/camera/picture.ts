import { type Acquaintance, addressesOf, credentialsOf, soapContext } from "./acquaintance.ts";
import type { Config } from "./config.ts";
import { ask } from "./http.ts";
import { describe, readClock } from "./onvif.ts";
import { maxPictureBytes } from "./snapshot.ts";

/**
 * Fetches one picture as the camera makes it, for somebody who asked for it with a purpose. Nothing in
 * the driver's rounds does.
 * @throws RefusedError when the login is not accepted; Error when the camera has no picture.
 */
export async function fetchPicture(config: Config, signal: AbortSignal): Promise<Uint8Array> {
  if (config.snapshot === false) throw new Error("snapshot is switched off for this camera");
  const known: Acquaintance = { clockOffsetMs: 0 };
  const credentials = await credentialsOf(config);
  const { onvif } = addressesOf(config, known);
  if (config.snapshot.url === undefined && onvif && config.onvif !== false) {
    const context = soapContext(config, known, credentials, Date.now, signal);
    known.clockOffsetMs = (await readClock(onvif, context)) - Date.now();
    known.description = await describe(onvif, config.host, config.onvif.profile, context);
  }
  const { snapshot } = addressesOf(config, known);
  if (!snapshot) {
    throw new Error(`${config.host} names no address of a picture: set snapshot.url if it has one`);
  }
  const question = { url: snapshot, credentials, timeoutMs: config.timeoutMs, signal };
  const { status, contentType, body } = await ask(question, maxPictureBytes);
  const where = `${snapshot.origin}${snapshot.pathname}`;
  if (status !== 200) throw new Error(`${where} answers ${status} and no picture`);
  if (body[0] !== 0xff || body[1] !== 0xd8) {
    throw new Error(`${where} answers ${contentType || "something"} and no JPEG`);
  }
  return body;
}
