import { checkProfile } from "@kenh/edge-agent";
import { didYouMean, readDataFile } from "@kenh/ingest";
import { type Profile, profileSchema } from "@kenh/schemas";
import { Refusal } from "./output.ts";
import type { catalogueOf } from "./state.ts";

type Catalogue = ReturnType<typeof catalogueOf>;

/** Words that a point or the configuration of a source may have, for the one that was meant. */
const known =
  "path quantity type map unit scale offset sentinels validMin validMax function address wordOrder bit invert currentLoop oid text node samplingIntervalMs queueSize topic payload points time state format zone mib intervalMs timeoutMs retries radio driver config".split(
    " ",
  );

/** A profile as its file has it. @throws Refusal with every fault of its form, by line. */
export function profileIn(file: string): {
  profile: Profile;
  at(path: readonly PropertyKey[]): string;
} {
  try {
    const { data, at } = readDataFile(file, profileSchema, (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .map(
              (key) =>
                `${key} is not known there${didYouMean(key, [...Object.keys(profileSchema.shape), ...known])}`,
            )
            .join("; ")
        : undefined,
    );
    return { profile: data, at };
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  }
}

/** Everything that is wrong with the profile of a file, one line each; none when it can be used. */
export async function faultsIn(file: string, catalogue: Catalogue): Promise<string[]> {
  const { profile, at } = profileIn(file);
  const line = (path: readonly PropertyKey[], message: string): string =>
    `${at(path)}: ${path.join(".")}: ${message}`;
  const faults: string[] = [];
  const names = [...catalogue.quantities.keys()];
  for (const [index, name] of profile.classes.entries()) {
    if (!catalogue.classes.has(name)) {
      faults.push(
        line(
          ["classes", index],
          `${name} is no class${didYouMean(name, catalogue.classes.keys())}`,
        ),
      );
    }
  }
  const unknown = (name: string): string => `${name} is no quantity${didYouMean(name, names)}`;
  for (const [index, name] of profile.quantities.entries()) {
    if (!catalogue.quantities.has(name)) faults.push(line(["quantities", index], unknown(name)));
  }
  const taken = new Set([
    ...profile.quantities,
    ...profile.classes.flatMap((name) => (catalogue.classes.get(name) ?? []).map((q) => q.name)),
  ]);
  for (const [index, { quantity }] of (profile.source?.points ?? []).entries()) {
    const path = ["source", "points", index, "quantity"];
    if (!catalogue.quantities.has(quantity)) faults.push(line(path, unknown(quantity)));
    else if (!taken.has(quantity)) {
      faults.push(line(path, `${quantity} would be refused: add it to quantities`));
    }
  }
  for (const [index, { gives, name }] of profile.samples.entries()) {
    for (const [quantity, value] of Object.entries(gives)) {
      const { min, max } = catalogue.quantities.get(quantity) ?? {};
      const path = ["samples", index, "gives", quantity];
      if (!catalogue.quantities.has(quantity)) faults.push(line(path, unknown(quantity)));
      else if (
        typeof value === "number" &&
        ((min !== undefined && value < min) || (max !== undefined && value > max))
      ) {
        faults.push(
          line(
            path,
            `${value} is not plausible (${min} to ${max}): correct scale or unit, or what sample ${JSON.stringify(name)} gives`,
          ),
        );
      }
    }
  }
  for (const { path, message } of await checkProfile(profile)) {
    const last = String(path.at(-1));
    const near = message.includes("not known") ? didYouMean(last, known) : "";
    faults.push(line(path, message + near));
  }
  return faults;
}
