import type {
  Comparison,
  Explanation,
  Observation,
  RegisteredDevice,
  Step,
  View,
} from "@kenh/ingest";
import {
  type Alarm,
  type AlarmRule,
  type Flag,
  levelsOf,
  quantityOf,
  type Value,
} from "@kenh/schemas";
import { Command } from "commander";
import { print, Refusal, table, when } from "./output.ts";
import { ask } from "./running.ts";
import { catalogueOf, dataOption, registryOf } from "./state.ts";

const dayMs = 86_400_000;

interface Telemetry {
  readonly points: readonly (readonly [ts: number, value: Value | null, flag: Flag])[];
}
type Named = Observation & { readonly name: string };

/** `kenh rules explain`: why did this one fire or not, from the readings. */
export function rulesExplain(): Command {
  return new Command("explain")
    .argument("<rule>")
    .argument("<device>", "province/unit/site/device")
    .description(
      "judge the readings in the store again, and tell step by step what a rule did and why",
    )
    .option(
      "--from <time>",
      "ISO 8601 with its zone, or milliseconds; a day before --to when absent",
    )
    .option("--to <time>", "now when absent")
    .addOption(dataOption())
    .option("--json")
    .action(async (id: string, identity: string, { from, to, data, json }) => {
      const ingest = await import("@kenh/ingest");
      const catalogue = catalogueOf(data);
      const until = to === undefined ? Date.now() : instantOf(to);
      const since = from === undefined ? until - dayMs : instantOf(from);
      const registry = registryOf(data);
      try {
        const device = registry.find(identity);
        if (!device)
          throw new Refusal(`there is no device ${identity}: kenh device list shows them`);
        const find = (rule: string) => ingest.ruleFor(catalogue, rule, device);
        const { rules } = ingest.viewOf<View>(catalogue, identity);
        const rule = find(id);
        if (!rule)
          throw new Refusal(`there is no rule ${id} for ${identity}: kenh rules list shows them`);
        const members = ingest.membersAt(rule, rules);
        const place = ingest.placeOf(rule, identity);
        if (place === identity && !isOf(rule, device)) {
          throw new Refusal(
            `${id} watches devices of ${rule.measurement}, and ${identity} is one of ${device.series.measurement}`,
          );
        }
        const devices =
          place === identity
            ? [device]
            : registry.all().filter((each) => siteOf(each.identity) === siteOf(identity));
        const span = { from: since, to: until };
        const back = since - Math.max(0, ...[rule, ...members].map(ingest.memoryOf));
        const explained: Explanation[] = [];
        const samples: Sample[] = [];
        for (const each of devices) {
          const judged: AlarmRule[] = [rule, ...members].filter(
            (one) => one.kind !== "combination" && isOf(one, each),
          );
          const readings = await readingsOf(data, each, judged, back, until);
          for (const one of judged) {
            const quantity = quantityOf(one);
            const own = readings.filter(({ name }) => quantity === null || name === quantity);
            if (own.length === 0 && one !== rule) continue;
            explained.push(ingest.explain(one, each, own, since, until));
          }
          samples.push(...samplesOf(each, readings));
        }
        if (rule.kind === "combination") {
          samples.sort((a, b) => a.point.ts - b.point.ts);
          const played = ingest.play(rule, rules, { devices, samples, until });
          const own = played.filter((one) => one.rule === rule.id && one.at >= since);
          explained.unshift({
            ...{ rule: rule.id, device: place, readings: samples.length, passedOver: [] },
            steps: own.map((step) => ({
              ...step,
              limit: null,
              since: null,
              priority: rule.priority,
            })),
            ...{ level: own.at(-1)?.level ?? null, value: null },
          });
        }
        const first = explained[0] as Explanation;
        const history = await historyOf(data, id, place);
        const comparison = ingest.compare(first.steps, history, since, until);
        print(json, { rule: id, device: place, ...span, explained, comparison }, () => [
          `${id} (${rule.kind}) on ${place}, ${when(since)} to ${when(until)}`,
          ...explained.flatMap((each) => wordsOf(each, find(each.rule) ?? rule)),
          ...comparisonWords(comparison),
        ]);
      } finally {
        registry.close();
      }
    });
}

interface Sample {
  readonly device: string;
  readonly point: {
    readonly series: RegisteredDevice["series"];
    readonly ts: number;
    readonly fields: { name: string; type: "float"; value: Value | null; flag: Flag }[];
  };
}

/** What the store has of the quantities that these rules look at, by time. */
async function readingsOf(
  data: string,
  device: RegisteredDevice,
  rules: readonly AlarmRule[],
  from: number,
  to: number,
): Promise<Named[]> {
  const watched = rules.map(quantityOf);
  const names = watched.includes(null)
    ? [...device.quantities.keys()]
    : [...new Set(watched)].filter((name) => name !== null && device.quantities.has(name));
  const readings: Named[] = [];
  for (const name of names) {
    const query = new URLSearchParams({
      ...{ device: device.identity, quantity: String(name) },
      ...{ from: String(from), to: String(to) },
    });
    const { points } = await ask<Telemetry>(data, `/api/v1/telemetry?${query}`);
    for (const [ts, value, flag] of points) readings.push({ name: String(name), ts, value, flag });
  }
  return readings.sort((a, b) => a.ts - b.ts);
}

function samplesOf(device: RegisteredDevice, readings: readonly Named[]): Sample[] {
  const { series, identity } = device;
  return [...Map.groupBy(readings, ({ ts }) => ts)].map(([ts, together]) => ({
    device: identity,
    point: {
      series,
      ts,
      fields: together.map(({ name, value, flag }) => ({ name, type: "float", value, flag })),
    },
  }));
}

/** All transitions of all alarms of the rule on the device that the station still lists. */
async function historyOf(data: string, rule: string, device: string): Promise<Alarm["history"]> {
  const { alarms } = await ask<{ alarms: Alarm[] }>(data, "/api/v1/alarms");
  const own = alarms.filter((alarm) => alarm.rule === rule && alarm.device === device);
  const whole = await Promise.all(own.map(({ id }) => ask<Alarm>(data, `/api/v1/alarms/${id}`)));
  return whole.flatMap(({ history }) => history).sort((a, b) => a.at - b.at);
}

function wordsOf(explanation: Explanation, rule: AlarmRule): string[] {
  const { steps, passedOver, readings, level, value } = explanation;
  const held = level === null ? "no level holds" : `level ${level} holds`;
  return [
    "",
    `${rule.id} on ${explanation.device}: ${rule.kind} ${quantityOf(rule) ?? ""}`.trimEnd(),
    ...limitWords(rule).map((line) => `  ${line}`),
    ...table(steps.map((step) => ["  ", when(step.at), step.event, ...stepWords(step)])),
    ...passedOver.map(
      ({ why, count, first, last }) =>
        `  passed over: ${count} (${why}), ${when(first)} to ${when(last)}`,
    ),
    `  after ${readings} readings ${held}${value === null ? "" : `, at ${value}`}`,
  ];
}

function limitWords(rule: AlarmRule): string[] {
  return levelsOf(rule).map(({ priority, onDelayMs, offDelayMs, ...level }, at) => {
    const limits = Object.entries(level).filter(([, given]) => typeof given === "number");
    const delays = `on after ${onDelayMs ?? rule.onDelayMs} ms, off after ${offDelayMs ?? rule.offDelayMs} ms`;
    const own =
      "levels" in rule ? limits.map(([name, given]) => `${name} ${given}, `).join("") : "";
    return `level ${at}, P${priority}: ${own}${delays}`;
  });
}

function stepWords({ event, value, limit, level, since }: Step): string[] {
  const compared = value === null ? "" : `${value}${limit === null ? "" : ` against ${limit}`}`;
  const waited = since === null || event === "pending" ? "" : `asked for since ${when(since)}`;
  return [level === null ? "" : `level ${level}`, compared, waited];
}

function comparisonWords({ same, onlyInHistory, onlyInReadings, late }: Comparison): string[] {
  const lines = (title: string, turns: Comparison["late"]): string[] =>
    turns.map(
      ({ event, at, value }) =>
        `${title}: ${event} ${when(at)}${value === null ? "" : ` at ${value}`}`,
    );
  const differs = onlyInHistory.length + onlyInReadings.length > 0;
  return [
    "",
    differs
      ? `the alarm's history differs (${same} transitions are the same); late data, an operator's other rules or a start in between may be why:`
      : `the alarm's history is the same (${same} transitions)`,
    ...lines("  in the history alone", onlyInHistory),
    ...lines("  from the readings alone", onlyInReadings),
    ...lines("  came late", late),
  ];
}

/** Whether the rule is for devices of this measurement. */
const isOf = ({ measurement }: AlarmRule, { series }: RegisteredDevice): boolean =>
  measurement === "*" || measurement === series.measurement;

const siteOf = (identity: string): string => identity.slice(0, identity.lastIndexOf("/"));

function instantOf(text: string): number {
  const ts = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(ts)) {
    throw new Refusal(`${text} is no time: write 2026-10-05T07:00:00+07:00, or milliseconds`, 2);
  }
  return ts;
}
