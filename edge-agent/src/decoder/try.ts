import { type Decoded, openSandbox } from "./sandbox.ts";

/** A payload as it was recorded, before any decoder. */
export interface RawPayload {
  /** Hexadecimal, as network servers show it. */
  readonly bytes: string;
  readonly fPort: number;
}

/** Whether a recorded answer is a payload that a decoder has still to read. */
export function isRaw(says: unknown): says is RawPayload {
  if (typeof says !== "object" || says === null) return false;
  const { bytes, fPort } = says as Partial<RawPayload>;
  return (
    typeof bytes === "string" && /^(?:[\da-f]{2}\s*)*$/i.test(bytes) && typeof fPort === "number"
  );
}

const clock = (): number => performance.now();

/** Why a decoder can't be used, in the words of the sandbox; undefined when it can. */
export async function faultOfDecoder(source: string): Promise<string | undefined> {
  try {
    (await openSandbox(source, clock)).close();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a decoder makes of one recorded payload. @throws DecoderError saying what it did. */
export async function decodeOnce(source: string, { bytes, fPort }: RawPayload): Promise<Decoded> {
  const sandbox = await openSandbox(source, clock);
  try {
    return sandbox.decode({ bytes: [...Buffer.from(bytes.replaceAll(/\s/g, ""), "hex")], fPort });
  } finally {
    sandbox.close();
  }
}
