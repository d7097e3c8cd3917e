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

/** Something wrong in a text of YAML. */
export interface DataFault {
  /** From 1. */
  readonly line: number;
  readonly path: Path;
  readonly message: string;
}

/** What a text of YAML holds, and the line of the value at a path; or all that is wrong with it. */
export type DataText<T> =
  | { readonly data: T; lineOf(path: Path): number }
  | { readonly faults: readonly DataFault[]; readonly cause: Error };

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
  explain?: Explain,
): DataFile<T> {
  const read = readDataText(readFileSync(file, "utf8"), schema, explain);
  if ("data" in read) return { data: read.data, at: (path) => `${file}:${read.lineOf(path)}` };
  const faults = read.faults.map(({ line, path, message }) =>
    read.cause.name === "YAMLParseError"
      ? `${file}: ${message}`
      : `${file}:${line}: ${path.join(".")}: ${message}`,
  );
  throw new Error(faults.join("\n"), { cause: read.cause });
}

/** Reads a text of YAML by its schema. */
export function readDataText<T>(
  text: string,
  schema: z.ZodType<T>,
  explain: Explain = () => undefined,
): DataText<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (path: Path): number => lineIn(document, lines, path);
  const [broken] = document.errors;
  if (broken) {
    const { line } = lines.linePos(broken.pos[0]);
    return { faults: [{ line, path: [], message: broken.message }], cause: broken };
  }
  const content = document.toJS() as unknown;
  const result = schema.safeParse(content);
  if (result.success) return { data: result.data, lineOf };
  const faults = result.error.issues.map((issue) => ({
    // A word that nobody knows has a line of its own.
    line: lineOf(
      issue.code === "unrecognized_keys" ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path,
    ),
    path: issue.path,
    message: explain(issue, content) ?? issue.message,
  }));
  return { faults, cause: result.error };
}

function lineIn(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
