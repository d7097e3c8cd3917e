import { alarmRuleSchema, type RuleKind } from "@kenh/schemas";
import type { Explain } from "../../data-file.ts";
import { didYouMean } from "../../nearest.ts";

/** The fields that rules of each kind have. */
const fields = new Map(
  alarmRuleSchema.options.map(({ shape }): [RuleKind, string[]] => [
    shape.kind.value,
    Object.keys(shape),
  ]),
);

/** Fields that people look for at the rule and that stand in its levels. */
const ofLevels = ["limit", "clear", "low", "high", "priority"];

/** Words what is wrong with the form of a rule or of a change: what to write instead. */
export const explainForm: Explain = (issue, document) => {
  const given = valueAt(document, issue.path);
  if (issue.code === "unrecognized_keys") {
    const rule = given as { kind?: RuleKind } | undefined;
    return issue.keys.map((key) => unknownField(key, rule?.kind)).join("; ");
  }
  if (issue.code === "invalid_union" && issue.path.at(-1) === "kind") {
    const kinds = [...fields.keys()];
    if (given === undefined) return `kind is missing: write one of ${kinds.join(", ")}`;
    const near = didYouMean(String(given), kinds);
    return `there is no kind ${JSON.stringify(given)}${near || `: write one of ${kinds.join(", ")}`}`;
  }
  if (issue.code === "invalid_type" && given === undefined) {
    return `${String(issue.path.at(-1))} is missing: ${issue.expected} expected`;
  }
  if (issue.code === "too_small" && typeof given === "number" && given < 0) {
    const field = String(issue.path.at(-1));
    const why =
      field === "hysteresis" ? "how far on the good side of the limit it ends" : "a length of time";
    return `${field} is ${given}: write ${why}, from 0`;
  }
  return undefined;
};

/** What to write instead of a field that the kind does not have. */
export function unknownField(key: string, kind: RuleKind | undefined): string {
  const known = kind === undefined ? undefined : fields.get(kind);
  if (known?.includes("levels") && ofLevels.includes(key)) {
    return `${key} stands in a level: write levels: [{ priority: …, limit: … }]`;
  }
  const near = known ? didYouMean(key, known) : "";
  return `a rule of kind ${kind ?? "?"} has no field ${key}${near || (known ? `: it has ${known.join(", ")}` : "")}`;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    document,
  );
}
