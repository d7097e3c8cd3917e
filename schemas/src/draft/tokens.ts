import { spellOut } from "./ideographs.ts";
import { neutral, spellings } from "./spellings.ts";

/** Spellings by their first token, the longest first. */
export const byFirst = new Map<string, { tokens: readonly string[]; word: string }[]>();
const vocabulary = new Set<string>();
for (const line of spellings.trim().split("\n")) {
  const at = line.indexOf(":");
  const word = line.slice(0, at);
  const [singles = "", ...phrases] = line.slice(at + 1).split(",");
  for (const spelling of [word, ...singles.split(/\s+/), ...phrases]) {
    const tokens = spelling.trim().split(/\s+/).filter(Boolean);
    const [first] = tokens;
    if (first === undefined) continue;
    const list = byFirst.get(first) ?? [];
    list.push({ tokens, word });
    list.sort((a, b) => b.tokens.length - a.tokens.length);
    byFirst.set(first, list);
    if (tokens.length === 1) vocabulary.add(first);
  }
}
for (const word of neutral) vocabulary.add(word);

/** Gases and dusts are one word however they are written; so are the phases. */
const wholes: readonly (readonly [RegExp, string])[] = [
  [/(?:particulate[\s_-]*matter|(?<![a-z])mc)[\s_.-]?(2[\s_.,p-]?5|10|1(?![\d]))/gi, " pm$1 "],
  [/pm[\s_.-]?2[\s_.,p-]?5/gi, " pm25 "],
  [/pm[\s_.-]?10(?!\d)/gi, " pm10 "],
  [/pm_?02(?!\d)/gi, " pm25 "],
  [/pm[\s_.-]?0?1(?:[._,]0|p0)?(?!\d)/gi, " pm1 "],
  [/pm[\s_.-]?(?:4|0[._]?[35])(?:[._]0)?(?!\d)/gi, " pmother "],
  [/e?co[\s_-]?2(?:eq)?(?!\d)/gi, " co2 "],
  [/hcho|ch2o/gi, " formaldehyde "],
  [/(?<![a-z])(no2|so2|h2s|nh3|o3)(?![0-9])/gi, " $1 "],
  [/\bt?voc(?=_|\b|[A-Z])/gi, " tvoc "],
  [/(?<![a-zA-Z])pH(?![a-zA-Z])|(?<![a-z])ph(?=\d|_?(?:soil|water|value)\b)/g, " acidity "],
  [/(?<![a-z])ph\d?(?=[_\s]*(?:soil|water|nuoc|dat)\b)/gi, " acidity "],
  [/cos\s*[φϕ]|cosφ/gi, " cosphi "],
  [/l\s*a\s*eq|laeq/gi, " laeq "],
  [/(?<![a-z\d])([abc])\s*-\s*n(?![a-z])/gi, " phx$1 "],
  [/(?<![a-z])(?:phases?\s+)?a\s*(?:-|and|và|et|und)\s*b(?![a-z])/gi, " l12 "],
  [/(?<![a-z])(?:phases?\s+)?b\s*(?:-|and|và|et|und)\s*c(?![a-z])/gi, " l23 "],
  [/(?<![a-z])(?:phases?\s+)?(?:c\s*(?:-|and|và|et|und)\s*a|a\s*-\s*c)(?![a-z])/gi, " l31 "],
  [/line[\s-]+to[\s-]+neutral|phase[\s-]+to[\s-]+neutral/gi, " "],
  [/(?:line|phase|l)\s*([123])\s*(?:to|-)\s*(?:line|phase|l)\s*([123])/gi, " l$1$2 "],
  [/(?:line|phase)[\s-]+to[\s-]+(?:line|phase)|line[\s-]line|l-l/gi, " linetoline "],
  [/\bl([123])\s*-\s*n\b/gi, " l$1 "],
  [/\bl?([123])\s*-\s*l?([123])\b(?=.*(?:volt|v\b))/gi, " l$1$2 "],
  [/(?<![a-z\d])l([123])[\s_-]*l([123])(?![a-z\d])/gi, " l$1$2 "],
  [/(?<![a-z\d])l([123])[\s_-]*n(?![a-z\d])/gi, " l$1 "],
  [/(?:phase|pha|line|ph)[\s_.-]*([123])(?!\d)/gi, " l$1 "],
  [/(?<![a-z])(?:phase|pha|ph)[\s_.-]*([abc])(?![a-z])/gi, " phx$1 "],
  [/(?<![a-z])([abc])[\s_.-]*(?:phase|pha)(?![a-z])/gi, " phx$1 "],
  [/(?<![a-z])(?:phase|pha|ph)[\s_.-]*([rst])(?![a-z])/gi, " phx$1 "],
];

/** A text as its words are looked for: without marks and superscripts. */
function flat(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036f]/g, "")
    .replaceAll("đ", "d")
    .replaceAll("Đ", "D");
}

/** Units that humps would cut apart. */
const unitLike =
  /(?<![a-zA-Z])[kMmGhuμ]?(?:Wh|VArh|VARh|varh|VAh|W|VAr|VAR|VA|A|V|Hz|Pa)(?![a-zA-Z])/g;

/** Symbols of electrical engineering. */
const symbols: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    u: ["voltage"],
    v: ["voltage"],
    i: ["current"],
    p: ["active", "power"],
    q: ["reactive", "power"],
    s: ["apparent", "power"],
    pf: ["factor"],
    f: ["frequency"],
    ep: ["active", "energy"],
    eq: ["reactive", "energy"],
    wp: ["active", "energy"],
    e: ["active", "energy"],
  }),
);
export const letterOfPhase: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "l1",
    b: "l2",
    c: "l3",
    r: "l1",
    s: "l2",
    t: "l3",
    1: "l1",
    2: "l2",
    3: "l3",
    n: "ln",
  }),
);
const written =
  /^(pf|ep|eq|wp|[uvipqsef])[\s_]*(?:l?([1-3])[\s_-]*l?([1-3])|([abc])([abcn])|l?([abcrst1-3n])|(tot(?:al)?|sum|sys|avg)|([+-]))$/i;

/** A table of a meter writes symbols; a message of a node may shorten its words to letters. */
export type Dialect = "plain" | "electric";

const letters: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    t: ["temperature"],
    h: ["humidity"],
    p: ["pressure"],
    u: ["voltage"],
    i: ["current"],
    b: ["battery"],
    long: ["longitude"],
  }),
);

/** The tokens of a symbol such as `Ua`, `Uab`, `V12`, `I3`, `P total` or `EP+`. */
function symbol(name: string): string[] | undefined {
  const [, letter = "", from, to, first, second, phase, whole, sign] = written.exec(name) ?? [];
  const words = symbols.get(letter.toLowerCase());
  if (!words) return undefined;
  const at = (text: string): string =>
    (letterOfPhase.get(text.toLowerCase()) ?? "").replace("l", "");
  if (from && to) return [...words, `l${from}${to}`];
  if (first && second) {
    return [
      ...words,
      second.toLowerCase() === "n" ? `l${at(first)}` : `l${at(first)}${at(second)}`,
    ];
  }
  if (phase) return [...words, letterOfPhase.get(phase.toLowerCase()) ?? ""];
  return [
    ...words,
    ...(whole ? ["total"] : []),
    ...(sign ? [sign === "+" ? "import" : "export"] : []),
  ];
}

/** The tokens of a name, whether it is written with spaces, points, underlines or humps. */
export function tokensOf(text: string, dialect: Dialect = "plain"): string[] {
  let rest = flat(spellOut(text));
  const name = rest.trim();
  if (dialect === "electric" && /^(f|ep|eq)$/i.test(name)) {
    return [...(symbols.get(name.toLowerCase()) ?? [])];
  }
  // A probe has its number: T1, H2.
  const probe = dialect === "plain" ? /^([th])\d$/i.exec(name)?.[1] : undefined;
  if (probe) return [...(letters.get(probe.toLowerCase()) ?? [])];
  const short = dialect === "electric" || /^[uvi][1-3]$/i.test(name);
  const said = short ? symbol(name) : letters.get(name.toLowerCase());
  if (said) return [...said];
  rest = rest.replaceAll(unitLike, (unit) => ` ${unit.toLowerCase()} `);
  for (const [pattern, word] of wholes) {
    rest = rest.replaceAll(pattern, (_, one = "", two = "") =>
      word.replace("$1", String(one).toLowerCase()).replace("$2", String(two)),
    );
  }
  return rest
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/(\d)([A-Z][a-z])/g, "$1 $2")
    .replaceAll(/([a-zA-Z]{2,})(L[123]|T[1-4])(?![a-zA-Z\d])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .flatMap((token) => splitNumber(token))
    .filter(Boolean)
    .flatMap((token) => (vocabulary.has(token) || byFirst.has(token) ? [token] : compound(token)));
}

const keepsNumber =
  /^(m[23]|l\d{1,2}|t\d|p[12]|pm\d+|co2|no2|so2|h2s|nh3|o3|o2|h2o|cl2|ds18[bx]20|esp\d+|24h|1h)$/;

function splitNumber(token: string): string[] {
  if (keepsNumber.test(token)) return [token];
  // A number at the end counts channels; a chip has its number within.
  const [, word, number] = /^([a-z]+?)(\d{1,2})$/.exec(token) ?? [];
  if (word && number && (vocabulary.has(word) || word.length <= 2 || compound(word).length > 1)) {
    return [word, number];
  }
  return [token];
}

/** Splits `windspeed` into words that are known, all of it or none. */
function compound(token: string): string[] {
  if (token.length < 4 || /\d/.test(token)) return [token];
  const best: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= token.length; end++) {
    for (let start = Math.max(0, end - 18); start <= end - 3; start++) {
      const head = best[start];
      const word = token.slice(start, end);
      if (!head || !(vocabulary.has(word) && word.length >= 3)) continue;
      const whole = [...head, word];
      const before = best[end];
      if (!before || whole.length < before.length) best[end] = whole;
    }
  }
  const whole = best[token.length];
  if (whole) return whole;
  // `tempf`, `windspeedmph`: a unit may be glued to the end.
  for (const unit of glued) {
    const before = token.endsWith(unit) ? token.slice(0, -unit.length) : "";
    const words =
      before.length < 3 ? undefined : vocabulary.has(before) ? [before] : best[before.length];
    if (words && words.length > 0) return [...words, unit];
  }
  return [token];
}

/** Units that are written without a gap, the longest first. */
const glued = [
  "mmhg",
  "inhg",
  "mph",
  "kmh",
  "kph",
  "hpa",
  "mbar",
  "kpa",
  "lux",
  "ppm",
  "pct",
  "kwh",
  "mps",
  "mm",
  "cm",
  "in",
  "kw",
  "ma",
  "mv",
  "ms",
  "c",
  "f",
  "v",
];
