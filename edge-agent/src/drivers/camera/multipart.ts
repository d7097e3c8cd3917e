/** One part of a multipart stream. */
export interface Part {
  readonly contentType: string;
  readonly body: Buffer;
}

const maxHeadBytes = 8 * 1024;
/** An alert may bring a picture, which is passed over: it must fit all the same. */
const maxPartBytes = 4 * 1024 * 1024;
const headEnd = Buffer.from("\r\n\r\n");

/**
 * The parts of a multipart stream as they come (RFC 2046, 5.1), by their Content-Length or, without
 * one, when the next boundary comes.
 * @param contentType of the whole, naming the boundary
 * @throws Error when it names none, or a part is larger than any that is meant.
 */
export async function* partsOf(
  contentType: string,
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<Part> {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const name = (quoted ?? bare)?.replace(/^--/, "");
  if (!/^multipart\//i.test(contentType) || !name) {
    throw new Error(`the stream is ${JSON.stringify(contentType)}, not multipart with a boundary`);
  }
  const boundary = Buffer.from(`--${name}`);
  let pending = Buffer.alloc(0);
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const taken = takePart(pending, boundary);
      if (!taken) break;
      pending = pending.subarray(taken.end);
      yield taken.part;
    }
    if (pending.length > maxPartBytes) {
      throw new Error(`a part of the stream is longer than ${maxPartBytes} bytes`);
    }
  }
}

function takePart(bytes: Buffer, boundary: Buffer): { part: Part; end: number } | undefined {
  const start = bytes.indexOf(boundary);
  if (start < 0) return undefined;
  const head = start + boundary.length;
  const bodyStart = bytes.indexOf(headEnd, head) + headEnd.length;
  if (bodyStart < headEnd.length) {
    if (bytes.length - head > maxHeadBytes)
      throw new Error("a part of the stream has no end of head");
    return undefined;
  }
  const lines = bytes.toString("latin1", head, bodyStart);
  const [, contentType = ""] = /^content-type:\s*(.*?)\s*$/im.exec(lines) ?? [];
  const [, length] = /^content-length:\s*(\d+)\s*$/im.exec(lines) ?? [];
  const next =
    length === undefined ? bytes.indexOf(boundary, bodyStart) : bodyStart + Number(length);
  if (next < 0 || next > bytes.length) return undefined;
  return { part: { contentType, body: Buffer.from(bytes.subarray(bodyStart, next)) }, end: next };
}
