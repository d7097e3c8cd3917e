import { roleSchema, roles, scopeSchema } from "@kenh/schemas";
import { Command, Option } from "commander";
import { print, Refusal, table } from "./output.ts";
import { accessOf, dataOption } from "./state.ts";

/** `kenh token`: bearer tokens for the HTTP interface and for MQTT readers. */
export function tokenCommand(): Command {
  const command = new Command("token").description("tokens for people and programs");
  command
    .command("create")
    .description("make a token; it is shown once")
    .addOption(
      new Option("--role <role>", "what it may do").choices([...roles]).makeOptionMandatory(),
    )
    .requiredOption("--scope <scope>", "a province (82), a unit (82/29869) or * for all")
    .addOption(dataOption())
    .option("--json")
    .action(({ role, scope, data, json }) => {
      const parsed = scopeSchema.safeParse(scope);
      if (!parsed.success)
        throw new Refusal(`scope ${scope} ${parsed.error.issues[0]?.message}`, 2);
      const access = accessOf(data);
      const token = access.addToken(roleSchema.parse(role), parsed.data);
      access.close();
      print(json, { token }, () => [token]);
    });
  command
    .command("list")
    .description("show the tokens there are, by name, role and scope")
    .addOption(dataOption())
    .option("--json")
    .action(({ data, json }) => {
      const access = accessOf(data);
      const tokens = access.tokens();
      access.close();
      print(json, { tokens }, () => table(tokens.map(({ id, role, scope }) => [id, role, scope])));
    });
  command
    .command("revoke <id>")
    .description("take a token back at once")
    .addOption(dataOption())
    .action((id, { data }) => {
      const access = accessOf(data);
      const removed = access.removeToken(id);
      access.close();
      if (!removed) throw new Refusal(`there is no token ${id}: kenh token list`);
    });
  return command;
}
