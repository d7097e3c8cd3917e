import { readFileSync } from "node:fs";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";

type Path = readonly PropertyKey[];

/** What a YAML file holds, and where in it. */
export interface DataFile<T> {
  readonly data: T;
  /** `file:line` of the value at a path, or of what is nearest around it. */
  at(path: Path): string;
}

/** Words what is wrong at a path where the schema's own message is not enough. */
export type Explain = (issue: z.core.$ZodIssue, document: unknown) => string | undefined;

/**
 * Reads one YAML file by its schema.
 * @throws Error with every fault as `file:line: path: what is wrong`.
 */
export function readData<T>(file: string, schema: z.ZodType<T>): T {
  return readDataFile(file, schema).data;
}

/**
 * Reads one YAML file by its schema, and keeps where everything stands.
 * @throws Error with every fault as `file:line: path: what is wrong`.
 */
export function readDataFile<T>(
  file: string,
  schema: z.ZodType<T>,
  explain: Explain = () => undefined,
): DataFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  const at = (path: Path): string => `${file}:${lineOf(document, lines, path)}`;
  const [broken] = document.errors;
  if (broken) throw new Error(`${file}: ${broken.message}`, { cause: broken });
  const content = document.toJS() as unknown;
  const result = schema.safeParse(content);
  if (result.success) return { data: result.data, at };
  const faults = result.error.issues.map((issue) => {
    const message = explain(issue, content) ?? issue.message;
    return `${at(issue.path)}: ${issue.path.join(".")}: ${message}`;
  });
  throw new Error(faults.join("\n"), { cause: result.error });
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
