import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadContracts } from "../../ingest/src/sharing/contracts.ts";

/** 00:00 in Vietnam on a day of October 2026, and hours after it. */
export const october = (day: number, hour = 0): number =>
  Date.parse("2026-09-30T17:00:00Z") + ((day - 1) * 24 + hour) * 3_600_000;
const hourMs = 3_600_000;
/** Each device measures in the middle of every six hours. */
const everyMs = 6 * hourMs;

interface Agency {
  readonly id: string;
  readonly label: string;
  /** What is planted: readings of these times do not come, or come at another time. */
  readonly arrival?: (ts: number, device: number, of: number) => number | null;
  /** Readings that no gauge can give. */
  readonly isWrong?: (ts: number, device: number) => boolean;
}

const within = (ts: number, from: number, to: number): boolean => ts >= from && ts < to;

/** Ten agencies and what is wrong with each. */
export const agencies: readonly Agency[] = [
  { id: "so-nnmt", label: "Sở Nông nghiệp và Môi trường" },
  {
    id: "so-xd",
    label: "Sở Xây dựng",
    // A gap: nothing is measured for two days and a half.
    arrival: (ts) => (within(ts, october(5, 6), october(7, 18)) ? null : ts),
  },
  {
    id: "so-ct",
    label: "Sở Công Thương",
    // A late batch: half a day comes the next morning.
    arrival: (ts) => (within(ts, october(12), october(12, 12)) ? october(13, 8) : ts),
  },
  {
    id: "so-yt",
    label: "Sở Y tế",
    // One device in ten is dead: within what the contract allows.
    arrival: (ts, device) => (device % 10 === 0 ? null : ts),
  },
  {
    id: "so-gddt",
    label: "Sở Giáo dục và Đào tạo",
    isWrong: (ts, device) => device < 3 && within(ts, october(8), october(9)),
  },
  {
    id: "so-vhttdl",
    label: "Sở Văn hóa, Thể thao và Du lịch",
    // Silent during announced maintenance, and for a day of the holiday.
    arrival: (ts) =>
      within(ts, october(20, 6), october(20, 18)) || within(ts, october(10), october(11))
        ? null
        : ts,
  },
  { id: "cong-an", label: "Công an tỉnh", arrival: () => null },
  {
    id: "dien-luc",
    label: "Công ty Điện lực Đồng Tháp",
    // It stops and does not come back.
    arrival: (ts) => (ts >= october(25) ? null : ts),
  },
  {
    id: "dai-kttv",
    label: "Đài Khí tượng Thủy văn tỉnh Đồng Tháp",
    // A gap on either side of the holiday, which is owed by nobody.
    arrival: (ts) => (within(ts, october(9, 12), october(12, 6)) ? null : ts),
  },
  {
    id: "so-tc",
    label: "Sở Tài chính",
    // Too few devices for one period.
    arrival: (ts, device, of) =>
      within(ts, october(18), october(18, 6)) && device >= 0.7 * of ? null : ts,
  },
];

/** What the list must say: gaps by agency, as kind, from and to. */
export const planted: Readonly<Record<string, readonly (readonly [string, number, number])[]>> = {
  "82/so-xd": [["missing", october(5, 6), october(7, 18)]],
  "82/so-ct": [["late", october(12), october(12, 12)]],
  "82/cong-an": [
    ["missing", october(1), october(10)],
    ["missing", october(12), october(32)],
  ],
  "82/dien-luc": [["missing", october(25), october(32)]],
  "82/dai-kttv": [
    ["missing", october(9, 12), october(10)],
    ["missing", october(12), october(12, 6)],
  ],
  "82/so-tc": [["missing", october(18), october(18, 6)]],
};

/** A device of the province: the commune where it stands, and whose it is. */
export interface ProvinceDevice {
  readonly identity: string;
  readonly profile: string;
  readonly agency: Agency;
  /** Its number among the agency's. */
  readonly number: number;
  readonly of: number;
}

/** The 102 units of province 82, by code. */
function communes(): string[] {
  const file = fileURLToPath(new URL("./communes.json", import.meta.url));
  return JSON.parse(readFileSync(file, "utf8")) as string[];
}

/** So many devices in every commune, shared out among the agencies. */
export function devicesOf(perCommune: number): ProvinceDevice[] {
  const units = communes();
  const total = units.length * perCommune;
  const of = Math.ceil(total / agencies.length);
  return units.flatMap((unit, at) =>
    Array.from({ length: perCommune }, (_, n) => {
      const index = at * perCommune + n;
      const agency = agencies[index % agencies.length] as Agency;
      const number = Math.floor(index / agencies.length);
      return {
        identity: `82/${unit}/${agency.id}/d-${n}`,
        profile: "generic-water",
        agency,
        number,
        of,
      };
    }),
  );
}

/** Writes the contracts of the province below a root, and reads them. */
export function writeProvince(root: string) {
  const lines = [
    "version: 1",
    "authority:",
    "  superior: Ủy ban nhân dân tỉnh Đồng Tháp",
    "  name: Văn phòng",
    "  symbol: VP",
    "  place: Đồng Tháp",
    "  addressee: Chủ tịch Ủy ban nhân dân tỉnh",
    '  signer: { title: Chánh Văn phòng, name: "Nguyễn Văn A" }',
    "  recipients: [Như trên;, Các cơ quan có tên tại mục II;, 'Lưu: VT.']",
    "agencies:",
    ...agencies.map(
      ({ id, label }) =>
        `  - { agency: 82/${id}, label: { vi: "${label}", en: "${id}" }, contact: { name: "Đầu mối ${id}" } }`,
    ),
    "exemptions:",
    '  - { id: le, reason: holiday, label: { vi: "Nghỉ lễ", en: "Holiday" }, from: 2026-10-10, to: 2026-10-11 }',
    '  - { id: bao-tri, reason: maintenance, label: { vi: "Bảo trì", en: "Maintenance" }, from: 2026-10-20T06:00, to: 2026-10-20T18:00, agencies: [82/so-vhttdl] }',
    "datasets:",
    ...agencies.flatMap(({ id, label }) => [
      `  - id: ${id}-do`,
      `    label: { vi: "Số liệu quan trắc của ${label}", en: "Readings of ${id}" }`,
      `    agency: 82/${id}`,
      "    kind: periodic",
      "    period: 6h",
      "    lateness: 1h",
      "    from: 2026-10-01",
      "    openness: { level: shared }",
      `    devices: { match: ["82/*/${id}/*"] }`,
    ]),
  ];
  mkdirSync(join(root, "contracts"), { recursive: true });
  writeFileSync(join(root, "contracts", "province.yaml"), `${lines.join("\n")}\n`);
  return loadContracts([root]);
}

/** A message that arrives at `at`. */
export interface Sent {
  readonly device: ProvinceDevice;
  readonly ts: number;
  readonly at: number;
  readonly value: number;
}

/** All that the devices send in October, in the order in which it arrives. */
export function* sentIn(devices: readonly ProvinceDevice[]): Generator<Sent> {
  const held = new Map<number, Sent[]>();
  for (let ts = october(1) + everyMs / 2; ts < october(32); ts += everyMs) {
    for (const [at, late] of held) {
      if (at > ts) continue;
      yield* late;
      held.delete(at);
    }
    for (const device of devices) {
      const { arrival, isWrong } = device.agency;
      const at = arrival ? arrival(ts, device.number, device.of) : ts;
      if (at === null) continue;
      const sent = { device, ts, at, value: isWrong?.(ts, device.number) ? 99 : 1.5 };
      if (at <= ts) yield sent;
      else {
        const late = held.get(at) ?? [];
        held.set(at, late);
        late.push(sent);
      }
    }
  }
}
