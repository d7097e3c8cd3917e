import { isUtf8 } from "node:buffer";

/** A payload taken apart, or what keeps it from being so. */
export type Decoded =
  | { readonly value: unknown; readonly fault?: undefined }
  | { readonly fault: string };

/** Reads a payload as JSON in UTF-8 (RFC 8259). Never throws. */
export function decode(payload: Uint8Array): Decoded {
  if (!isUtf8(payload)) return { fault: "the payload is not UTF-8" };
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  try {
    return { value: JSON.parse(bytes.toString()) };
  } catch (error) {
    return { fault: `the payload is not JSON: ${(error as Error).message}` };
  }
}
