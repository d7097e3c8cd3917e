import { randomUUID } from "node:crypto";
import { createSocket } from "node:dgram";
import { discoveryGroup } from "./config.ts";
import { hold } from "./deadline.ts";
import { allAt, parseXml, textAt } from "./xml.ts";

const port = 3702;
const discovery = "http://schemas.xmlsoap.org/ws/2005/04/discovery";
const addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

/** A camera that answered a WS-Discovery probe. */
export interface Discovered {
  /** Where its device service is. */
  readonly url: string;
  /** As it names itself; undefined when it does not. */
  readonly name: string | undefined;
  readonly hardware: string | undefined;
}

/**
 * Asks the network, by multicast, which ONVIF cameras are there, and listens for `waitMs`. One that
 * answers twice is given once; an answer that can't be read is passed over.
 * @throws Error when the network can't be asked.
 */
export async function discover(waitMs: number, signal: AbortSignal): Promise<Discovered[]> {
  const found = new Map<string, Discovered>();
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  const id = `urn:uuid:${randomUUID()}`;
  const failed = new Promise<never>((_, reject) => {
    socket.on("error", (cause) =>
      reject(new Error(`the network can't be asked for cameras: ${cause.message}`, { cause })),
    );
  });
  failed.catch(() => {});
  socket.on("message", (message) => {
    for (const each of matchesOf(message.toString("utf8"), id)) found.set(each.url, each);
  });
  try {
    const probe = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="${addressing}"><s:Header><a:Action s:mustUnderstand="1">${discovery}/Probe</a:Action><a:MessageID>${id}</a:MessageID><a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><Probe xmlns="${discovery}"><Types xmlns:n="http://www.onvif.org/ver10/network/wsdl">n:NetworkVideoTransmitter</Types></Probe></s:Body></s:Envelope>`;
    const sent = new Promise<void>((resolve, reject) => {
      socket.send(probe, port, discoveryGroup, (error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([sent, failed]);
    await hold(waitMs, signal, failed);
    return [...found.values()];
  } finally {
    socket.close();
  }
}

/** The cameras of one answer to the probe `id`. */
export function matchesOf(text: string, id: string): Discovered[] {
  try {
    const envelope = parseXml(text);
    if (textAt(envelope, "Envelope", "Header", "RelatesTo") !== id) return [];
    const matches = allAt(envelope, "Envelope", "Body", "ProbeMatches", "ProbeMatch");
    return matches.flatMap((match) => {
      const scopes = textAt(match, "Scopes")?.split(/\s+/) ?? [];
      const scope = (kind: string): string | undefined => {
        const found = scopes.find((each) => each.startsWith(`onvif://www.onvif.org/${kind}/`));
        return found && decoded(found.slice(found.lastIndexOf("/") + 1));
      };
      const [url] = textAt(match, "XAddrs")?.split(/\s+/) ?? [];
      return url ? [{ url, name: scope("name"), hardware: scope("hardware") }] : [];
    });
  } catch {
    return [];
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
