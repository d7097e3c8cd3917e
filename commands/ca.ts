import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { print, Refusal } from "./output.ts";
import { dataOption } from "./state.ts";

/** `kenh ca`: the station's own certificate authority. */
export function caCommand(): Command {
  const command = new Command("ca").description("the station's own certificate authority");
  command
    .command("init")
    .description("make it, if there is none: a start of the station does the same")
    .addOption(dataOption())
    .option("--json")
    .action(async ({ data, json }) => {
      const { configOf } = await import("@kenh/ingest");
      const { authorityOf } = await import("../station/authority.ts");
      await authorityOf(data, configOf(process.env, data).host);
      show(data, json);
    });
  command
    .command("show")
    .description("where its certificate is, by which devices believe the broker")
    .addOption(dataOption())
    .option("--json")
    .action(({ data, json }) => show(data, json));
  return command;
}

function show(data: string, json: boolean | undefined): void {
  const file = resolve(join(data, "ca", "ca.pem"));
  if (!existsSync(file)) throw new Refusal(`there is no authority in ${data}: kenh ca init`);
  const { subject, fingerprint256, validToDate } = new X509Certificate(readFileSync(file));
  const authority = {
    file,
    name: subject.replaceAll("\n", ", "),
    fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
    expiresAt: validToDate.getTime(),
  };
  print(json, authority, () => [
    `certificate  ${authority.file}`,
    `name         ${authority.name}`,
    `sha256       ${authority.fingerprint}`,
    `good until   ${validToDate.toISOString().slice(0, 10)}`,
  ]);
}
