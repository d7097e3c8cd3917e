import { writeFileSync } from "node:fs";
import type { Readings } from "./sender.ts";

/** Writes a file of water levels, column `time` and `level`, that ends a minute ago, and gives what is in it. */
export function recordLevels(file: string, rows: number, everyMs: number): Readings {
  const begin = Date.now() - rows * everyMs - 60_000;
  const readings: Readings = new Map();
  for (let row = 0; row < rows; row++)
    readings.set(begin + row * everyMs, { water_level_m: row / 1024 });
  const lines = [...readings].map(
    ([ts, { water_level_m }]) => `${new Date(ts).toISOString()},${water_level_m}`,
  );
  writeFileSync(file, `time,level\n${lines.join("\n")}\n`);
  return readings;
}

/** A driver that plays such a file. */
export const replayOf = (device: string, file: string, speed: number | "max") => ({
  kind: "replay",
  device,
  config: {
    file,
    speed,
    time: { column: "time", zone: "in-timestamp" },
    columns: { level: "water_level_m" },
  },
});
