import { readFileSync } from "node:fs";
import type { Profile } from "@kenh/schemas";
import { faultsOf, type Known, type ProfileFault, readProfile } from "../station/profile-check.ts";
import { Refusal } from "./output.ts";

const lineFor =
  (file: string) =>
  ({ line, path, message }: ProfileFault): string =>
    path.length > 0
      ? `${file}:${line}: ${path.join(".")}: ${message}`
      : `${file}:${line}: ${message}`;

/** A profile as its file has it. @throws Refusal with every fault of its form, by line. */
export function profileIn(file: string): Profile {
  const read = readProfile(readFileSync(file, "utf8"));
  if ("profile" in read) return read.profile;
  throw new Refusal(read.faults.map(lineFor(file)).join("\n"));
}

/** Everything that is wrong with the profile of a file, one line each; none when it can be used. */
export async function faultsIn(file: string, known: Known): Promise<string[]> {
  return (await faultsOf(readFileSync(file, "utf8"), known)).map(lineFor(file));
}
