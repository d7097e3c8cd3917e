import { isUtf8 } from "node:buffer";

/** Why a packet is refused; `reply` is the CONNACK that the standard wants before the close. */
export interface Fault {
  readonly reason: "malformed" | "protocol-version" | "client-id";
  readonly reply?: Buffer;
}

export const packetType = { connect: 1, publish: 3 } as const;
const malformed: Fault = { reason: "malformed" };
/** [MQTT-3.1.2-2] */
const wrongVersion: Fault = { reason: "protocol-version", reply: connack(1) };
/** [MQTT-3.1.3-8]: without an id there is no session to keep. */
const wrongClientId: Fault = { reason: "client-id", reply: connack(2) };

/** The low four bits of the first byte, by packet type that a client may send [MQTT-2.2.2-1]. */
const fixedFlags: Record<number, number> = {
  1: 0,
  4: 0,
  5: 0,
  6: 2,
  7: 0,
  8: 2,
  10: 2,
  12: 0,
  14: 0,
};

function connack(code: number): Buffer {
  return Buffer.from([0x20, 2, 0, code]);
}

/**
 * The length in bytes of the packet that begins at `offset`, its header included; undefined while
 * too little has come to tell; a fault when more than four bytes are used for it [MQTT-2.2.3].
 */
export function packetLength(bytes: Buffer, offset: number): number | undefined | Fault {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[offset + 1 + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return value + 2 + i;
  }
  return malformed;
}

/**
 * Checks the whole packet from `from` to `to`, of MQTT 3.1 or 3.1.1, to the letter; undefined when nothing is wrong.
 * aedes' parser lets pass what the standard forbids: identifier 0, ill-formed strings, excess bytes.
 */
export function inspect(
  bytes: Buffer,
  expectConnect: boolean,
  from = 0,
  to = bytes.length,
): Fault | undefined {
  const first = bytes[from] ?? 0;
  const type = first >> 4;
  if ((type === packetType.connect) !== expectConnect) return malformed; // [MQTT-3.1.0-1] [MQTT-3.1.0-2]
  const body = new Cursor(bytes, from, to);
  if (type === packetType.publish) return publish(body, first) ? undefined : malformed;
  if (fixedFlags[type] !== (first & 0xf)) return malformed;
  if (type === packetType.connect) return connect(body);
  return rest(body, type) ? undefined : malformed;
}

function publish(body: Cursor, first: number): boolean {
  const qos = (first >> 1) & 3;
  const dup = (first & 8) !== 0;
  if (qos === 3 || (qos === 0 && dup)) return false; // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  return (body.plainTopic() || isTopic(body.text())) && (qos === 0 || body.number() > 0);
}

function rest(body: Cursor, type: number): boolean {
  if (type === 12 || type === 14) return body.left === 0;
  if (!(body.number() > 0)) return false; // [MQTT-2.3.1-1]
  if (type < 8) return body.left === 0;
  if (body.left === 0) return false; // [MQTT-3.8.3-3] [MQTT-3.10.3-2]
  while (body.left > 0) {
    if (!isFilter(body.text())) return false;
    if (type === 8 && !(body.byte() <= 2)) return false; // [MQTT-3-8.3-4]
  }
  return !body.torn;
}

function connect(body: Cursor): Fault | undefined {
  const name = body.text();
  const version = body.byte() & 0x7f; // the high bit is how a bridge makes itself known
  if (name !== "MQTT" && name !== "MQIsdp") return malformed;
  const flags = body.byte();
  body.number(); // keep-alive
  if (body.torn) return malformed;
  if (version !== (name === "MQTT" ? 4 : 3)) return wrongVersion;
  const id = body.text();
  const has = (bit: number) => (flags & bit) !== 0;
  const willQos = (flags >> 3) & 3;
  if (id === undefined || has(1)) return malformed; // [MQTT-3.1.2-3]
  if (has(4) ? willQos === 3 : willQos !== 0 || has(0x20)) return malformed; // [MQTT-3.1.2-13..15]
  if (has(0x40) && !has(0x80)) return malformed; // [MQTT-3.1.2-22]
  if (has(4) && !(isTopic(body.text()) && body.skip())) return malformed;
  if (has(0x80) && body.text() === undefined) return malformed;
  if (has(0x40) && !body.skip()) return malformed;
  if (body.torn || body.left > 0) return malformed;
  return id === "" && (version === 3 || !has(2)) ? wrongClientId : undefined;
}

/** A name to publish to: no wildcard [MQTT-3.3.2-2], and not one of the server's own [MQTT-4.7.2-1]. */
function isTopic(text: string | undefined): boolean {
  return text !== undefined && text !== "" && !text.startsWith("$") && !/[#+]/.test(text);
}

/** [MQTT-4.7.1-2] [MQTT-4.7.1-3]: a wildcard fills its level, and `#` is the last. */
function isFilter(text: string | undefined): boolean {
  return text !== undefined && text !== "" && !/[^/][#+]|[+][^/]|#./.test(text);
}

const [dollar, hash, plus] = [0x24, 0x23, 0x2b];

/** Reads the fields of a packet in turn; NaN or undefined, and `torn`, once it ends too early. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  torn = false;

  constructor(bytes: Buffer, from: number, to: number) {
    this.#bytes = bytes;
    this.#end = to;
    this.#at = from + 1;
    while ((bytes[this.#at++] ?? 0) >= 0x80);
  }

  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value !== undefined && this.#at <= this.#end) return value;
    this.torn = true;
    return Number.NaN;
  }

  number(): number {
    return this.byte() * 256 + this.byte();
  }

  /**
   * Passes over a topic of printable ASCII without wildcards, which nearly every one is, and costs no
   * text to be made; false, and nothing is passed over, when it is not one.
   */
  plainTopic(): boolean {
    const bytes = this.#bytes;
    const from = this.#at + 2;
    const end = from + (bytes[this.#at] ?? 0) * 256 + (bytes[this.#at + 1] ?? 0);
    if (end === from || end > this.#end || bytes[from] === dollar) return false;
    for (let i = from; i < end; i++) {
      const code = bytes[i] as number;
      if (code < 0x20 || code > 0x7e || code === hash || code === plus) return false;
    }
    this.#at = end;
    return true;
  }

  /** A text as [MQTT-1.5.3-1] and [MQTT-1.5.3-2] want it, and without the control characters that a receiver may refuse. */
  text(): string | undefined {
    const field = this.#field();
    if (!field || !isUtf8(field)) return undefined;
    const text = field.toString();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the standard speaks of
    return /[\u0000-\u001f\u007f-\u009f]/.test(text) ? undefined : text;
  }

  /** Passes over a field of any bytes; false when it is cut short. */
  skip(): boolean {
    return this.#field() !== undefined;
  }

  #field(): Buffer | undefined {
    const length = this.number();
    const end = this.#at + length;
    if (!(end <= this.#end)) {
      this.torn = true;
      return undefined;
    }
    const field = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return field;
  }
}
