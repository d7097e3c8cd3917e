import * as z from "zod";

const term = z.int();
/** What a database has got since: its changes, or the whole file. */
const part = z.object({
  file: z.string().regex(/^[a-z0-9-]+\.db$/),
  how: z.enum(["changes", "whole"]),
  bytes: z.int().nonnegative(),
});

const head = z.discriminatedUnion("kind", [
  /** A standby wants everything. */
  z.object({ kind: z.literal("join"), from: z.string() }),
  /** A piece of a file of the leader. */
  z.object({ kind: z.literal("copy"), term, file: part.shape.file, first: z.boolean() }),
  /** All files have come: they are those of the frame `n`. */
  z.object({ kind: z.literal("copied"), term, n: z.int(), files: z.array(part.shape.file) }),
  /** What the leader has written since the frame before. */
  z.object({ kind: z.literal("frame"), term, n: z.int(), parts: z.array(part) }),
  /** A standby has everything up to the frame `n` on disk. */
  z.object({ kind: z.literal("ack"), from: z.string(), term, n: z.int() }),
  /** Comes back to whoever sent it, after all that the broker had taken before. */
  z.object({ kind: z.literal("probe"), id: z.int() }),
]);

/** A message between engines: what it is, and bytes. */
export type Head = z.infer<typeof head>;
export interface Message {
  readonly head: Head;
  readonly body: Uint8Array;
}

/** What a database has got since the frame before. */
export interface Part {
  readonly file: string;
  readonly how: "changes" | "whole";
  readonly content: Uint8Array;
}

const empty = new Uint8Array(0);

/** The length of the head in four bytes, the head in JSON, the body. */
export function encodeMessage(what: Head, body: Uint8Array = empty): Buffer {
  const text = Buffer.from(JSON.stringify(what));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, body]);
}

/** @throws Error when it is none */
export function decodeMessage(bytes: Buffer): Message {
  const end = 4 + bytes.readUInt32BE(0);
  return {
    head: head.parse(JSON.parse(bytes.toString("utf8", 4, end))),
    body: bytes.subarray(end),
  };
}

export function encodeFrame(term: number, n: number, parts: readonly Part[]): Buffer {
  const told = parts.map(({ file, how, content }) => ({ file, how, bytes: content.length }));
  const body = Buffer.concat(parts.map(({ content }) => content));
  return encodeMessage({ kind: "frame", term, n, parts: told }, body);
}

/** The parts of a frame. */
export function partsOf({ head: what, body }: Message): Part[] {
  if (what.kind !== "frame") throw new Error(`a frame was expected, not ${what.kind}`);
  let at = 0;
  return what.parts.map(({ file, how, bytes }) => {
    const content = body.subarray(at, at + bytes);
    at += bytes;
    if (content.length < bytes) throw new Error(`frame ${what.n} is short of ${file}`);
    return { file, how, content };
  });
}
