import { readFileSync } from "node:fs";
import type { DryRun } from "@kenh/ingest";
import type { Device } from "@kenh/schemas";
import { print, Refusal, when } from "./output.ts";
import { ask, NotRunning } from "./running.ts";
import { dashboardsFolder, registryOf } from "./state.ts";

/** Lines of the samples that are shown; --json has more of them. */
const mostLines = 3;

/** `kenh device add --dry-run`: what would be stored, which alarms, which pages. Writes nothing. */
export async function dryRunDevice(
  device: Device,
  { data, sample, json }: { data: string; sample?: string; json?: boolean },
): Promise<void> {
  const payload = sample === undefined ? undefined : textOf(sample);
  const found = await tryOut(data, device, payload);
  print(json, found, () => words(found));
}

/** By the running station, which knows what waits in quarantine; by the files where none runs. */
async function tryOut(data: string, device: Device, payload: string | undefined): Promise<DryRun> {
  try {
    const body = { device, ...(payload !== undefined && { payload }) };
    return await ask<DryRun>(data, "/api/v1/devices/preview", { method: "POST", body });
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
  }
  const { createDryRun, readDashboards } = await import("@kenh/ingest");
  const registry = registryOf(data);
  try {
    const dryRun = createDryRun({
      registry,
      waiting: () => ({ total: 0, items: [] }),
      dashboards: readDashboards(dashboardsFolder),
      now: Date.now,
    });
    return dryRun(device, payload);
  } catch (error) {
    throw error instanceof RangeError ? new Refusal(error.message, 2) : error;
  } finally {
    registry.close();
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const refusal = new Refusal(`--sample ${file} can't be read: ${(cause as Error).message}`, 2);
    refusal.cause = cause;
    throw refusal;
  }
}

const origins: Readonly<Record<DryRun["source"], string>> = {
  payload: "the sample that was given",
  quarantine: "what waits in quarantine",
  profile: "the samples of its profile",
  none: "none: nothing has come from it, and its profile has none",
};

function words(found: DryRun): string[] {
  const { device, replaces, source, stored, readings, setAside, waiting, alarms } = found;
  const raised = alarms.filter(({ fired }) => fired.length > 0);
  const calm = alarms.length - raised.length;
  const sampled = stored.fields.filter((field) => field.sampled);
  return [
    `device     ${device.identity}, ${device.profile}${replaces ? ", is registered and would be changed" : ""}`,
    `samples    ${origins[source]}${waiting > 0 ? `; ${waiting} messages wait in quarantine` : ""}`,
    `stored     ${stored.measurement}: ${sampled.map(({ name, unit }) => `${name} (${unit})`).join(", ") || "–"}; it could send ${stored.fields.length} quantities`,
    ...stored.lines.slice(-mostLines).map((line) => `           ${line}`),
    ...(readings.length > 0 ? [`           ${readings.length} readings tried`] : []),
    ...setAside
      .slice(0, mostLines)
      .map(({ reason, detail, readings: n }) => `set aside  ${n}, ${reason}: ${detail}`),
    ...raised.flatMap(({ rule, message, fired }) => [
      `alarm      ${rule}: ${message.vi}`,
      ...fired
        .slice(0, mostLines)
        .map(
          ({ event, at, value }) =>
            `           ${event} ${when(at)}${value === null ? "" : ` at ${value}`}`,
        ),
    ]),
    `alarms     ${raised.length} would have been raised; ${calm} other rules would watch it`,
    ...found.dashboards.map(({ title, panels }) => `page       ${title}: ${panels.join(", ")}`),
    ...found.warnings.map((warning) => `look       ${warning}`),
    "nothing was written: the same without --dry-run registers it",
  ];
}
