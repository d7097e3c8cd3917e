import { levelsOf, quantityOf } from "@kenh/schemas";
import { Command } from "commander";
import { print, table } from "./output.ts";
import { catalogueOf, dataOption } from "./state.ts";

/** `kenh rules`: alarm rules and their examples. */
export function rulesCommand(): Command {
  const command = new Command("rules").description("alarm rules");
  command
    .command("test [path]")
    .description("run the examples of every rule, shipped and below path; exit 1 when one fails")
    .addOption(dataOption())
    .option("--json")
    .action(async (path: string | undefined, { data, json }) => {
      const { testRules } = await import("@kenh/ingest");
      const results = testRules(catalogueOf(data, ...(path ? [path] : [])));
      const failed = results.filter(({ ok }) => !ok);
      print(json, { results, failed: failed.length }, () => [
        ...results.map(({ rule, example, ok }) => `${ok ? "ok  " : "FAIL"}  ${rule}  ${example}`),
        ...failed.flatMap(({ rule, example, expected, got, fault }) => [
          `${rule}, ${example}:`,
          `  expected ${JSON.stringify(expected)}`,
          `  got      ${fault ?? JSON.stringify(got)}`,
        ]),
        `${results.length - failed.length} of ${results.length} examples hold`,
      ]);
      if (failed.length > 0) process.exitCode = 1;
    });
  command
    .command("list", { isDefault: true })
    .description("show the rules in force")
    .addOption(dataOption())
    .option("--json")
    .action(({ data, json }) => {
      const rules = [...catalogueOf(data).rules.values()];
      print(json, { rules }, () =>
        table(
          rules.map((rule) => [
            levelsOf(rule)
              .map(({ priority }) => `P${priority}`)
              .join(" "),
            rule.id,
            rule.kind,
            quantityOf(rule) ?? "",
            rule.message.vi,
          ]),
        ),
      );
    });
  return command;
}
