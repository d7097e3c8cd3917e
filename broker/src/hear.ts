import type { Duplex } from "node:stream";
import { packetLength, packetType } from "./inspect.ts";
import type { Limits } from "./limits.ts";
import { Mqtt5 } from "./mqtt5.ts";

/** `MQTT` with its length before it: what follows is the protocol level. */
const protocolName = Buffer.from("\0\x04MQTT", "latin1");

/**
 * The protocol level of the CONNECT that begins with `bytes`: undefined while too little has come,
 * 0 when it is none that MQTT 3.1.1 or 5 knows.
 */
export function protocolLevel(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return bytes.length === 0 || isConnect(bytes) ? undefined : 0;
  if (!isConnect(bytes)) return 0;
  const length = packetLength(bytes, 0);
  if (length === undefined) return undefined;
  if (typeof length === "object") return 0;
  let at = 1;
  while ((bytes[at] ?? 0) >= 0x80) at++;
  const start = at + 1;
  const name = bytes.subarray(start, start + protocolName.length);
  if (!name.equals(protocolName.subarray(0, name.length))) return 0;
  const level = bytes[start + protocolName.length];
  if (level !== undefined && start + protocolName.length < length) return level & 0x7f;
  return bytes.length >= length ? 0 : undefined;
}

/** Its type in the upper half of the first byte, nothing in the lower [MQTT-2.2.2-1]. */
function isConnect(bytes: Buffer): boolean {
  return bytes[0] === packetType.connect << 4;
}

/**
 * Waits for the first bytes of a peer, which tell the version it speaks, and gives the stream of
 * MQTT 3.1.1 that is to be served: its own, or a translation. A peer that says nothing in time, or
 * leaves, is given to nobody.
 * @param ended called once when the wait is over, whatever came of it
 */
export function hearVersion(
  stream: Duplex,
  limits: Pick<Limits, "connectTimeoutMs" | "connectBytes" | "packetBytes">,
  heard: (stream: Duplex) => void,
  ended: (inTime: boolean) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    finish(false);
    stream.destroy();
  }, limits.connectTimeoutMs);
  const gone = (): void => finish(true);

  function finish(inTime: boolean): void {
    clearTimeout(timer);
    stream.off("data", take);
    stream.off("close", gone);
    ended(inTime);
  }
  function take(piece: Buffer): void {
    bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
    const length = bytes.length < 2 ? undefined : packetLength(bytes, 0);
    const tooLong = typeof length === "number" && length > limits.connectBytes;
    const level = tooLong ? 0 : protocolLevel(bytes);
    if (level === undefined) return;
    stream.pause();
    finish(true);
    stream.unshift(bytes);
    heard(level === 5 ? new Mqtt5(stream, limits.packetBytes) : stream);
    stream.resume();
  }
  stream.on("data", take);
  stream.on("close", gone);
  stream.on("error", () => stream.destroy());
}
