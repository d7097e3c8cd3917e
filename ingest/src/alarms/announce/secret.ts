import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";

/** Where a secret stands: never in a file of configuration itself. */
export interface SecretPlace {
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}

/** A secret in a file of its own (relative to the station's folder) or in an environment variable. */
export const secretPlaceSchema = z
  .strictObject({ file: z.string().min(1).optional(), env: z.string().min(1).optional() })
  .refine(({ file, env }) => (file === undefined) !== (env === undefined), {
    error: "names one of file and env",
  });

/**
 * Read anew for each use, so that a changed secret counts at once.
 * @throws Error naming the place, never what stands there
 */
export function readSecret(place: SecretPlace, folder: string): string {
  const text =
    place.file === undefined
      ? process.env[place.env ?? ""]
      : readFileSync(resolve(folder, place.file), "utf8");
  const secret = text?.trim();
  if (secret) return secret;
  throw new Error(
    place.file === undefined
      ? `the environment has no ${place.env}`
      : `${resolve(folder, place.file)} is empty`,
  );
}
