import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { levelsOf, quantityOf } from "@kenh/schemas";
import { Command } from "commander";
import { print, Refusal, table } from "./output.ts";
import { rulesExplain } from "./rules-explain.ts";
import { catalogueOf, dataOption, originWords, unitOption, viewIn } from "./state.ts";

/** `kenh rules`: alarm rules and their examples. */
export function rulesCommand(): Command {
  const command = new Command("rules").description("alarm rules");
  command
    .command("test [path]")
    .description(
      "check every rule and run its examples, shipped and in path (a file of rules, or a folder); exit 1 when one fails",
    )
    .addOption(dataOption())
    .option("--json")
    .action(async (path: string | undefined, { data, json }) => {
      const { testRules } = await import("@kenh/ingest");
      const catalogue = catalogueOf(data, ...(path ? rootsOf(path) : []));
      const { warnings } = catalogue;
      const results = testRules(catalogue);
      const failed = results.filter(({ ok }) => !ok);
      print(json, { results, failed: failed.length, warnings }, () => [
        ...results.map((one) => `${one.ok ? "ok  " : "FAIL"}  ${nameOf(one)}  ${one.example}`),
        ...failed.flatMap(({ expected, got, fault, ...one }) => [
          `${nameOf(one)}, ${one.example}:`,
          `  expected ${JSON.stringify(expected)}`,
          `  got      ${fault ?? JSON.stringify(got)}`,
        ]),
        ...warnings.map((warning) => `warning: ${warning}`),
        `${results.length - failed.length} of ${results.length} examples hold`,
      ]);
      if (failed.length > 0) process.exitCode = 1;
    });
  command
    .command("list", { isDefault: true })
    .description("show the rules in force for all or for a unit, and where each comes from")
    .addOption(unitOption())
    .addOption(dataOption())
    .option("--json")
    .action(({ unit, data, json }) => {
      const { rulesInForce, origins } = viewIn(data, unit);
      const { warnings } = catalogueOf(data);
      const rules = rulesInForce.map((rule) => ({ ...rule, origin: origins.rules.get(rule) }));
      print(json, { rules, warnings }, () => [
        ...table(
          rules.map((rule) => [
            rule.enabled ? (rule.silent ? "silent" : "") : "off",
            [...new Set(levelsOf(rule).map(({ priority }) => `P${priority}`))].join(" "),
            rule.id,
            rule.kind,
            quantityOf(rule) ?? "",
            rule.message.vi,
            [...(rule.devices ?? []), ...(rule.profiles ?? [])].join(" "),
            originWords(rule.origin),
          ]),
        ),
        ...warnings.map((warning) => `warning: ${warning}`),
      ]);
    });
  command.addCommand(rulesExplain());
  return command;
}

const nameOf = ({ rule, unit }: { rule: string; unit?: string }): string =>
  unit ? `${rule} (${unit})` : rule;

/** Where rules are read from: a file, a folder as a station has one, or a folder of rule files alone. */
function rootsOf(path: string): string[] {
  const root = resolve(path);
  if (!existsSync(root)) throw new Refusal(`there is no file or folder ${root}`, 2);
  if (root.endsWith(".yaml") || existsSync(join(root, "rules"))) return [root];
  const files = readdirSync(root).filter((name) => name.endsWith(".yaml"));
  if (files.length === 0) throw new Refusal(`there are no rules in ${root}`, 2);
  return files.sort().map((name) => join(root, name));
}
