import { userInfo } from "node:os";
import { Command } from "commander";
import { identityOf } from "./enrol.ts";
import { print, Refusal } from "./output.ts";
import { accessOf, dataOption } from "./state.ts";

/** `kenh device revoke`: all that a device proves itself by is void, and its connection ends. */
export function deviceRevoke(): Command {
  return new Command("revoke")
    .description("make its password, certificates and codes void at once; it stays registered")
    .argument("<identity>")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, { data, json }) => {
      const identity = identityOf(given);
      const access = accessOf(data);
      try {
        const revoked = access.revoke(identity);
        if (!revoked) throw new Refusal(`${identity} has no account: kenh device list`);
        const detail = `${revoked.certificates} certificates, ${revoked.codes} codes and its password`;
        const who = { name: userInfo().username, address: null };
        access.events.add({ call: "revoke", device: identity, result: "done", detail, ...who });
        print(json, { identity, ...revoked, password: true }, () => [
          `void: ${detail}. To let it in again: kenh enrol code ${identity}, or kenh device password ${identity}`,
        ]);
      } finally {
        access.close();
      }
    });
}
