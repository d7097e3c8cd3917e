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
    .requiredOption(
      "--scope <scope>",
      "a province (82), a unit (82/29869), an agency (82/29869/van-hoa) or * for all",
    )
    .option("--expires <date>", "opens nothing from then on: 2027-01-31, or days as 90d")
    .option(
      "--grafana <url>",
      "for the Grafana app there: calls that change something must carry who is signed in",
    )
    .addOption(dataOption())
    .option("--json")
    .action(({ role, scope, expires, grafana, data, json }) => {
      const parsed = scopeSchema.safeParse(scope);
      if (!parsed.success)
        throw new Refusal(`scope ${scope} ${parsed.error.issues[0]?.message}`, 2);
      if (grafana !== undefined && !/^https?:\/\//.test(grafana))
        throw new Refusal(`--grafana ${grafana} is no address: https://grafana.example`, 2);
      const expiresAt = expires === undefined ? null : endOf(expires, Date.now());
      const access = accessOf(data);
      const token = access.addToken(roleSchema.parse(role), parsed.data, {
        expiresAt,
        grafana: grafana ?? null,
      });
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
      print(json, { tokens }, () =>
        table(
          tokens.map(({ id, role, scope, expiresAt, grafana }) => [
            id,
            role,
            scope,
            expiresAt === null ? "" : `until ${new Date(expiresAt).toISOString()}`,
            grafana ?? "",
          ]),
        ),
      );
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

/** @throws Refusal when it is neither a day to come nor a number of days */
function endOf(text: string, now: number): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const end = days === undefined ? Date.parse(text) : now + Number(days) * 24 * 3_600_000;
  if (end > now) return end;
  throw new Refusal(`--expires ${text} must be a day to come, 2027-01-31, or days as 90d`, 2);
}
