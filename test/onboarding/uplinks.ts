import { crc32 } from "node:zlib";
import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { sharedLines } from "../support/shared-data.ts";
import { Scores } from "./score.ts";
import { expectedOf } from "./uplink-readings.ts";

interface Uplink {
  readonly kind: string;
  readonly vendor: string;
  readonly model: string;
  readonly fPort: number;
  readonly decoded: unknown;
  readonly check: string;
}

/** Makers are cut in two halves by their name: one to build by, one to measure on. */
const halfOf = (maker: string): "built" | "held" => (crc32(maker) % 2 === 0 ? "built" : "held");

/** Each number in a decoded object: its path and value; an object of value and unit is one. */
function* numbersIn(here: unknown, path: readonly string[] = []): Generator<[string, number]> {
  if (typeof here === "object" && here !== null) {
    const { value } = here as { value?: unknown };
    if (!Array.isArray(here) && (typeof value === "number" || typeof value === "string")) {
      yield* numbersIn(value, path);
    } else {
      for (const [name, inner] of Object.entries(here)) yield* numbersIn(inner, [...path, name]);
    }
    return;
  }
  const number = typeof here === "string" && /^-?\d+(\.\d+)?$/.test(here) ? Number(here) : here;
  if (typeof number === "number") yield [path.join("."), number];
}

/** A path of the draft as the plain one of the record. */
const plain = (path: string): string =>
  path
    .replace(/^object\.?/, "")
    .replaceAll(/\["([^"]*)"\]/g, ".$1")
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .replace(/^\./, "")
    .replace(/\.value$/, "");

/** Drafts every uplink whose expected values hold, as a message of ChirpStack, and scores it by kind. */
export function scoreUplinks(
  half: "built" | "held" | "both",
  quantities: ReadonlyMap<string, Quantity>,
): Scores {
  const scores = new Scores();
  for (const uplink of sharedLines<Uplink>("lorawan/uplinks.jsonl")) {
    const { vendor, model, kind, check, decoded, fPort } = uplink;
    if (check !== "decoder-agrees" || (half !== "both" && halfOf(vendor) !== half)) continue;
    const score = scores.of(kind);
    const message = { deviceInfo: { devEui: "0004a30b001c1234" }, fPort, object: decoded };
    const { points } = draft(JSON.stringify(message), quantities);
    const proposed = new Map(points.map((point) => [plain(point.path), point]));
    for (const [path, raw] of numbersIn(decoded)) {
      const expected = expectedOf(vendor, model, path);
      const point = proposed.get(path);
      if (expected.kind === "untold") continue;
      if (expected.kind === "reading") score.expected++;
      if (!point) {
        if (expected.kind === "reading")
          scores.faults.push(`${kind} ${vendor} ${model} ${path}: not named`);
        continue;
      }
      const value = raw * point.scale + point.offset;
      const right =
        expected.kind === "reading" &&
        expected.right.some(
          ({ quantity, scale }) =>
            quantity === point.quantity &&
            Math.abs(value - raw * scale) <= 1e-6 * Math.max(1, Math.abs(value)),
        );
      if (right) score.right++;
      else {
        score.wrong++;
        scores.faults.push(
          `${kind} ${vendor} ${model} ${path}=${raw}: ${point.quantity} ×${point.scale} ${point.confidence}`,
        );
      }
    }
  }
  return scores;
}
