import { type RegistryKind, type RegistryRecord, registryKinds } from "@kenh/schemas";
import { didYouMean } from "../nearest.ts";

/** A column of a CSV file: its name, the field that it is, and how the field is written. */
type Column = readonly [name: string, field: string, form?: "number" | "json"];

const label: readonly Column[] = [
  ["label_vi", "label.vi"],
  ["label_en", "label.en"],
];
const position: readonly Column[] = [
  ["latitude", "position.latitude", "number"],
  ["longitude", "position.longitude", "number"],
  ["elevation_m", "position.elevationM", "number"],
];

/** The columns of each kind, in the order in which they are written. */
const columns: Readonly<Record<RegistryKind, readonly Column[]>> = {
  province: [["province", "province"], ...label, ["kind", "kind"]],
  unit: [["unit", "unit"], ...label, ["kind", "kind"]],
  agency: [
    ["agency", "agency"],
    ...label,
    ["owner", "owner"],
    ["contact_name", "contact.name"],
    ["contact_phone", "contact.phone"],
    ["contact_email", "contact.email"],
    ["update_every_ms", "updateEveryMs", "number"],
  ],
  site: [
    ["site", "site"],
    ...label,
    ...position,
    ["datum", "datum.name"],
    ["datum_zero_elevation_m", "datum.zeroElevationM", "number"],
  ],
  device: [
    ["identity", "identity"],
    ["profile", "profile"],
    ...label,
    ...position,
    ["interval_ms", "intervalMs", "number"],
    ["vn_aqi", "vnAqi"],
    ["agency", "agency"],
    ["criticality", "criticality", "number"],
  ],
  calibration: [
    ["device", "device"],
    ["quantity", "quantity"],
    ["from", "from"],
    ["by", "by"],
    ["note", "note"],
    ["settings", "settings", "json"],
  ],
};

/** The first row of a file of a kind. */
export const headOf = (kind: RegistryKind): string[] => columns[kind].map(([name]) => name);

/** The cells of a record. */
export function cellsOf(kind: RegistryKind, record: RegistryRecord): string[] {
  return columns[kind].map(([, field, form]) => {
    let value: unknown = record;
    for (const step of field.split("."))
      value = (value as Record<string, unknown> | undefined)?.[step];
    if (value === undefined) return "";
    return form === "json" ? JSON.stringify(value) : String(value);
  });
}

/** Tells of which kind the rows below a head are, and how to read them. @throws Error naming the column that is not known */
export function readerOf(head: readonly string[]) {
  const names = head.map((name) => name.trim().toLowerCase());
  const has = (name: string): boolean => names.includes(name);
  // Devices name their agency, too; a calibration names its device.
  const kind: RegistryKind | undefined = has("identity")
    ? "device"
    : has("quantity")
      ? "calibration"
      : undefined;
  const found = kind ?? (["site", "agency", "unit", "province"] as const).find((each) => has(each));
  if (found === undefined) {
    throw new Error(
      `the first row must name columns, one of them ${registryKinds.map((each) => columns[each][0]?.[0]).join(", ")}; it has ${names.join(", ")}`,
    );
  }
  const chosen = names.map((name): Column => {
    const column = columns[found].find(([each]) => each === name);
    if (column) return column;
    const near = didYouMean(name, headOf(found)) || `; a ${found} has ${headOf(found).join(", ")}`;
    throw new Error(`there is no column ${JSON.stringify(name)}${near}`);
  });
  return { kind: found, read: (cells: readonly string[]) => recordOf(chosen, cells) };
}

/** What a row says, and what keeps it from being read. An empty cell says nothing. */
function recordOf(chosen: readonly Column[], cells: readonly string[]) {
  const value: Record<string, unknown> = {};
  let fault: string | undefined;
  if (cells.length > chosen.length) {
    fault = `has ${cells.length} cells, the first row ${chosen.length}: put a text that has the separator in it in quotation marks`;
  }
  chosen.forEach(([name, field, form], at) => {
    const cell = cells[at]?.trim() ?? "";
    if (cell === "") return;
    const read = form === "number" ? numberIn(cell) : form === "json" ? jsonIn(cell) : cell;
    if (read instanceof Error) fault ??= `${name}: ${read.message}`;
    else put(value, field, read);
  });
  // One name is enough where there is no other.
  const { label: text } = value as { label?: { vi?: string; en?: string } };
  if (text) value.label = { vi: text.vi ?? text.en, en: text.en ?? text.vi };
  return { value, fault };
}

function put(record: Record<string, unknown>, field: string, value: unknown): void {
  const [first = "", second] = field.split(".");
  if (second === undefined) record[first] = value;
  else record[first] = { ...(record[first] as object | undefined), [second]: value };
}

function numberIn(cell: string): number | Error {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(cell)) return Number(cell);
  const point = /^[-+]?\d+,\d+$/.test(cell) ? cell.replace(",", ".") : undefined;
  return new Error(
    `${JSON.stringify(cell)} is no number${point === undefined ? "" : `: write ${point}`}`,
  );
}

function jsonIn(cell: string): unknown {
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return new Error(`${JSON.stringify(cell)} is no JSON: write it as {"offsetM":0.02}`);
  }
}
