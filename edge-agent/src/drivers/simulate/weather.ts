import type { Incident } from "./config.ts";
import { ongoing } from "./incident.ts";
import { type Instant, type Observation, rounded } from "./instant.ts";
import { noiseAt } from "./random.ts";

const dayMs = 24 * 3600_000;
/** The warmest hour is 14:00 at UTC+7. */
const warmestMs = 7 * 3600_000;

/** A weather and air station: a day of the delta in every day. */
export function weather(instant: Instant, incidents: readonly Incident[]): Observation {
  const noise = noiseAt(instant.seed, instant.ts);
  const warmth = Math.cos((2 * Math.PI * (instant.ts - warmestMs)) / dayMs);
  const rain = ongoing(incidents, "downpour", instant.sinceStartMs);
  const smoke = ongoing(incidents, "smoke", instant.sinceStartMs);
  const wind = Math.max(0, 2.4 + warmth + (rain ? 6 : 0) + noise.normal(0.5));
  const pm25 = Math.max(
    1,
    (smoke?.pm25Ugm3 ?? 22 - 5 * warmth) * (rain ? 0.5 : 1) + noise.normal(1.5),
  );
  return {
    values: {
      air_temperature_c: rounded(28.5 + 4 * warmth - (rain ? 4 : 0) + noise.normal(0.1), 1),
      relative_humidity_pct: rounded(
        Math.min(100, 76 - 14 * warmth + (rain ? 20 : 0) + noise.normal(0.6)),
        1,
      ),
      air_pressure_hpa: rounded(
        1009.5 + 1.6 * Math.cos((4 * Math.PI * instant.ts) / dayMs) + noise.normal(0.1),
        1,
      ),
      rain_mm: rain
        ? rounded(
            ((rain.rateMmH * instant.intervalMs) / 3600_000) * (0.6 + 0.8 * noise.uniform()),
            3,
          )
        : 0,
      wind_speed_m_s: rounded(wind, 1),
      wind_gust_m_s: rounded(wind * (1.2 + 0.5 * noise.uniform()), 1),
      wind_direction_deg: rounded((225 + 25 * warmth + noise.normal(12) + 360) % 360, 0),
      pm25_ugm3: rounded(pm25, 1),
      pm10_ugm3: rounded(pm25 * 1.6 + Math.abs(noise.normal(2)), 1),
    },
  };
}
