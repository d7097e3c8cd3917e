import { userInfo } from "node:os";
import { Command } from "commander";
import { identityOf } from "./enrol.ts";
import { print } from "./output.ts";
import { ask } from "./running.ts";
import { dataOption } from "./state.ts";

interface Adopted {
  readonly device: { readonly identity: string; readonly profile: string };
  readonly replayed: number;
  readonly sender: string | null;
  readonly username?: string;
  readonly password?: string;
}

/** `kenh adopt`: registers a device that sends already, and stores what has waited. */
export function adoptCommand(): Command {
  return new Command("adopt")
    .description("register a discovered device and store what it has sent so far")
    .argument("<identity>")
    .option(
      "--profile <name>",
      "what kind of device it is; the guess, where that is sure, if left out",
    )
    .option("--label-vi <text>", "its name in Vietnamese")
    .option("--label-en <text>", "its name in English")
    .option("--password", "give it an account of its own; the password is shown once")
    .option("--comment <text>", "why, for the audit log")
    .addOption(dataOption())
    .option("--json")
    .action(async (given: string, { profile, labelVi, labelEn, password, comment, data, json }) => {
      const identity = identityOf(given);
      const label =
        labelVi || labelEn ? { vi: labelVi ?? labelEn, en: labelEn ?? labelVi } : undefined;
      const adopted = await ask<Adopted>(data, "/api/v1/discovered/adopt", {
        method: "POST",
        body: {
          ...{ identity, name: userInfo().username, profile, label, comment },
          credentials: password ? "password" : "sender",
        },
      });
      print(json, adopted, () => [
        `${identity} is registered with profile ${adopted.device.profile}; ${adopted.replayed} messages that waited were judged anew`,
        ...(adopted.sender ? [`${adopted.sender} speaks for it`] : []),
        ...(adopted.password
          ? [`username  ${adopted.username}`, `password  ${adopted.password}`]
          : []),
      ]);
    });
}
