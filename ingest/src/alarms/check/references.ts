import type { AlarmRule } from "@kenh/schemas";
import { didYouMean } from "../../nearest.ts";
import { type Fault, fault, type Known } from "./fault.ts";

/** Whether the rules that it names are there, raise what is asked of them, and don't lead back to it. */
export function* checkReferences(rule: AlarmRule, known: Known): Iterable<Fault> {
  const causes = [...named(rule, "suppressedBy"), ...named(rule, "explains")];
  const members = named(rule, "members");
  for (const { path, id } of [...causes, ...members]) {
    if (known.rules.has(id)) continue;
    const near = didYouMean(id, known.rules.keys());
    yield fault(path, `there is no rule ${id}${near || ": write the id of one, or leave it out"}`);
  }
  for (const { path, id } of causes) {
    if (known.rules.get(id)?.every(({ silent }) => silent)) {
      yield fault(path, `${id} is silent, so it raises no alarm: name one that does`);
    }
  }
  if (rule.silent && rule.explains) {
    yield fault(
      ["explains"],
      "a silent rule raises no alarm that could explain others: leave it out",
    );
  }
  if (rule.kind === "combination") {
    if (rule.all.length + rule.any.length === 0) {
      yield fault(
        [],
        "a combination needs rules in all or any: with none alone it would always hold",
      );
    }
    if (rule.share !== undefined && rule.within !== "site") {
      yield fault(["share"], "a share is one of a site's devices: write within: site");
    }
  }
  const circle = circleOf(rule.id, known, (each) => named(each, "members"));
  if (circle) {
    yield fault([], `the combination depends on itself, ${circle}: take one of them out`);
  }
  const suppressing = circleOf(rule.id, known, (each) => [
    ...named(each, "suppressedBy"),
    ...explainers(each.id, known),
  ]);
  if (suppressing) {
    yield fault(
      [],
      `it is its own cause, ${suppressing}: take one of explains or suppressedBy out`,
    );
  }
}

interface Reference {
  readonly path: (string | number)[];
  readonly id: string;
}

function named(rule: AlarmRule, what: "suppressedBy" | "explains" | "members"): Reference[] {
  const list = (ids: readonly string[], ...path: string[]) =>
    ids.map((id, at): Reference => ({ path: [...path, at], id }));
  if (what === "suppressedBy") return list(rule.suppressedBy, "suppressedBy");
  if (what === "explains") return list(rule.explains?.rules ?? [], "explains", "rules");
  if (rule.kind !== "combination") return [];
  return [...list(rule.all, "all"), ...list(rule.any, "any"), ...list(rule.none, "none")];
}

/** The rules that say that they explain this one. */
function explainers(id: string, { rules }: Known): Reference[] {
  return [...rules.values()]
    .flat()
    .filter((rule) => rule.explains?.rules.includes(id))
    .map((rule) => ({ path: [], id: rule.id }));
}

/** A way from a rule over what it names back to it, as `a → b → a`. */
function circleOf(
  start: string,
  { rules }: Known,
  next: (rule: AlarmRule) => readonly Reference[],
): string | undefined {
  const seen = new Set<string>();
  const search = (id: string, way: readonly string[]): string | undefined => {
    for (const rule of rules.get(id) ?? []) {
      for (const reference of next(rule)) {
        if (reference.id === start) return [...way, id, start].join(" → ");
        if (seen.has(reference.id)) continue;
        seen.add(reference.id);
        const found = search(reference.id, [...way, id]);
        if (found) return found;
      }
    }
    return undefined;
  };
  return search(start, []);
}
