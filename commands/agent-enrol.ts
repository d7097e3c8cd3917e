import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { type Document, parseDocument, stringify } from "yaml";
import { print, Refusal } from "./output.ts";

/** `kenh agent enrol`: from a one-time code to a certificate that renews itself. */
export function agentEnrol(): Command {
  return new Command("enrol")
    .description(
      "get a certificate with a one-time code (kenh enrol code) and write it into the configuration",
    )
    .requiredOption(
      "--station <url>",
      "where the station serves HTTP, such as https://tram.example",
    )
    .requiredOption("--code <code>", "as kenh enrol code has printed it")
    .option(
      "--config <file>",
      "the agent's configuration; a new one where there is none",
      "agent.yaml",
    )
    .option("--broker <url>", "how the broker is reached from here, if not as the station says")
    .option("--json")
    .action(async ({ station, code, config, broker, json }) => {
      const file = resolve(config);
      const document = readConfig(file);
      const agent = await import("@kenh/edge-agent");
      const folder = dirname(file);
      mkdirSync(folder, { recursive: true });
      const enrolled = await agent.enrolAgent({ station, code, folder }).catch((error: unknown) => {
        throw error instanceof agent.NotEnrolled ? new Refusal(error.message) : error;
      });
      const url = broker ?? enrolled.broker;
      writeConfig(file, document, { ...enrolled, broker: url }, station);
      const { identity, expiresAt } = enrolled;
      print(json, { identity, config: file, broker: url, expiresAt }, () => [
        `${identity} is enrolled until ${new Date(expiresAt).toISOString().slice(0, 16)}, and renews itself`,
        `kenh agent run ${relative(".", file)}`,
      ]);
    });
}

/** @throws Refusal when the file can't be added to: before the code is spent */
function readConfig(file: string): Document | undefined {
  if (!existsSync(file)) return undefined;
  const document = parseDocument(readFileSync(file, "utf8"));
  if (document.errors.length === 0) return document;
  throw new Refusal(`${file} is not YAML: ${document.errors[0]?.message}`, 2);
}

interface Written {
  readonly identity: string;
  readonly identityFile: string;
  readonly caFile: string;
  readonly broker: string;
}

/** Changes what the certificate is about, and leaves drivers, comments and all else as they stand. */
function writeConfig(
  file: string,
  document: Document | undefined,
  has: Written,
  station: string,
): void {
  const folder = dirname(file);
  const near = (path: string): string => `./${relative(folder, path)}`;
  const identityFile = near(has.identityFile);
  const broker = {
    url: has.broker,
    caFile: near(has.caFile),
    certFile: identityFile,
    keyFile: identityFile,
  };
  const { identity } = has;
  const name = identity.split("/").at(-1) ?? identity;
  if (document) {
    document.set("identity", identity);
    document.set("broker", document.createNode(broker));
    document.set("enrolment", document.createNode({ station }));
  }
  const text = document
    ? String(document)
    : stringify({
        ...{ version: 1, name, identity, broker },
        enrolment: { station },
        dataDir: `./${join("data", name)}`,
        drivers: [],
      });
  writeFileSync(file, text);
}
