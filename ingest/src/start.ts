import type { Ingest, IngestParts } from "./ingest-parts.ts";

/**
 * Opens everything below `config.dataDir`, carries on where it stood, and serves HTTP. Its parts are loaded
 * now and not with the package: a command that reads the registry serves no HTTP.
 * @throws Error when another process has the spool open or the port is taken.
 */
export async function startIngest(parts: IngestParts): Promise<Ingest> {
  const ingest = await import("./ingest.ts");
  return ingest.startIngest(parts);
}
