import type { ProfileDriver } from "../profile-source.ts";
import type { Quantity } from "../quantity.ts";
import type { Draft, DraftPoint } from "./draft.ts";
import type { SourceKind } from "./place.ts";

/** How the file of a draft calls the class of what it measures most. */
export interface Naming {
  readonly name: string;
  readonly classOf: (quantity: string) => string | undefined;
  readonly quantities: ReadonlyMap<string, Quantity>;
}

/** The driver that reads what a file of a kind comes from. */
export const driverOf: Readonly<Record<SourceKind, ProfileDriver>> = {
  json: "mqtt",
  chirpstack: "lorawan",
  "the-things-stack": "lorawan",
  registers: "modbus",
  comap: "modbus",
  opcua: "opcua",
  snmp: "snmp",
  nut: "nut",
};

/** Where the decoded object of an uplink begins; the driver's paths begin within it. */
export const decoded =
  /^(?:object|(?:result\.|data\.)?uplink_message\.decoded_payload|uplink_normalized\.normalized_payload|decoded_payload|payload_fields)(?:\.|(?=\[))/;

/** A draft as a profile, with what a person has still to answer in comments. */
export function profileYaml(draft: Draft, { name, classOf, quantities }: Naming): string {
  const driver = driverOf[draft.kind];
  const [first] = draft.points;
  const ours = draft.points.filter(({ topic }) => topic === first?.topic);
  const others = new Set(
    draft.points.flatMap(({ topic }) => (topic === first?.topic ? [] : [topic])),
  );
  const kept = once(ours);
  const measurement = most(kept.points.map(({ quantity }) => classOf(quantity)));
  const lines = [
    "# yaml-language-server: $schema=../json-schema/profile.json",
    ...draft.questions.map(({ path, ask }) => `# ${path}: ${ask}`),
    ...kept.twice.map(
      ({ path, quantity }) => `# ${path}: is ${quantity} once more: make it a device of its own`,
    ),
    ...[...others].map(
      (topic) => `# ${topic}: what comes there is a device of its own: draft it apart`,
    ),
    "version: 2",
    `name: ${name}`,
    `label: { vi: ${text(name)}, en: ${text(name)} }`,
    `measurement: ${measurement ?? "device"}`,
    `quantities: [${kept.points.map(({ quantity }) => quantity).join(", ")}]`,
    "source:",
    `  driver: ${driver}`,
  ];
  if (driver === "mqtt")
    lines.push(
      "  config:",
      `    topic: ${text(kept.points[0]?.topic ?? "#")}`,
      ...timeLines(draft),
    );
  if (driver === "nut") return `${lines.join("\n")}\n`;
  lines.push("  points:");
  for (const point of kept.points) {
    const range = quantities.get(point.quantity);
    lines.push(
      `    # ${[point.label, `${Math.round(point.confidence * 100)} % sure`, range?.min === undefined ? "" : `plausible from ${range.min} to ${range.max} ${range.unit}`].filter(Boolean).join("; ")}`,
      `    - { ${[...place(driver, point), ["quantity", point.quantity], ...conversion(point)].map(([key, value]) => `${key}: ${value}`).join(", ")} }`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** A quantity comes once in a profile; what gives it again is told. */
function once(points: readonly DraftPoint[]): { points: DraftPoint[]; twice: DraftPoint[] } {
  const seen = new Set<string>();
  const twice: DraftPoint[] = [];
  const kept = points.filter((point) => {
    if (seen.has(point.quantity)) {
      twice.push(point);
      return false;
    }
    seen.add(point.quantity);
    return true;
  });
  return { points: kept, twice };
}

function place(driver: string, { path, read }: DraftPoint): (readonly [string, string])[] {
  if (driver === "modbus") {
    return Object.entries(read ?? {}).map(([key, value]) => [key, String(value)] as const);
  }
  if (driver === "snmp") return [["oid", text(path)]];
  if (driver === "opcua") return [["node", text(path)]];
  return [["path", text(driver === "lorawan" ? path.replace(decoded, "") : path)]];
}

function conversion({ scale, offset }: DraftPoint): (readonly [string, string])[] {
  return [
    ...(scale === 1 ? [] : [["scale", String(scale)] as const]),
    ...(offset === 0 ? [] : [["offset", String(offset)] as const]),
  ];
}

/** A local time is written with the zone still to be told: the arrival counts until then. */
function timeLines({ time }: Draft): string[] {
  if (!time || time.format === "local") return [];
  return [`    time: { path: ${text(time.path)}, format: ${time.format} }`];
}

function most(names: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) {
    // What every device says of itself tells no class.
    if (name !== undefined && name !== "device") counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}

const text = (value: string): string => JSON.stringify(value);
