import { statSync } from "node:fs";
import { extname, join } from "node:path";
import type { Outcome, Plan, Proposed, Registry } from "@kenh/ingest";
import { registryKinds } from "@kenh/schemas";
import { Command, Option } from "commander";
import { print, Refusal, table, when } from "./output.ts";
import { changeRow, editLine, refusedLine } from "./registry-words.ts";
import { commandLine, dataOption, referenceFile, registryOf } from "./state.ts";

/** Edits that a dry run names one by one. */
const mostShown = 50;

/** `kenh registry`: the places, agencies and devices of a station in files, and every change of them. */
export function registryCommand(): Command {
  const command = new Command("registry").description(
    "provinces, units, agencies, sites, devices and calibrations: in files and out of them, and every change",
  );
  command.addCommand(exportCommand());
  command.addCommand(importCommand());
  command.addCommand(historyCommand());
  command.addCommand(showCommand());
  command.addCommand(undoCommand());
  command.addCommand(removeCommand());
  return command;
}

function exportCommand(): Command {
  return new Command("export")
    .description("write all of it into one YAML file, or into a folder of CSV files")
    .requiredOption("--to <path>", "a file for YAML, a folder for CSV")
    .addOption(
      new Option("--format <format>", "yaml when --to ends in it, else csv").choices([
        "yaml",
        "csv",
      ]),
    )
    .addOption(dataOption())
    .option("--json")
    .action(async ({ to, format, data, json }) => {
      const { writeTables, writeYaml } = await import("@kenh/ingest");
      const yaml = (format ?? (/\.ya?ml$/.test(to) ? "yaml" : "csv")) === "yaml";
      await withRegistry(data, (registry) => {
        const file = yaml && extname(to) === "" ? join(to, "registry.yaml") : to;
        if (yaml) writeYaml(registry, file);
        const files = yaml
          ? [file]
          : writeTables(registry, to).map((name) => join(to as string, name));
        const counts = registryKinds.map((kind) => [kind, registry.records(kind).length] as const);
        print(json, { files, records: Object.fromEntries(counts) }, () => [
          ...files,
          ...table(counts.filter(([, count]) => count > 0).map(([kind, count]) => [kind, count])),
        ]);
      });
    });
}

function importCommand(): Command {
  return new Command("import")
    .argument("[files...]", "YAML and CSV files, or folders of them")
    .description("add and replace what the files say; what they do not name stays")
    .option("--reference <name>", "a list that comes with Kênh, such as dong-thap")
    .option("--dry-run", "say what would be changed, and change nothing")
    .addOption(
      new Option("--take-good", "take every row that is right; refused ones are named").conflicts(
        "allOrNothing",
      ),
    )
    .option("--all-or-nothing", "take nothing while a row is refused (this is what happens)")
    .option("--comment <text>", "why, for the history")
    .addOption(dataOption())
    .option("--json")
    .action(async (files: string[], options) => {
      const { reference, dryRun, takeGood = false, comment, data, json } = options;
      const paths = [...(reference === undefined ? [] : [referenceFile(reference)]), ...files];
      if (paths.length === 0) throw new Refusal("name a file, a folder or a --reference", 2);
      const proposed = await read(paths);
      await withRegistry(data, (registry) => {
        if (dryRun) return tellPlan(registry.plan(proposed), json);
        const by = { actor: commandLine(), how: "import", comment };
        tellOutcome(registry.change(proposed, { ...by, takeGood }), json);
      });
    });
}

async function read(paths: readonly string[]): Promise<Proposed[]> {
  const { readRegistryFiles } = await import("@kenh/ingest");
  for (const path of paths) {
    if (!statSync(path, { throwIfNoEntry: false })) throw new Refusal(`there is no ${path}`, 2);
  }
  try {
    return readRegistryFiles(paths);
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}

function tellPlan({ edits, unchanged, refused }: Plan, json: boolean | undefined): void {
  print(json, { edits: edits.map(parsed), unchanged, refused }, () => [
    ...refused.map(refusedLine),
    ...edits.slice(0, mostShown).map(editLine),
    ...(edits.length > mostShown ? [`… and ${edits.length - mostShown} more`] : []),
    `would change ${edits.length}, leave ${unchanged} as they are, refuse ${refused.length}; nothing was written`,
  ]);
  if (refused.length > 0) process.exitCode = 1;
}

function tellOutcome({ change, unchanged, refused }: Outcome, json: boolean | undefined): void {
  print(json, { change, unchanged, refused }, () => [
    ...refused.map(refusedLine),
    change
      ? `change ${change.id}: ${change.size} records; ${unchanged} were so already, ${refused.length} refused`
      : refused.length > 0
        ? `${refused.length} refused, nothing was taken: mend them, or take the others with --take-good`
        : `nothing to change: ${unchanged} are so already`,
  ]);
  if (refused.length > 0) process.exitCode = 1;
}

function historyCommand(): Command {
  return new Command("history")
    .argument("[key]", "of a record, or of all below a path such as 82/29869")
    .description("show who changed what, the last change first")
    .option("--limit <n>", "how many", "20")
    .option("--verify", "whether the history is as it was written; 1 when it is not")
    .addOption(dataOption())
    .option("--json")
    .action((key: string | undefined, { limit, verify, data, json }) =>
      withRegistry(data, ({ history }) => {
        if (verify) {
          const chain = history.chain();
          const { changes, head, brokenAt } = chain;
          print(json, chain, () => [
            brokenAt === null
              ? `${changes} changes, as they were written; head ${head}`
              : `change ${brokenAt} is not as it was written`,
          ]);
          if (brokenAt !== null) process.exitCode = 1;
          return;
        }
        const count = /^[1-9]\d{0,5}$/.test(limit) ? Number(limit) : undefined;
        if (count === undefined) throw new Refusal(`--limit ${limit} must be a number from 1`, 2);
        const changes = history.list({ key, limit: count, scope: "*" });
        print(json, { changes }, () => table(changes.map(changeRow)));
      }),
    );
}

function showCommand(): Command {
  return new Command("show")
    .argument("<change>")
    .description("show what a change has changed, before and after")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, { data, json }) =>
      withRegistry(data, ({ history }) => {
        const change = history.get(numberOf(given));
        if (!change) throw noChange(given);
        const edits = history.edits(change.id, "*");
        print(json, { change, edits: edits.map(parsed) }, () => [
          `change ${change.id}, ${when(change.at)}, ${change.how}, ${change.actor.name ?? change.actor.token}`,
          ...(change.comment === null ? [] : [change.comment]),
          ...edits.map(editLine),
        ]);
      }),
    );
}

function undoCommand(): Command {
  return new Command("undo")
    .argument("<change>")
    .description("bring back what was before a change; that is a change of its own")
    .option("--comment <text>", "why, for the history")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, { comment, data, json }) =>
      withRegistry(data, (registry) => {
        if (!registry.history.get(numberOf(given))) throw noChange(given);
        const by = { actor: commandLine(), how: "undo", comment };
        const change = refusing(() => registry.undo(numberOf(given), by));
        print(json, { change }, () => [
          `change ${change.id} takes back change ${given}: ${change.size} records`,
        ]);
      }),
    );
}

function removeCommand(): Command {
  return new Command("remove")
    .argument("<kind>", registryKinds.join(", "))
    .argument("<key>")
    .description("take a record away; a device has its password taken too by kenh device remove")
    .option("--comment <text>", "why, for the history")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, key: string, { comment, data, json }) =>
      withRegistry(data, (registry) => {
        const kind = registryKinds.find((one) => one === given);
        if (!kind) throw new Refusal(`kind ${given} must be one of ${registryKinds.join(", ")}`, 2);
        const by = { actor: commandLine(), how: "remove", comment };
        const change = refusing(() => registry.discard([{ kind, key }], by));
        if (!change) throw new Refusal(`there is no ${kind} ${key}`);
        print(json, { change }, () => [`change ${change.id}: ${kind} ${key} is taken away`]);
      }),
    );
}

async function withRegistry(data: string, work: (registry: Registry) => void): Promise<void> {
  const registry = registryOf(data);
  try {
    work(registry);
  } finally {
    registry.close();
  }
}

const numberOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0);
const noChange = (text: string): Refusal =>
  new Refusal(`there is no change ${text}: kenh registry history shows them`);

/** @throws Refusal in place of a conflict with what was changed later */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "RegistryConflict")) throw error;
    throw new Refusal(error.message);
  }
}

function parsed({ kind, key, before, after }: Plan["edits"][number]) {
  const value = (body: string | null): unknown => (body === null ? null : JSON.parse(body));
  return { kind, key, before: value(before), after: value(after) };
}
