import { type AlarmRule, isMeantFor, levelsOf } from "@kenh/schemas";
import { planOf } from "../levels.ts";
import { isTimeZone } from "../schedule.ts";
import { type Fault, fault, type Known } from "./fault.ts";
import { isOf } from "./quantity.ts";

/** Whether delays, windows and hours can do what they say. */
export function* checkTiming(rule: AlarmRule, known: Known): Iterable<Fault> {
  const { kind, schedule, rearmStep } = rule;
  if (schedule) {
    if (kind === "stale") {
      yield fault(["schedule"], "silence is judged by the clock at any hour: leave schedule out");
    }
    if (schedule.from === schedule.to) {
      yield fault(
        ["schedule"],
        `from ${schedule.from} to ${schedule.to} is no time at all: leave schedule out for the whole day`,
      );
    }
    if (!isTimeZone(schedule.timeZone)) {
      yield fault(
        ["schedule", "timeZone"],
        `there is no time zone ${schedule.timeZone}: write a name of the IANA list, such as Asia/Ho_Chi_Minh`,
      );
    }
  }
  if (rearmStep !== undefined && !("levels" in rule)) {
    yield fault(["rearmStep"], `a ${kind} rule has no value that could go further: leave it out`);
  }
  if (!planOf(rule).lasting && kind !== "stale") yield* checkAgainstInterval(rule, known);
}

/** Where a reading has to show it, no delay or window can be shorter than the time between two. */
function* checkAgainstInterval(rule: AlarmRule, known: Known): Iterable<Fault> {
  const interval = shortestInterval(rule, known);
  if (!interval) return;
  const { ms, of } = interval;
  const spans: [path: (string | number)[], span: number | undefined][] = [
    [["onDelayMs"], rule.onDelayMs],
    [["offDelayMs"], rule.offDelayMs],
    [["windowMs"], "windowMs" in rule ? rule.windowMs : undefined],
    [["trendMs"], "trendMs" in rule ? rule.trendMs : undefined],
    [["forMs"], "forMs" in rule ? rule.forMs : undefined],
  ];
  if ("levels" in rule) {
    levelsOf(rule).forEach(({ onDelayMs, offDelayMs }, at) => {
      spans.push(
        [["levels", at, "onDelayMs"], onDelayMs],
        [["levels", at, "offDelayMs"], offDelayMs],
      );
    });
  }
  for (const [path, span] of spans) {
    if (span === undefined || span === 0 || span >= ms) continue;
    const delay = String(path.at(-1)).endsWith("DelayMs");
    yield fault(
      path,
      `${span} ms is below the ${ms} ms between two readings of ${of}: write ${delay ? "0 to go by single readings, or " : ""}${ms} or more`,
    );
  }
}

/** Of the devices that the rule watches and of the profiles that others will have. */
function shortestInterval(rule: AlarmRule, { devices, profiles }: Known) {
  let shortest: { ms: number; of: string } | undefined;
  const consider = (ms: number | undefined, of: string): void => {
    if (ms !== undefined && ms < (shortest?.ms ?? Number.POSITIVE_INFINITY)) shortest = { ms, of };
  };
  for (const profile of profiles.values()) {
    const meant = rule.profiles?.includes(profile.name) ?? true;
    if (meant && isOf(rule, profile)) consider(profile.intervalMs, `profile ${profile.name}`);
  }
  for (const device of devices.values()) {
    const profile = profiles.get(device.profile);
    if (profile && isOf(rule, profile) && isMeantFor(rule, device)) {
      consider(device.intervalMs, device.identity);
    }
  }
  return shortest;
}
