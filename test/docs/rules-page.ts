import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Catalogue, loadCatalogue } from "@kenh/ingest";
import { type AlarmRule, levelsOf, quantityOf, type RuleOf } from "@kenh/schemas";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The two pages about the shipped rules, written from the rules: where each stands, and what it says. */
export function rulePages(): ReadonlyMap<string, string> {
  const catalogue = loadCatalogue(`${root}schemas`);
  return new Map([
    [`${root}docs/reference/alarm-rules.md`, limitsPage(catalogue)],
    [`${root}docs/vi/quy-tac-canh-bao.md`, actionsPage(catalogue)],
  ]);
}

const groups = [
  ["water", "Water", "Nước"],
  ["environment", "Air and weather", "Không khí và thời tiết"],
  ["power", "Power", "Nguồn điện"],
  ["camera", "Cameras", "Camera"],
  ["platform", "Platform", "Hệ thống"],
] as const;

/** The group of a rule: those of gateways, of all devices and of datasets are the platform's. */
function groupOf({ measurement }: AlarmRule): string {
  return groups.some(([name]) => name === measurement) ? measurement : "platform";
}

function limitsPage({ rules, quantities }: Catalogue): string {
  const all = [...rules.values()];
  const unitOf = (rule: AlarmRule): string => {
    const unit = quantities.get(quantityOf(rule) ?? "")?.unit ?? "";
    return symbols[unit] ?? unit;
  };
  const row = (rule: AlarmRule): string =>
    cells([
      `\`${rule.id}\`${rule.enabled ? "" : " (off)"}`,
      conditionOf(rule, unitOf(rule)),
      delays(rule, "onDelayMs", rule.onSamples),
      ending(rule, unitOf(rule)),
      levelsOf(rule)
        .map(({ priority }) => `P${priority}`)
        .join(" / "),
      rule.message.en,
    ]);
  const table = (rows: readonly AlarmRule[]): string[] => [
    cells(["rule", "condition", "on-delay", "ends", "priority", "says"]),
    cells(["---", "---", "---", "---", "---", "---"]),
    ...rows.map(row),
  ];
  return [
    "# Alarm rules",
    "",
    "<!-- Written from schemas/rules/*.yaml by `node test/docs/rules-page.ts`; a test holds it to them. -->",
    "",
    'The rules that are shipped, with their limits; "a / b" in one row are the levels of one rule, from the',
    "mildest. A ward sets others in files of its own, `rules/*.yaml` in the data folder: `changes` for a shipped",
    "rule, for all or some devices, `rules` for its own (`kenh rules test` runs their examples). A rule marked",
    "(off) needs limits that only the place knows; its file says how to set them and turn it on. How a rule is",
    "written: [rule language](rule-language.md). What to do when one speaks: [quy tắc cảnh",
    "báo](../vi/quy-tac-canh-bao.md).",
    "",
    "P1 khẩn cấp, P2 cao, P3 trung bình, P4 thấp. Delays run in event time. Readings flagged 3, 4 or 9 count for",
    "nothing.",
    ...groups.flatMap(([name, title]) => {
      const own = all.filter((rule) => groupOf(rule) === name);
      const parts = own.filter(({ silent }) => silent);
      return [
        "",
        `## ${title}`,
        "",
        ...table(own.filter(({ silent }) => !silent)),
        ...(parts.length > 0 ? ["", "Parts, which are no alarms of their own:", ""] : []),
        ...(parts.length > 0 ? table(parts) : []),
      ];
    }),
    "",
    "## What explains what",
    "",
    cells(["while this alarm is active", "these are suppressed", "where"]),
    cells(["---", "---", "---"]),
    ...all.flatMap(({ id, explains }) =>
      explains ? [cells([`\`${id}\``, ids(explains.rules), `same ${explains.within}`])] : [],
    ),
    ...[...hiddenBy(all)].map(([id, hidden]) => cells([`\`${id}\``, ids(hidden), "same device"])),
    "",
  ].join("\n");
}

function actionsPage({ rules }: Catalogue): string {
  return [
    "# Quy tắc cảnh báo",
    "",
    "<!-- Written from schemas/rules/*.yaml by `node test/docs/rules-page.ts`; a test holds it to them. -->",
    "",
    "Mỗi cảnh báo nói điều gì, vì sao, hậu quả ra sao, phải làm gì và ai làm. Ngưỡng và thời gian trễ của từng quy",
    'tắc: [alarm-rules.md](../reference/alarm-rules.md). Chữ "báo động" chỉ dùng cho cấp báo động lũ chính thức;',
    "các ngưỡng khác là ngưỡng nội bộ của phường.",
    ...groups.flatMap(([name, , title]) => [
      "",
      `## ${title}`,
      ...[...rules.values()]
        .filter((rule) => groupOf(rule) === name && !rule.silent)
        .flatMap((rule) => [
          "",
          `### ${rule.message.vi}`,
          "",
          `\`${rule.id}\` · ${levelsOf(rule)
            .map(({ priority }) => priorities[priority])
            .join(" / ")}`,
          "",
          `- Nguyên nhân: ${rule.cause.vi}.`,
          `- Hậu quả: ${rule.consequence.vi}.`,
          `- Biện pháp xử lý: ${rule.action.vi}.`,
          `- Đơn vị xử lý: ${rule.owner.vi}.`,
        ]),
    ]),
    "",
  ].join("\n");
}

const priorities = { 1: "khẩn cấp", 2: "cao", 3: "trung bình", 4: "thấp" } as const;
/** Units as people write them; the rest stand as in the registry. */
const symbols: Readonly<Record<string, string>> = {
  Cel: "°C",
  "ug/m3": "µg/m³",
  "[ppth]": "‰",
  "[pH]": "",
  "{NTU}": "NTU",
  "{AQI}": "",
  "{count}": "",
  "1": "",
};

/** What a rule compares, and with what. */
function conditionOf(rule: AlarmRule, unit: string): string {
  switch (rule.kind) {
    case "high":
    case "low":
      return `${rule.medianOf > 1 ? `median of ${rule.medianOf} of ` : ""}${limits(rule, unit)}`;
    case "outside":
      return `\`${rule.quantity}\` outside ${rule.levels.map(({ low, high }) => amount(`${low}..${high}`, unit)).join(" / ")}`;
    case "deviation":
      return `${limits(rule, unit)} against ${span(rule.periodMs)} before`;
    case "rate":
      return `${limits(rule, unit)} of change within ${span(rule.windowMs)}`;
    case "jump":
      return `${limits(rule, unit)} of difference to a reading at most ${span(rule.windowMs)} older`;
    case "window":
      return `${rule.statistic} of ${limits(rule, unit)} over ${span(rule.windowMs)}`;
    case "forecast":
      return `trend of ${span(rule.trendMs)}: ${limits(rule, unit)} within ${span(rule.horizonMs)}`;
    case "anomaly":
      return `${limits(rule, "standard deviations")} from the median of ${span(rule.windowMs)}`;
    case "state":
      return `\`${rule.quantity}\` ${stateOf(rule)}`;
    case "stale":
      return `no sample for ${rule.intervals} × interval, at least ${span(rule.leastMs)}${rule.extraMs ? `, and ${span(rule.extraMs)}` : ""}`;
    case "frozen":
      return `\`${rule.quantity}\` within ${amount(String(rule.epsilon), unit)} for ${span(rule.forMs)} and ${rule.leastSamples} samples`;
    case "combination":
      return combined(rule);
  }
}

type Limited = Extract<AlarmRule, { inclusive: boolean }>;

function limits(rule: Limited, unit: string): string {
  const below = rule.kind === "low" || ("direction" in rule && rule.direction === "below");
  const sign = below ? (rule.inclusive ? "≤" : "<") : rule.inclusive ? "≥" : ">";
  const figures = rule.levels.map(({ limit }) => limit).join(" / ");
  return `\`${rule.quantity}\` ${sign} ${amount(figures, unit)}`;
}

function stateOf({ equals, includes, bit }: RuleOf<"state">): string {
  if (equals) return `= ${equals.join(" or ")}`;
  return includes ? `has the word ${includes.join(" or ")}` : `has bit ${bit}`;
}

function combined({ all, any, none, within, share }: RuleOf<"combination">): string {
  const parts = [
    all.length > 0 ? `all of ${ids(all)}` : "",
    any.length > 0 ? `any of ${ids(any)}` : "",
    none.length > 0 ? `none of ${ids(none)}` : "",
  ].filter(Boolean);
  const where = within === "site" ? ", anywhere at the site" : "";
  return `${parts.join(", ")}${share ? `, on ${share * 100} % of the site's devices` : where}`;
}

/** How a rule ends: at which value, and after what. */
function ending(rule: AlarmRule, unit: string): string {
  const after = delays(rule, "offDelayMs", rule.offSamples);
  const value = endOf(rule, unit);
  const latched = rule.latch ? "latched" : "";
  return [value, after === "0" ? "" : `for ${after}`, latched].filter(Boolean).join(" ") || "–";
}

function endOf(rule: AlarmRule, unit: string): string {
  if (rule.kind === "outside") {
    return rule.hysteresis > 0 ? `${amount(String(rule.hysteresis), unit)} inside` : "inside";
  }
  if (!("inclusive" in rule)) return "condition gone";
  const below = rule.kind === "low" || ("direction" in rule && rule.direction === "below");
  if (rule.levels.every(({ clear }) => clear === undefined) && rule.hysteresis === 0) {
    return "condition gone";
  }
  const ends = rule.levels.map(
    ({ limit, clear }) => clear ?? limit + (below ? rule.hysteresis : -rule.hysteresis),
  );
  return `${below ? ">" : "<"} ${amount(ends.map((end) => Number(end.toFixed(6))).join(" / "), unit)}`;
}

function delays(rule: AlarmRule, which: "onDelayMs" | "offDelayMs", samples: number): string {
  const own = levelsOf(rule).map((level) => span(level[which] ?? rule[which]));
  const time = [...new Set(own)].length === 1 ? (own[0] as string) : own.join(" / ");
  if (samples === 1) return time;
  return time === "0" ? `${samples} samples` : `${time}, ${samples} samples`;
}

/** Rules by the rule that hides them on the same device. */
function hiddenBy(rules: readonly AlarmRule[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, suppressedBy } of rules) {
    for (const cause of suppressedBy) found.set(cause, [...(found.get(cause) ?? []), id]);
  }
  return found;
}

function span(ms: number): string {
  if (ms === 0) return "0";
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return ms < 7_200_000 ? `${ms / 60_000} min` : hoursAndMinutes(ms);
  return `${ms / 1000} s`;
}

function hoursAndMinutes(ms: number): string {
  return `${Math.floor(ms / 3_600_000)} h ${(ms % 3_600_000) / 60_000} min`;
}

const amount = (figures: string, unit: string): string => `${figures} ${unit}`.trim();
const ids = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
const cells = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;

if (import.meta.main) for (const [file, text] of rulePages()) writeFileSync(file, text);
