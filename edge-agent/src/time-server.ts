import { createSocket } from "node:dgram";

const packetBytes = 48;
/** Seconds from 1900, where NTP begins, to 1970. */
const ntpEpochS = 2_208_988_800;
const fractions = 2 ** 32;
/** The century of NTP that began in 2036 counts from 0 again. */
const eraS = 2 ** 32;

/** A time in milliseconds since 1970 out of NTP's seconds and fractions. */
function timeAt(packet: Buffer, offset: number): number {
  const seconds = packet.readUInt32BE(offset);
  const era = seconds < ntpEpochS ? eraS : 0;
  return (seconds + era - ntpEpochS) * 1000 + (packet.readUInt32BE(offset + 4) / fractions) * 1000;
}

/**
 * Asks a time server once (SNTP, RFC 4330) and gives its time less ours in milliseconds, the way
 * there and back taken as equally long. Sets no clock.
 * @param server `host` or `host:port`, port 123 when absent
 * @throws Error when it does not answer in time, or says that it does not know the time itself.
 */
export async function askTime(
  server: string,
  { now, timeoutMs, signal }: { now: () => number; timeoutMs: number; signal: AbortSignal },
): Promise<number> {
  const { hostname, port } = new URL(`ntp://${server}`);
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = createSocket({ type: hostname.startsWith("[") ? "udp6" : "udp4", signal });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const fail = (why: string, cause?: unknown): void =>
    reject(new Error(`time server ${server}: ${why}; check its name and port 123/udp`, { cause }));
  const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
  const request = Buffer.alloc(packetBytes);
  request.writeUInt8((4 << 3) | 3, 0); // version 4, client
  // Not our time but a number of our own: the answer repeats it, and a stranger can't guess it.
  crypto.getRandomValues(request.subarray(40));
  let sentAt = 0;
  socket.on("error", (cause) => fail(cause.message, cause));
  socket.on("close", () => fail("given up"));
  socket.on("message", (answer) => {
    const receivedAt = now();
    if (answer.length < packetBytes || !answer.subarray(24, 32).equals(request.subarray(40)))
      return;
    const leap = answer.readUInt8(0) >> 6;
    const stratum = answer.readUInt8(1);
    if (leap === 3 || stratum === 0 || stratum > 15) {
      fail("it does not know the time itself");
      return;
    }
    resolve((timeAt(answer, 32) - sentAt + (timeAt(answer, 40) - receivedAt)) / 2);
  });
  socket.connect(port ? Number(port) : 123, host, () => {
    sentAt = now();
    socket.send(request);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.removeAllListeners("close");
    if (!signal.aborted) socket.close();
  }
}
