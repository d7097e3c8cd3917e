/**
 * A request or an answer as it stands on a serial line: unit, function, data, CRC. Frames of Modbus
 * TCP are brought into this form, so that one reader serves both.
 */
export type Frame = Buffer;

/** How frames stand on the wire. */
export interface Framing {
  /** The bytes to send. */
  wrap(request: Frame, transaction: number): Buffer;
  /**
   * The answer in what has come since the request, or undefined when it is not there yet.
   * @throws OutOfStep when what has come can't be cut into frames any more.
   */
  find(received: Buffer, request: Frame, transaction: number): Frame | undefined;
}

/** The bytes of a connection no longer fall into frames. */
export class OutOfStep extends Error {
  constructor(received: Buffer) {
    super(`garbage instead of an answer (${shown(received)})`);
    this.name = "OutOfStep";
  }
}

/** The first bytes, for a message. */
export function shown(bytes: Buffer): string {
  const more = bytes.length > 8 ? " …" : "";
  return `${bytes.length} bytes: ${bytes
    .subarray(0, 8)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ")}${more}`;
}

/** Length of a Modbus TCP header without the unit, which belongs to the frame. */
const headerLength = 6;
const crcLength = 2;
const exceptionLength = 5;
/** Unit and 253 bytes of function and data (Modbus messaging on TCP/IP 4.1). */
const longestBody = 254;

/** Modbus TCP: a header with the number of the transaction, and no CRC. */
export const tcpFraming: Framing = {
  wrap(request, transaction) {
    const body = request.subarray(0, -crcLength);
    const header = Buffer.alloc(headerLength);
    header.writeUInt16BE(transaction, 0);
    header.writeUInt16BE(body.length, 4);
    return Buffer.concat([header, body]);
  },
  find(received, _request, transaction) {
    for (let at = 0; received.length >= at + headerLength; ) {
      const length = received.readUInt16BE(at + 4);
      if (received.readUInt16BE(at + 2) !== 0 || length < 3 || length > longestBody)
        throw new OutOfStep(received.subarray(at));
      const end = at + headerLength + length;
      if (received.length < end) return undefined;
      // Another number is the late answer to a request that was given up.
      if (received.readUInt16BE(at) === transaction)
        return withCrc(received.subarray(at + headerLength, end));
      at = end;
    }
    return undefined;
  },
};

/** RTU: no header; the length follows from the request, and noise around a sound frame is passed over. */
export const rtuFraming: Framing = {
  wrap: (request) => request,
  find(received, request) {
    const [unit = 0, code = 0] = request;
    const answerLength = exceptionLength + dataBytes(request);
    for (let at = 0; at + exceptionLength <= received.length; at++) {
      if (received[at] !== unit) continue;
      const length =
        received[at + 1] === code
          ? answerLength
          : received[at + 1] === (code | 0x80)
            ? exceptionLength
            : Number.POSITIVE_INFINITY;
      const frame = received.subarray(at, at + length);
      if (frame.length === length && isSound(frame)) return frame;
    }
    return undefined;
  },
};

/** Bytes of data in the answer to a request that reads. */
function dataBytes(request: Frame): number {
  const count = request.readUInt16BE(4);
  return (request[1] ?? 0) <= 2 ? Math.ceil(count / 8) : count * 2;
}

function isSound(frame: Frame): boolean {
  return crc16(frame.subarray(0, -crcLength)) === frame.readUInt16LE(frame.length - crcLength);
}

function withCrc(body: Buffer): Frame {
  const crc = Buffer.alloc(crcLength);
  crc.writeUInt16LE(crc16(body));
  return Buffer.concat([body, crc]);
}

/** CRC-16/MODBUS (Modbus over serial line 6.2.2). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
