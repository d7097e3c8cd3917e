import { type Device, deviceSchema, type Identity, identitySchema } from "@kenh/schemas";
import { Command } from "commander";
import { print, Refusal, table } from "./output.ts";
import { accessOf, dataOption, registryOf } from "./state.ts";

/** `kenh device`: what may send, and under which password. */
export function deviceCommand(): Command {
  const command = new Command("device").description("devices and their passwords");
  command
    .command("add <identity>")
    .description("register province/unit/site/device; its password is shown once")
    .requiredOption("--profile <name>", "what kind of device it is (kenh profile list)")
    .option("--label-vi <text>", "its name in Vietnamese")
    .option("--label-en <text>", "its name in English")
    .option("--for <identities...>", "devices that it also publishes for, as a gateway does")
    .addOption(dataOption())
    .option("--json")
    .action(async (identity, options) => {
      const device = deviceOf(identity, options);
      const publishes = [identity, ...(options.for ?? [])].map(identityOf);
      const registry = registryOf(options.data);
      const access = accessOf(options.data);
      try {
        if (registry.find(identity) && access.account(identity)) {
          throw new Refusal(
            `${identity} is registered: kenh device password ${identity} makes a new password`,
          );
        }
        put(registry.put, device);
        const password = await access.addAccount(identity, publishes);
        print(options.json, { identity, username: identity, password }, () => [
          `identity  ${identity}`,
          `username  ${identity}`,
          `password  ${password}`,
        ]);
      } finally {
        registry.close();
        access.close();
      }
    });
  command
    .command("password <identity>")
    .description("make a new password; the old one is void at once")
    .addOption(dataOption())
    .option("--json")
    .action(async (identity, { data, json }) => {
      const access = accessOf(data);
      try {
        const account = access.account(identity);
        if (!account)
          throw new Refusal(`${identity} is not registered: kenh device add ${identity}`);
        const password = await access.addAccount(identity, account.publishes);
        print(json, { identity, username: identity, password }, () => [password]);
      } finally {
        access.close();
      }
    });
  command
    .command("list")
    .description("show the registered devices")
    .addOption(dataOption())
    .option("--json")
    .action(({ data, json }) => {
      const registry = registryOf(data);
      const devices = registry
        .all()
        .map(({ identity, profile, label }) => ({ identity, profile, label }));
      registry.close();
      print(json, { devices }, () =>
        table(devices.map(({ identity, profile, label }) => [identity, profile, label?.vi ?? ""])),
      );
    });
  command
    .command("remove <identity>")
    .description("take a device and its password away; what it sent stays stored")
    .addOption(dataOption())
    .action((identity, { data }) => {
      const registry = registryOf(data);
      const access = accessOf(data);
      const known = [registry.remove(identity), access.removeAccount(identity)];
      registry.close();
      access.close();
      if (!known.includes(true))
        throw new Refusal(`there is no device ${identity}: kenh device list`);
    });
  return command;
}

function identityOf(text: string): Identity {
  const parsed = identitySchema.safeParse(text);
  if (!parsed.success) throw new Refusal(`identity ${text} ${parsed.error.issues[0]?.message}`, 2);
  return parsed.data;
}

function deviceOf(identity: string, options: Record<string, string>): Device {
  const { profile, labelVi, labelEn } = options;
  const label = labelVi || labelEn ? { vi: labelVi ?? labelEn, en: labelEn ?? labelVi } : undefined;
  return deviceSchema.parse({ identity: identityOf(identity), profile, ...(label && { label }) });
}

function put(write: (device: Device) => void, device: Device): void {
  try {
    write(device);
  } catch (error) {
    throw error instanceof RangeError ? new Refusal(error.message, 2) : error;
  }
}
