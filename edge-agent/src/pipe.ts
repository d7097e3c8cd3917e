import { checks } from "./checks/check.ts";
import { reportBy } from "./checks/report.ts";
import type { AgentConfig } from "./config.ts";
import type { Report } from "./driver.ts";
import { levelOf } from "./level/level.ts";
import type { Transform } from "./transform.ts";

type Entry = Pick<AgentConfig["drivers"][number], "device" | "level" | "checks" | "report">;

/**
 * What a sample passes between its driver and the outbox, once it names its device:
 *
 *   driver ──▶ level ──▶ checks ──▶ observers (power, clock) ──▶ report ──▶ outbox
 *
 * What is judged has its unit and its meaning; what is left out has been judged.
 */
export function pipeOf(entry: Entry, observers: readonly Transform[], report: Report): Transform {
  const steps: Transform[] = [];
  if (entry.level) {
    const { device = entry.device } = entry.level;
    steps.push(levelOf({ ...entry.level, device }, report));
  }
  if (entry.checks) steps.push(checks(entry.checks));
  steps.push(...observers);
  if (entry.report) steps.push(reportBy(entry.report));
  return (sample) => steps.reduce((samples, step) => samples.flatMap(step), [sample]);
}
