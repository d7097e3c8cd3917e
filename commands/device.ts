import { didYouMean } from "@kenh/ingest";
import { type Device, deviceSchema, type Identity, identitySchema } from "@kenh/schemas";
import { Command } from "commander";
import { entryFor, planConnection } from "./device-connect.ts";
import { dryRunDevice } from "./device-dry-run.ts";
import { deviceRevoke } from "./device-revoke.ts";
import { print, Refusal, table } from "./output.ts";
import { accessOf, catalogueOf, commandLine, dataOption, registryOf } from "./state.ts";

/** `kenh device`: what may send, and under which password. */
export function deviceCommand(): Command {
  const command = new Command("device").description("devices and their passwords");
  command
    .command("add <identity>")
    .description("register province/unit/site/device; its password is shown once")
    .requiredOption("--profile <name>", "what kind of device it is (kenh profile list)")
    .option("--label-vi <text>", "its name in Vietnamese")
    .option("--label-en <text>", "its name in English")
    .option(
      "--connect <url>",
      "where the station's own agent reads it, such as modbus://10.0.0.5?unit=1",
    )
    .option("--node <name>", "of a LoRaWAN node: its devEui, or device_id of The Things Stack")
    .option("--zone <zone>", "where the clock of the device stands, such as Asia/Ho_Chi_Minh")
    .option("--agency <key>", "whose it is, such as 82/so-nnmt")
    .option("--criticality <n>", "what hangs on it: 1 life and limb … 4 little")
    .option("--dry-run", "show what would be stored, which alarms and pages, and write nothing")
    .option("--sample <file>", "with --dry-run: a telemetry payload to try, as it would be sent")
    .option("--for <identities...>", "devices that it also publishes for, as a gateway does")
    .addOption(dataOption())
    .option("--json")
    .action(async (identity, options) => {
      const device = { ...registered(options.data, identity), ...deviceOf(identity, options) };
      const publishes = [identity, ...(options.for ?? [])].map(identityOf);
      if (options.dryRun) return dryRunDevice(device, options);
      const connection = await connectionOf(device, options);
      const registry = registryOf(options.data);
      const access = accessOf(options.data);
      try {
        if (registry.find(identity) && access.account(identity)) {
          throw new Refusal(
            `${identity} is registered: kenh device password ${identity} makes a new password`,
          );
        }
        put((each) => registry.put(each, { actor: commandLine(), how: "add" }), device);
        const password = await access.addAccount(identity, publishes);
        const agent = await connection?.commit({ access, registry });
        print(
          options.json,
          { identity, username: identity, password, ...(agent && { agent }) },
          () => [
            `identity  ${identity}`,
            `username  ${identity}`,
            `password  ${password}`,
            ...(agent ? [`agent     ${agent}`] : []),
          ],
        );
      } finally {
        registry.close();
        access.close();
      }
    });
  command
    .command("password <identity>")
    .description("make a password; an old one is void at once")
    .addOption(dataOption())
    .option("--json")
    .action(async (identity, { data, json }) => {
      const access = accessOf(data);
      try {
        const account = access.account(identity);
        // Those that came in by a file have none yet.
        if (!account && !registered(data, identity))
          throw new Refusal(`${identity} is not registered: kenh device add ${identity}`);
        const password = await access.addAccount(identity, account?.publishes ?? [identity]);
        print(json, { identity, username: identity, password }, () => [password]);
      } finally {
        access.close();
      }
    });
  command.addCommand(deviceRevoke());
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
      const by = { actor: commandLine(), how: "remove" };
      const known = [registry.remove(identity, by), access.removeAccount(identity)];
      registry.close();
      access.close();
      if (!known.includes(true))
        throw new Refusal(`there is no device ${identity}: kenh device list`);
    });
  return command;
}

/** What is known of a device already, by an import for instance: it stays where nothing else is said. */
function registered(data: string, identity: string): Device | undefined {
  const registry = registryOf(data);
  try {
    return registry.record("device", identity);
  } finally {
    registry.close();
  }
}

function identityOf(text: string): Identity {
  const parsed = identitySchema.safeParse(text);
  if (!parsed.success) throw new Refusal(`identity ${text} ${parsed.error.issues[0]?.message}`, 2);
  return parsed.data;
}

function deviceOf(identity: string, options: Record<string, string>): Device {
  const { profile, labelVi, labelEn, agency, criticality } = options;
  const label = labelVi || labelEn ? { vi: labelVi ?? labelEn, en: labelEn ?? labelVi } : undefined;
  const parsed = deviceSchema.safeParse({
    identity: identityOf(identity),
    profile,
    ...(label && { label }),
    ...(agency !== undefined && { agency }),
    ...(criticality !== undefined && { criticality: Number(criticality) }),
  });
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: "is wrong" }] = parsed.error.issues;
  throw new Refusal(`${path.join(".")}: ${message}`, 2);
}

/** How the station's own agent reaches the device, where its address is given. */
async function connectionOf(device: Device, options: Record<string, string>) {
  const { connect, node, zone, data = "" } = options;
  if (connect === undefined) return undefined;
  const { profiles } = catalogueOf(data);
  const profile = profiles.get(device.profile);
  if (!profile) {
    const near = didYouMean(device.profile, profiles.keys());
    throw new Refusal(`there is no profile ${device.profile}${near}: kenh profile list`, 2);
  }
  const entry = await entryFor(profile, {
    device: device.identity,
    address: connect,
    ...(node && { node }),
    ...(zone && { zone }),
  });
  return planConnection(data, entry);
}

function put(write: (device: Device) => void, device: Device): void {
  try {
    write(device);
  } catch (error) {
    throw error instanceof RangeError ? new Refusal(error.message, 2) : error;
  }
}
