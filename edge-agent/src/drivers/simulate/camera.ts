import { flags } from "@kenh/schemas";
import type { Incident } from "./config.ts";
import { ongoing } from "./incident.ts";
import { type Instant, type Observation, rounded } from "./instant.ts";
import { noiseAt } from "./random.ts";

/** The state of a camera's stream; what can't be known while it is away is flagged missing. */
export function camera(instant: Instant, incidents: readonly Incident[]): Observation {
  const noise = noiseAt(instant.seed, instant.ts);
  if (ongoing(incidents, "camera-down", instant.sinceStartMs)) {
    const { missing } = flags;
    return {
      state: "down",
      values: { reachable: false, stream_ok: false },
      qc: {
        fps: missing,
        bitrate_kbps: missing,
        luma_mean: missing,
        luma_std: missing,
        tamper: missing,
      },
    };
  }
  const covered = ongoing(incidents, "camera-covered", instant.sinceStartMs) !== undefined;
  return {
    state: covered ? "covered" : "up",
    values: {
      reachable: true,
      stream_ok: true,
      fps: rounded(25 + noise.normal(0.2), 1),
      bitrate_kbps: rounded(Math.max(50, (covered ? 300 : 2900) + noise.normal(120)), 0),
      luma_mean: rounded(Math.max(0, (covered ? 6 : 112) + noise.normal(1.5)), 1),
      luma_std: rounded(Math.max(0, (covered ? 2 : 48) + noise.normal(0.8)), 1),
      tamper: covered,
    },
  };
}
