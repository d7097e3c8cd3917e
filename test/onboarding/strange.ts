import { crc32 } from "node:zlib";
import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { Scores } from "./score.ts";
import { strangers } from "./strangers.ts";

/** Makers are cut in two halves by their name: one whose faults are read, one that is only counted. */
const halfOf = (maker: string): "read" | "counted" => (crc32(maker) % 2 === 0 ? "read" : "counted");

function* numbersIn(here: unknown, path: readonly string[]): Generator<[string, number]> {
  if (typeof here === "object" && here !== null) {
    const { value, Value } = here as { value?: unknown; Value?: unknown };
    const held = value ?? Value;
    if (!Array.isArray(here) && (typeof held === "number" || typeof held === "string")) {
      yield* numbersIn(held, path);
    } else {
      for (const [name, inner] of Object.entries(here)) yield* numbersIn(inner, [...path, name]);
    }
    return;
  }
  const found = typeof here === "string" ? /^-?\d+(\.\d+)?(?=$| \D)/.exec(here)?.[0] : here;
  if (found !== undefined && found !== null && typeof found !== "boolean") {
    yield [path.join("."), Number(found)];
  }
}

const plain = (path: string): string =>
  path
    .replace(/^object\.?/, "")
    .replaceAll(/\["((?:[^"\\]|\\.)*)"\]/g, ".$1")
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .replace(/^\./, "")
    .replace(/\.(value|Value)$/, "");

/** Drafts what each maker of a half says, bare or as an uplink, and scores it by kind. */
export function scoreStrangers(
  half: "read" | "counted",
  quantities: ReadonlyMap<string, Quantity>,
  uplink: boolean,
): Scores {
  const scores = new Scores();
  for (const { kind, maker, says, rights } of strangers) {
    if (halfOf(maker) !== half) continue;
    const score = scores.of(kind);
    const message = uplink
      ? { deviceInfo: { devEui: "0004a30b001c1234" }, fPort: 2, object: says }
      : says;
    const { points } = draft(JSON.stringify(message), quantities);
    const proposed = new Map(points.map((point) => [plain(point.path), point]));
    for (const [path, raw] of numbersIn(says, [])) {
      const right = rights.get(path);
      const point = proposed.get(path);
      if (right?.length === 0) continue;
      if (right) score.expected++;
      const shown = `${kind} ${maker} ${path}=${raw}`;
      if (!point) {
        if (right) scores.faults.push(`${shown}: not named`);
        continue;
      }
      const value = raw * point.scale + point.offset;
      const fits = right?.some(
        ({ quantity, scale, offset }) =>
          quantity === point.quantity &&
          Math.abs(value - (raw * scale + offset)) <= 1e-5 * Math.max(1, Math.abs(value)),
      );
      if (fits) score.right++;
      else {
        score.wrong++;
        scores.faults.push(`${shown}: ${point.quantity} ×${point.scale} ${point.confidence}`);
      }
    }
  }
  return scores;
}
