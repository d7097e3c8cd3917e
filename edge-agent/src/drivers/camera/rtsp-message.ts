/** What comes from an RTSP server on one connection. */
export type Incoming =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly reason: string;
      /** By their names in lower case; several of one name are joined by commas. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "frame"; readonly channel: number; readonly payload: Buffer };
export type RtspResponse = Extract<Incoming, { kind: "response" }>;

const maxHeadBytes = 16 * 1024;
const maxBodyBytes = 64 * 1024;
const dollar = 0x24;

/**
 * Cuts the bytes of a connection into answers and interleaved frames (RFC 2326, 10.12).
 * The function that it gives throws an Error for what is no RTSP.
 */
export function rtspReader(): (chunk: Buffer) => Incoming[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    const found: Incoming[] = [];
    for (;;) {
      const taken = pending[0] === dollar ? takeFrame(pending) : takeResponse(pending);
      if (!taken) return found;
      pending = pending.subarray(taken.end);
      if (taken.incoming) found.push(taken.incoming);
    }
  };
}

interface Taken {
  readonly end: number;
  readonly incoming?: Incoming;
}

function takeFrame(bytes: Buffer): Taken | undefined {
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt16BE(2);
  if (bytes.length < end) return undefined;
  const channel = bytes[1] as number;
  return { end, incoming: { kind: "frame", channel, payload: bytes.subarray(4, end) } };
}

function takeResponse(bytes: Buffer): Taken | undefined {
  if (bytes.length === 0) return undefined;
  const start = bytes.toString("latin1", 0, 5);
  if (!"RTSP/".startsWith(start)) {
    throw new Error(`speaks no RTSP: it says ${JSON.stringify(bytes.toString("latin1", 0, 24))}`);
  }
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    if (bytes.length > maxHeadBytes) throw new Error("sends an answer without an end of its head");
    return undefined;
  }
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [, status, reason = ""] = /^RTSP\/\d\.\d (\d{3})(?: (.*))?$/.exec(first) ?? [];
  if (status === undefined) throw new Error(`speaks no RTSP: it says ${JSON.stringify(first)}`);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const length = Number(headers["content-length"] ?? 0);
  if (!(length >= 0 && length <= maxBodyBytes)) {
    throw new Error(`sends a body of ${headers["content-length"]} bytes, above ${maxBodyBytes}`);
  }
  const end = headEnd + 4 + length;
  if (bytes.length < end) return undefined;
  const body = bytes.toString("utf8", headEnd + 4, end);
  return { end, incoming: { kind: "response", status: Number(status), reason, headers, body } };
}
