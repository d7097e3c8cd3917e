import { Buffer } from "node:buffer";
import { type Decoders, holdDecoders } from "../../decoder/decoder.ts";
import { DecoderError } from "../../decoder/sandbox.ts";
import type { Message } from "../listen.ts";
import { type Config, deviceKey } from "./config.ts";
import { readEvent } from "./event.ts";

/** The decoders that the configuration itself brings, by device; undefined when there are none. */
export function decodersOf({ devices }: Config): Decoders | undefined {
  const sources = Object.entries(devices).flatMap(([name, { decoder }]) =>
    decoder === undefined ? [] : [[name, decoder] as const],
  );
  return sources.length === 0 ? undefined : holdDecoders(new Map(sources));
}

/**
 * The message with what the device's own decoder makes of its payload in place of what the network
 * server may have decoded; as it was where the device has none. A decoder that fails is an error of the
 * uplink, like one at the server.
 */
export async function decodeOwn(decoders: Decoders, message: Message): Promise<Message> {
  const document = documentOf(message.payload);
  if (!document) return message;
  const event = readEvent(message.topic, document);
  const name = event.names.map(deviceKey).find((each) => decoders.names.has(each));
  if (event.kind !== "uplink" || !event.hasPayload || name === undefined) return message;
  const { object, errors } = await decoders
    .decode(name, {
      bytes: [...Buffer.from(event.payload, "base64")],
      fPort: portOf(document),
      ...(event.ts !== undefined && { recvTime: new Date(event.ts).toISOString() }),
    })
    .then(({ data, errors: told }) => ({ object: data, errors: told }))
    .catch((error: unknown) => {
      if (!(error instanceof DecoderError)) throw error;
      return { object: undefined, errors: [error.message] };
    });
  const uplink = document["uplink_message"];
  const said =
    typeof uplink === "object" && uplink !== null
      ? {
          ...document,
          uplink_message: { ...uplink, decoded_payload: object, decoded_payload_errors: errors },
        }
      : { ...document, object, errors };
  return { ...message, payload: Buffer.from(JSON.stringify(said)) };
}

function documentOf(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(payload.toString("utf8"));
    return typeof document === "object" && document !== null && !Array.isArray(document)
      ? (document as Record<string, unknown>)
      : undefined;
  } catch {
    // What is no JSON is told of where the event is read.
    return undefined;
  }
}

/** A port of zero is left out of the JSON of either server. */
function portOf(document: Record<string, unknown>): number {
  const { fPort, uplink_message: uplink } = document as {
    fPort?: unknown;
    uplink_message?: { f_port?: unknown };
  };
  return Number(fPort ?? uplink?.f_port ?? 0);
}
