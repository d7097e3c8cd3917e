import { readFile } from "node:fs/promises";
import type { AgentConfig } from "./config.ts";

/**
 * What an agent proves itself by, read from the files that its configuration names.
 * @throws Error naming the file that can't be read
 */
export async function readSecrets(broker: AgentConfig["broker"]) {
  const read = async (file: string | undefined): Promise<Buffer | undefined> =>
    file === undefined
      ? undefined
      : await readFile(file).catch((cause: Error) => {
          throw new Error(
            `${file} can't be read (${cause.message}); check the path and its permissions`,
            { cause },
          );
        });
  const [passwordFile, ca, cert, key] = await Promise.all([
    read(broker.passwordFile),
    read(broker.caFile),
    read(broker.certFile),
    read(broker.keyFile),
  ]);
  const password = broker.password ?? passwordFile?.toString("utf8").split(/\r?\n/, 1)[0];
  return { password, ca, cert, key };
}
