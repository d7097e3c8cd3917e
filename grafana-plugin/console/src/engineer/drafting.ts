import type { ProfileDriver, Quantity } from "@kenh/schemas";
import type { Draft } from "@kenh/schemas/draft";

/** A profile drafted from what a device has said, and what only a person can know. */
export interface Drafted {
  readonly yaml: string;
  readonly draft: Draft;
}

/** What a profile of a name needs to be drafted. */
export interface Naming {
  readonly name: string;
  readonly quantities: ReadonlyMap<string, Quantity>;
  /** Names of the quantities of each class. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
}

/**
 * Drafts a profile from a captured payload, a table, a walk or a dump, here in the browser: the words of all
 * gear come with the first one. @throws RangeError saying what the text is not
 */
export async function draftFrom(text: string, naming: Naming): Promise<Drafted> {
  const [{ draft }, { profileYaml }] = await Promise.all([
    import("@kenh/schemas/draft"),
    import("@kenh/schemas/draft/yaml"),
  ]);
  const { name, quantities, classes } = naming;
  const drafted = draft(text, quantities);
  const classOf = (quantity: string) =>
    Object.keys(classes).find((each) => classes[each]?.includes(quantity));
  const [, ...yaml] = profileYaml(drafted, { name, quantities, classOf }).split("\n");
  return { yaml: yaml.join("\n"), draft: drafted };
}

/**
 * What a text says in the form that a driver's samples have; undefined for an empty one.
 * @throws RangeError saying what form the text is to have
 */
export async function saidIn(text: string, driver: ProfileDriver | null): Promise<unknown> {
  if (text.trim() === "") return undefined;
  const { saysOf } = await import("@kenh/schemas/draft/says");
  return saysOf(text, driver);
}

/** The text of a profile with one more sample at its end. */
export function withSample(
  yaml: string,
  name: string,
  says: unknown,
  gives: Readonly<Record<string, unknown>>,
): string {
  const entry = [
    `  - name: ${JSON.stringify(name)}`,
    `    says: ${JSON.stringify(says)}`,
    `    gives: ${JSON.stringify(gives)}`,
  ];
  const lines = yaml.trimEnd().split("\n");
  const head = lines.findIndex((line) => /^samples:\s*(\[\s*\])?\s*(#.*)?$/.test(line));
  if (head < 0) return `${[...lines, "samples:", ...entry].join("\n")}\n`;
  const next = lines.findIndex((line, at) => at > head && /^[^\s#-]/.test(line));
  const end = next < 0 ? lines.length : next;
  return `${[...lines.slice(0, head), "samples:", ...lines.slice(head + 1, end), ...entry, ...lines.slice(end)].join("\n")}\n`;
}
