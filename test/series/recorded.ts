import { readFileSync } from "node:fs";
import type { Flag } from "@kenh/schemas";
import { sharedData } from "../support/shared-data.ts";

/** A recorded series: the file, how an engineer describes it to the agent, and what it says, read independently. */
export interface Recorded {
  readonly title: string;
  readonly profile: string;
  /** Whose readings are in the file; the first is the driver's own device. */
  readonly devices: readonly string[];
  /** Configuration of the replay driver. */
  readonly replay: Record<string, unknown>;
  /** Every reading of the file in its order, duplicates and contradictions too. */
  readings(): Reading[];
}

export interface Reading {
  readonly device: string;
  readonly quantity: string;
  readonly ts: number;
  readonly value: number | null;
  readonly flag: Flag;
}

const site = "82/29869/so-lieu";
const folder = "timeseries/";

/** Rows of a CSV file by column; understands quotes and no more. */
function rowsOf(file: string): Record<string, string>[] {
  const [header = [], ...rows] = readFileSync(sharedData(folder + file), "utf8")
    .trim()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g)].map((m) => m[1] ?? m[2] ?? ""),
    );
  return rows.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ""])));
}

function mekong(): Recorded {
  const file = "mekong_3s_sekong_014500_15min_2024.csv";
  const device = `${site}/sekong`;
  return {
    title: "the Mekong gauge at Sekong bridge, 2024",
    profile: "generic-water",
    devices: [device],
    replay: {
      file: sharedData(folder + file),
      time: { column: "timestamp_as_published", format: "yyyy-MM-dd'T'HH:mm'Z'", zone: "UTC" },
      columns: { water_level_m: "water_level_m" },
    },
    readings: () =>
      rowsOf(file).map((row) => ({
        device,
        quantity: "water_level_m",
        ts: Date.parse(row.timestamp_as_published ?? ""),
        value: Number(row.water_level_m),
        flag: 2,
      })),
  };
}

function seattle(): Recorded {
  const file = "noaa_9447130_seattle_6min_2015-01_week1.csv";
  const device = `${site}/seattle`;
  return {
    title: "the tide gauge at Seattle, with four flags a row",
    profile: "generic-water",
    devices: [device],
    replay: {
      file: sharedData(folder + file),
      time: { column: "t_gmt", format: "yyyy-MM-dd HH:mm", zone: "UTC" },
      columns: { v_m_MLLW: "water_level_m", sigma: "water_level_sigma_m" },
      quality: [
        {
          column: "flags",
          separator: ",",
          flags: { "0": 1, "1": 3 },
          quantities: ["water_level_m"],
        },
      ],
    },
    readings: () =>
      rowsOf(file).flatMap((row) => {
        const ts = Date.parse(`${row.t_gmt?.replace(" ", "T")}:00Z`);
        const flag = row.flags === "0,0,0,0" ? 1 : 3;
        return [
          { device, quantity: "water_level_m", ts, value: Number(row.v_m_MLLW), flag },
          { device, quantity: "water_level_sigma_m", ts, value: Number(row.sigma), flag: 2 },
        ];
      }),
  };
}

function hanoi(): Recorded {
  const file = "hanoi_embassy_pm25_hourly_2016.csv";
  const device = `${site}/ha-noi`;
  const flags: Record<string, Flag> = { Valid: 1, Missing: 9, Invalid: 4 };
  return {
    title: "hourly PM2.5 of Hà Nội, 2016",
    profile: "generic-environment",
    devices: [device],
    replay: {
      file: sharedData(folder + file),
      time: { column: "date_as_published", zone: "in-timestamp" },
      columns: { aqi: "pm25_aqi" },
      quality: [{ column: "qc", flags }],
    },
    readings: () =>
      rowsOf(file).map(({ date_as_published = "", aqi, qc = "" }) => ({
        device,
        quantity: "pm25_aqi",
        ts: Date.parse(date_as_published),
        value: aqi === "" ? null : Number(aqi),
        flag: aqi === "" ? 9 : (flags[qc] as Flag),
      })),
  };
}

const airColumns = {
  aqi: "aqi",
  co: "co_aqi",
  temperature: "air_temperature_c",
  wind: "wind_speed_m_s",
  atmospheric_pressure: "air_pressure_hpa",
  humidity: "relative_humidity_pct",
  pm25: "pm25_aqi",
  pm10: "pm10_aqi",
  o3: "o3_aqi",
  no2: "no2_aqi",
};

/**
 * Crawled hourly: rows come twice, some with other values, and the file holds several stations. Gia Lai
 * has nights of -20 °C and below, outside the plausible range: kept, and not to be trusted (flag 4).
 */
function air(city: string, file: string, stations: Record<string, string>): Recorded {
  const devices = Object.fromEntries(
    Object.entries(stations).map(([id, name]) => [id, `${site}/${name}`]),
  );
  return {
    title: `the air of ${city}, March 2025`,
    profile: "generic-environment",
    devices: Object.values(devices),
    replay: {
      file: sharedData(folder + file),
      time: { column: "timestamp", format: "yyyy-MM-dd HH:mm:ss", zone: "Asia/Ho_Chi_Minh" },
      columns: airColumns,
      missing: ["N/A"],
      deviceBy: { column: "station_id", devices },
    },
    readings: () =>
      rowsOf(file).flatMap((row) =>
        Object.entries(airColumns).map(([column, quantity]): Reading => {
          const cell = row[column] ?? "";
          return {
            device: devices[row.station_id ?? ""] ?? "",
            quantity,
            ts: Date.parse(`${row.timestamp?.replace(" ", "T")}+07:00`),
            value: cell === "N/A" ? null : Number(cell),
            flag: cell === "N/A" ? 9 : column === "temperature" && Number(cell) < -20 ? 4 : 2,
          };
        }),
      ),
  };
}

/** Every recorded series of the proof. */
export const recorded: readonly Recorded[] = [
  mekong(),
  seattle(),
  hanoi(),
  air("Cần Thơ", "vn_air_can-tho_2025_03.csv", { "13661": "tra-vinh", "13687": "can-tho" }),
  air("Nha Trang", "vn_air_nha-trang_2025_03.csv", {
    "13417": "gia-lai",
    "13762": "pleiku",
    "1585": "nha-trang",
  }),
];

/** What must be in the store and in the books: the first value of an instant stands. */
export interface Expected {
  /** `[value, flag]` by `ts`, by quantity, by device. */
  readonly stored: Stored;
  readonly counts: ReadonlyMap<string, Counts>;
  /** Readings that contradict the first one. */
  readonly contradictions: readonly Reading[];
}
export type Stored = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, StoredReading>>>;
export type StoredReading = readonly [value: number | null, flag: number];
export interface Counts {
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
}

/** What must become of these readings, in their order. */
export function expectedOf(readings: readonly Reading[]): Expected {
  const stored = new Map<string, Map<string, Map<number, StoredReading>>>();
  const counts = new Map<string, Counts>();
  const contradictions: Reading[] = [];
  for (const reading of readings) {
    const { device, quantity, ts, value, flag } = reading;
    const count = counts.get(device) ?? { received: 0, stored: 0, duplicate: 0, quarantined: 0 };
    counts.set(device, count);
    const instants = placeFor(stored, device, quantity);
    const first = instants.get(ts);
    count.received++;
    if (!first) {
      instants.set(ts, [value, flag]);
      count.stored++;
    } else if (first[0] === value && first[1] === flag) count.duplicate++;
    else {
      count.quarantined++;
      contradictions.push(reading);
    }
  }
  return { stored, counts, contradictions };
}

/** The instants of a quantity of a device, made when there are none. */
export function placeFor(
  stored: Map<string, Map<string, Map<number, StoredReading>>>,
  device: string,
  quantity: string,
): Map<number, StoredReading> {
  const quantities = stored.get(device) ?? new Map<string, Map<number, StoredReading>>();
  stored.set(device, quantities);
  const instants = quantities.get(quantity) ?? new Map<number, StoredReading>();
  quantities.set(quantity, instants);
  return instants;
}
