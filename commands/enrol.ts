import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Identity, identitySchema } from "@kenh/schemas";
import { siteSchema } from "@kenh/schemas/node";
import { Command } from "commander";
import { print, Refusal, table } from "./output.ts";
import { accessOf, dataOption } from "./state.ts";

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Long enough to walk to the cabinet, short enough that a code in a message is worth nothing. */
const validFor = "15m";
/** Who leaves with a certificate has it for a season; renewal is exercised every two months. */
const life = "90d";
const mostMs = { valid: 7 * unitsMs.d, life: 825 * unitsMs.d };

/** `kenh enrol`: one-time codes by which devices and agents get their certificates. */
export function enrolCommand(): Command {
  const command = new Command("enrol").description("let devices and agents prove who they are");
  command
    .command("code <identity>")
    .description("print a one-time code for a certificate; it is shown once")
    .option("--valid <time>", "how long the code may be used, such as 15m or 2h", validFor)
    .option("--life <time>", "how long its certificates live, such as 90d", life)
    .option("--joins", "it may bring devices of its site that nobody has registered yet")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, { valid, life: lives, joins, data, json }) => {
      const identity = identityOf(given);
      const access = accessOf(data);
      const sites = joins ? [identity.split("/").slice(0, 3).join("/")] : [];
      const made = access.codes.make(identity, {
        validMs: lengthOf("--valid", valid, mostMs.valid),
        lifeMs: lengthOf("--life", lives, mostMs.life),
        joins: sites,
      });
      const until = new Date(made.expiresAt).toISOString();
      const detail = `code ${made.id}, good until ${until}`;
      const who = { name: userInfo().username, address: null };
      access.events.add({ call: "enrol-code", device: identity, result: "done", detail, ...who });
      access.close();
      const station = stationOf(data);
      print(json, { identity, code: made.code, expiresAt: made.expiresAt, station }, () => [
        made.code,
        `once, until ${until}: kenh agent enrol --station ${station ?? "http://<station>:8080"} --code ${made.code}`,
      ]);
    });
  command
    .command("join <site>")
    .description(
      "print a user and password that may bring unknown devices of province/unit/site; shown once",
    )
    .addOption(dataOption())
    .option("--json")
    .action(async (given: string, { data, json }) => {
      const site = siteSchema.safeParse(given);
      if (!site.success) throw new Refusal(`${given} ${site.error.issues[0]?.message}`, 2);
      const username = `${site.data}/join`;
      const access = accessOf(data);
      try {
        const owned = access.account(username)?.publishes ?? [];
        const password = await access.addAccount(username, owned, [site.data]);
        print(json, { site: site.data, username, password }, () => [
          `username  ${username}`,
          `password  ${password}`,
        ]);
      } finally {
        access.close();
      }
    });
  command
    .command("list <identity>")
    .description("show the certificates and codes of a device")
    .addOption(dataOption())
    .option("--json")
    .action((given: string, { data, json }) => {
      const identity = identityOf(given);
      const access = accessOf(data);
      const certificates = access.certificates
        .of(identity)
        .map(({ pem: _pem, key: _key, ...one }) => one);
      const codes = access.codes.of(identity).map(({ key: _key, ...one }) => one);
      access.close();
      print(json, { certificates, codes }, () =>
        table([
          ...certificates.map(({ serial, issuedAt, expiresAt, reason }) => [
            serial,
            day(issuedAt),
            day(expiresAt),
            reason ?? "good",
          ]),
          ...codes.map(({ id, madeAt, expiresAt, usedAt }) => [
            `code ${id}`,
            day(madeAt),
            day(expiresAt),
            usedAt === null ? "open" : "used",
          ]),
        ]),
      );
    });
  return command;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

export function identityOf(text: string): Identity {
  const parsed = identitySchema.safeParse(text);
  if (!parsed.success) throw new Refusal(`identity ${text} ${parsed.error.issues[0]?.message}`, 2);
  return parsed.data;
}

function lengthOf(option: string, text: string, most: number): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * unitsMs[unit as keyof typeof unitsMs];
  if (ms > 0 && ms <= most) return ms;
  throw new Refusal(
    `${option} ${text} must be a length of time such as 15m, 2h or 90d, and at most ${most / unitsMs.d}d`,
    2,
  );
}

/** Where the station serves HTTP, while it runs. */
function stationOf(data: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(data, "station.json"), "utf8")) as { http: string }).http;
  } catch {
    return null;
  }
}
