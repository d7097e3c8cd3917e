/** What VN_AQI is computed from, in the order of the Decision's table. */
export const pollutants = ["o3", "co", "so2", "no2", "pm10", "pm25"] as const;
export type Pollutant = (typeof pollutants)[number];

/** A column of the table: ozone has one for its mean of an hour and one for that of eight. */
export type Column = Pollutant | "o38h";

/**
 * The points I_i and BP_i between which the index runs straight, concentrations in µg/m³, carbon
 * monoxide too. Source: Quyết định 1459/QĐ-TCMT of 12/11/2019, table of BP_i values.
 */
const indices = [0, 50, 100, 150, 200, 300, 400, 500] as const;
const breakpoints: Readonly<Record<Column, readonly number[]>> = {
  o3: [0, 160, 200, 300, 400, 800, 1000, 1200],
  o38h: [0, 100, 120, 170, 210, 400],
  co: [0, 10_000, 30_000, 45_000, 60_000, 90_000, 120_000, 150_000],
  so2: [0, 125, 350, 550, 800, 1600, 2100, 2630],
  no2: [0, 100, 200, 700, 1200, 2350, 3100, 3850],
  pm10: [0, 50, 150, 250, 350, 420, 500, 600],
  pm25: [0, 25, 50, 80, 150, 250, 350, 500],
};

/**
 * The sub-index of a concentration in µg/m³, not rounded. From the last row on it is 500: the
 * Decision prints "≥" and nothing beyond. Undefined where a column ends before that, which only the
 * mean of ozone over eight hours does: above 400 µg/m³ it is not used.
 */
export function subIndex(column: Column, concentration: number): number | undefined {
  const points = breakpoints[column];
  const above = points.findIndex((point, at) => at > 0 && concentration <= point);
  if (above === -1) return points.length === indices.length ? 500 : undefined;
  const [from, to] = [points[above - 1] as number, points[above] as number];
  const [low, high] = [indices[above - 1] as number, indices[above] as number];
  return low + ((high - low) * (concentration - from)) / (to - from);
}

/** To a whole number, halves upwards (109.5 is 110); what binary arithmetic adds or takes is no half. */
export function roundHalfUp(value: number): number {
  return Math.floor(Number(value.toPrecision(12)) + 0.5);
}
