import { parseArgs } from "node:util";
import type { Result, Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const { values, positionals } = parseArgs({
  options: { bounded: { type: "boolean", default: false }, json: { type: "boolean" } },
  allowPositionals: true,
});
const scale = values.bounded ? "bounded" : "full";
const chosen = scenarios.filter(
  ({ name }) =>
    positionals.length === 0 || positionals.some((word) => name.toLowerCase().includes(word)),
);

interface Line {
  readonly scenario: Scenario;
  readonly result?: Result;
  readonly failure?: string;
  readonly seconds: number;
}

async function run(scenario: Scenario): Promise<Line> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  try {
    const absent = scenario.absent();
    if (absent) return { scenario, failure: `did not run: ${absent}`, seconds: 0 };
    const result = await scenario.run(scale, (line) => process.stderr.write(`  ${line}\n`));
    return { scenario, result, seconds: seconds() };
  } catch (error) {
    return { scenario, failure: (error as Error).stack ?? String(error), seconds: seconds() };
  }
}

/** Nothing is lost, doubled or invented, and the books held at every look. */
const holds = ({ result }: Line): boolean =>
  result !== undefined &&
  result.missing + result.doubled + result.invented + result.books.length === 0;

const lines: Line[] = [];
for (const scenario of chosen) {
  process.stderr.write(`${scenario.name}\n`);
  const line = await run(scenario);
  lines.push(line);
  if (line.failure) process.stderr.write(`${line.failure}\n`);
  for (const fault of line.result?.books ?? []) process.stderr.write(`  books: ${fault}\n`);
}
if (values.json) {
  const out = lines.map((line) => ({
    scenario: line.scenario.name,
    seconds: line.seconds,
    ...line.result,
    ...(line.failure !== undefined && { failure: line.failure }),
    holds: holds(line),
  }));
  process.stdout.write(`${JSON.stringify(out)}\n`);
} else {
  process.stdout.write(
    "| scenario | faults | accepted | missing | doubled | invented | looks at the books | wrong | seconds | holds |\n|---|---|---|---|---|---|---|---|---|---|\n",
  );
  for (const line of lines) {
    const { scenario, result: r, seconds } = line;
    const cells = r
      ? [r.faults, r.accepted, r.missing, r.doubled, r.invented, r.looks, r.books.length]
      : Array(7).fill("–");
    const row = [scenario.name, ...cells, seconds, holds(line) ? "yes" : "NO"];
    process.stdout.write(`| ${row.join(" | ")} |\n`);
  }
}
process.exitCode = lines.every(holds) ? 0 : 1;
