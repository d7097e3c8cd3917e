import { checkProfile, readAs } from "@kenh/edge-agent";
import { type Catalogue, didYouMean, readDataText } from "@kenh/ingest";
import { type Profile, profileSchema, type Value } from "@kenh/schemas";

/** Something wrong in a profile: in which line of its text, where, and what to do about it. */
export interface ProfileFault {
  /** From 1. */
  readonly line: number;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What a profile is checked against. */
export type Known = Pick<Catalogue, "quantities" | "classes">;

/** Words that a point or the configuration of a source may have, for the one that was meant. */
const words =
  "path quantity type map unit scale offset sentinels validMin validMax function address wordOrder bit invert currentLoop oid text node samplingIntervalMs queueSize topic payload points time state format zone mib intervalMs timeoutMs retries radio driver config".split(
    " ",
  );

/** A profile as its text has it, or every fault of its form. */
export function readProfile(
  text: string,
):
  | { readonly profile: Profile; lineOf(path: readonly PropertyKey[]): number }
  | { readonly faults: readonly ProfileFault[] } {
  const read = readDataText(text, profileSchema, (issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys
          .map(
            (key) =>
              `${key} is not known there${didYouMean(key, [...Object.keys(profileSchema.shape), ...words])}`,
          )
          .join("; ")
      : undefined,
  );
  return "data" in read ? { profile: read.data, lineOf: read.lineOf } : { faults: read.faults };
}

/** Everything that is wrong with the text of a profile; nothing when it can be used. */
export async function faultsOf(text: string, known: Known): Promise<readonly ProfileFault[]> {
  const read = readProfile(text);
  if ("faults" in read) return read.faults;
  const { profile, lineOf } = read;
  const found = [
    ...strangers(profile, known),
    ...implausible(profile, known),
    ...(await checkProfile(profile)).map(({ path, message }) => ({
      path,
      message:
        message + (message.includes("not known") ? didYouMean(String(path.at(-1)), words) : ""),
    })),
  ];
  return found.map((fault) => ({ line: lineOf(fault.path), ...fault }));
}

/**
 * What a device that says this would give by the profile of a text, by quantity; null is missing.
 * Nothing while the form of the profile is wrong, or where it names no source.
 * @throws Error when what is said is not of the form that the driver reads
 */
export async function readingsOf(
  text: string,
  says: unknown,
): Promise<Readonly<Record<string, Value | null>> | undefined> {
  const read = readProfile(text);
  return "profile" in read ? readAs(read.profile, says) : undefined;
}

type Placed = Omit<ProfileFault, "line">;

/** Classes and quantities that nobody knows, or that would be refused. */
function strangers(profile: Profile, { quantities, classes }: Known): Placed[] {
  const faults: Placed[] = [];
  const unknown = (name: string): string =>
    `${name} is no quantity${didYouMean(name, quantities.keys())}`;
  for (const [index, name] of profile.classes.entries()) {
    if (!classes.has(name)) {
      const message = `${name} is no class${didYouMean(name, classes.keys())}`;
      faults.push({ path: ["classes", index], message });
    }
  }
  for (const [index, name] of profile.quantities.entries()) {
    if (!quantities.has(name)) {
      faults.push({ path: ["quantities", index], message: unknown(name) });
    }
  }
  const taken = new Set([
    ...profile.quantities,
    ...profile.classes.flatMap((name) => (classes.get(name) ?? []).map((q) => q.name)),
  ]);
  for (const [index, { quantity }] of (profile.source?.points ?? []).entries()) {
    const path = ["source", "points", index, "quantity"];
    if (!quantities.has(quantity)) faults.push({ path, message: unknown(quantity) });
    else if (!taken.has(quantity)) {
      faults.push({ path, message: `${quantity} would be refused: add it to quantities` });
    }
  }
  for (const quantity of Object.keys(profile.ranges)) {
    const message = quantities.has(quantity)
      ? `${quantity} is not measured: leave its range out, or add it to quantities`
      : unknown(quantity);
    if (!taken.has(quantity)) faults.push({ path: ["ranges", quantity], message });
  }
  for (const [index, { gives }] of profile.samples.entries()) {
    for (const quantity of Object.keys(gives).filter((name) => !quantities.has(name))) {
      faults.push({ path: ["samples", index, "gives", quantity], message: unknown(quantity) });
    }
  }
  return faults;
}

/** Samples that must give what can't be. */
function implausible({ samples, ranges }: Profile, { quantities }: Known): Placed[] {
  return samples.flatMap(({ gives, name }, index) =>
    Object.entries(gives).flatMap(([quantity, value]) => {
      const { min, max } = { ...quantities.get(quantity), ...ranges[quantity] };
      const isOutside =
        typeof value === "number" &&
        ((min !== undefined && value < min) || (max !== undefined && value > max));
      if (!isOutside) return [];
      return {
        path: ["samples", index, "gives", quantity],
        message: `${value} is not plausible (${min} to ${max}): correct scale or unit, or what sample ${JSON.stringify(name)} gives`,
      };
    }),
  );
}
