import { isIdentity } from "@kenh/schemas";
import type { ChecksConfig, ReportConfig } from "./checks/config.ts";
import type { AgentConfig } from "./config.ts";
import { loadKind } from "./kinds.ts";

/** What an agent will do with its configuration, in plain words, a line each. */
export async function explainAgentConfig(config: AgentConfig): Promise<readonly string[]> {
  const { name, identity, broker, outbox, dataDir, clock, drivers } = config;
  const server = clock.server ? `measured at ${clock.server}` : "as the system tells";
  const parts = await Promise.all(drivers.map(explainDriver));
  return [
    `${name} (${identity}) publishes to ${broker.url} as ${broker.username ?? identity}`,
    `keeps what is not sent in ${dataDir}, at most ${Math.round(outbox.maxBytes / 2 ** 20)} MiB or ${duration(outbox.maxAgeMs)}`,
    `trusts its clock ${server}${clock.doubt === "flag" ? "; in doubt, readings are suspect" : ""}`,
    config.health === false
      ? "measures nothing of itself"
      : `measures its own backlog and clock every ${duration(config.health.everyMs)}`,
    ...(drivers.length === 0 ? ["reads nothing: it has no drivers"] : parts.flat()),
  ];
}

async function explainDriver(entry: AgentConfig["drivers"][number]): Promise<string[]> {
  const kind = await loadKind(entry.kind);
  const found = look(kind.configSchema.parse(entry.config));
  const devices = [...new Set([entry.device, ...found.devices])];
  const quantities = [...found.quantities];
  const rhythm = [...found.intervals].join(", ");
  const { level, checks = {}, report } = entry;
  return [
    "",
    `${entry.name ?? entry.device}: ${entry.kind}${rhythm && `, ${rhythm}`}`,
    ...(devices.length > 1 ? [`  for ${devices.join(", ")}`] : []),
    quantities.length > 0
      ? `  reads ${quantities.join(", ")}`
      : "  reads what the device gives: kenh agent watch shows it",
    ...(level ? [`  makes ${level.to} out of the ${level.method} ${level.from}`] : []),
    ...Object.entries(checks).map(([name, check]) => `  checks ${name}: ${explainChecks(check)}`),
    `  reports ${explainReport(report)}`,
  ];
}

interface Found {
  readonly quantities: Set<string>;
  readonly devices: Set<string>;
  readonly intervals: Set<string>;
}

/** Gathers what every kind of driver names in the same way, wherever it stands. */
function look(
  value: unknown,
  key = "",
  found: Found = { quantities: new Set(), devices: new Set(), intervals: new Set() },
): Found {
  if (typeof value === "string") {
    if (key === "quantity") found.quantities.add(value);
    else if (isIdentity(value)) found.devices.add(value);
  } else if (typeof value === "number") {
    if (key === "intervalMs") found.intervals.add(`every ${duration(value)}`);
    else if (key.endsWith("IntervalMs")) found.intervals.add(`${key} ${duration(value)}`);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) look(inner, name, found);
  }
  return found;
}

function explainChecks({ range, spike, flatLine, rateOfChange }: ChecksConfig[string]): string {
  const span = (low: number | undefined, high: number | undefined): string =>
    `${low ?? "any"} to ${high ?? "any"}`;
  const says: string[] = [];
  const expected = range && (range.suspectMin ?? range.suspectMax) !== undefined;
  if (range && (range.min ?? range.max) !== undefined)
    says.push(`fails outside ${span(range.min, range.max)}`);
  if (range && expected) says.push(`suspect outside ${span(range.suspectMin, range.suspectMax)}`);
  if (spike) {
    const fail = spike.fail === undefined ? "" : `, fails above ${spike.fail}`;
    says.push(`suspect as a spike of more than ${spike.suspect}${fail}`);
  }
  if (flatLine) {
    const { forMs, failForMs, tolerance } = flatLine;
    const fail = failForMs === undefined ? "" : `, fails after ${duration(failForMs)}`;
    says.push(`suspect when within ${tolerance} for ${duration(forMs)}${fail}`);
  }
  if (rateOfChange) says.push(`suspect when faster than ${rateOfChange.perSecond} a second`);
  return says.join("; ") || "nothing";
}

function explainReport(report: ReportConfig | undefined): string {
  if (!report) return "every reading";
  const period = report.on === "change" ? "" : duration(report.periodMs);
  if (report.on === "period") return `one reading every ${period}, and every change of quality`;
  const bands = Object.entries(report.deadband).map(
    ([name, { absolute, relative }]) =>
      `${name} by more than ${[absolute && `${absolute}`, relative && `${relative * 100} %`].filter(Boolean).join(" and ") || "0"}`,
  );
  const change = `what changes${bands.length > 0 ? ` (${bands.join(", ")})` : ""}`;
  return report.on === "both" ? `${change}, and the rest every ${period}` : change;
}

/** Milliseconds as a person writes them: in the largest unit that leaves no fraction. */
function duration(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  const [size, unit] = units.find(([each]) => ms >= each && ms % each === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
