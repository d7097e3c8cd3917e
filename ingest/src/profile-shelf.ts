import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profileSchema, type Value } from "@kenh/schemas";
import type { Catalogue } from "./catalogue.ts";
import { readDataText } from "./data-file.ts";

/** A profile as its file has it. */
export interface ProfileText {
  readonly name: string;
  readonly yaml: string;
  /** Changes with every letter: whoever saves says which one was read. */
  readonly version: string;
  /** Whether it lies in the station's own folder, or was shipped. */
  readonly own: boolean;
}

/** What is wrong with the text of a profile, and what it makes of a sample. */
export interface ProfileCheck {
  readonly faults: readonly {
    /** From 1. */
    readonly line: number;
    readonly path: readonly (string | number)[];
    readonly message: string;
  }[];
  /** By quantity, null is missing; null while there is no sample or the profile can't read one. */
  readonly readings: Readonly<Record<string, Value | null>> | null;
  /** Why the sample can't be read; null where it can. */
  readonly unreadable: string | null;
  /** Those that stand in the profile. */
  readonly samples: readonly { readonly name: string; readonly says?: unknown }[];
}

/** Checks a text, and reads a sample by it where one is given. @throws Error when it can't be checked now */
export type CheckProfile = (yaml: string, says?: unknown) => Promise<ProfileCheck>;

/** The profiles of a station as texts. */
export interface ProfileShelf {
  /** What is in force. */
  known(): Pick<Catalogue, "profiles" | "classes">;
  text(name: string): ProfileText | undefined;
  readonly check: CheckProfile;
  /**
   * Writes a profile into the station's own folder, whole or not at all; a shipped one of the same name
   * stays and is no longer in force.
   * @param seen the version that was read; null where there was none
   * @returns undefined when there is another version now
   * @throws RangeError when the text names no profile
   */
  write(yaml: string, seen: string | null): ProfileText | undefined;
}

/**
 * The profiles below folders, later ones overriding earlier ones; the last is the station's own.
 * @param known what the station uses now
 */
export function openProfileShelf(
  roots: readonly string[],
  known: ProfileShelf["known"],
  check: CheckProfile = checkForm,
): ProfileShelf {
  const own = join(roots.at(-1) ?? ".", "profiles");

  function find(name: string): { file: string; text: ProfileText } | undefined {
    for (const root of roots.toReversed()) {
      const folder = join(root, "profiles");
      for (const entry of namesIn(folder)) {
        const yaml = readFileSync(join(folder, entry), "utf8");
        if (nameIn(yaml) !== name) continue;
        const version = createHash("sha256").update(yaml).digest("hex").slice(0, 16);
        return { file: entry, text: { name, yaml, version, own: folder === own } };
      }
    }
    return undefined;
  }

  return {
    known,
    check,
    text: (name) => find(name)?.text,
    write(yaml, seen) {
      const name = nameIn(yaml);
      if (name === undefined) {
        throw new RangeError("write the name at the beginning of a line, such as name: my-level");
      }
      const present = find(name);
      if ((present?.text.version ?? null) !== seen) return undefined;
      mkdirSync(own, { recursive: true, mode: 0o700 });
      const file = join(own, present?.text.own ? present.file : `${name}.yaml`);
      const passing = `${file}.${randomUUID()}.tmp`;
      try {
        writeFileSync(passing, yaml, { flush: true });
        renameSync(passing, file);
      } finally {
        rmSync(passing, { force: true });
      }
      return find(name)?.text;
    },
  };
}

/** The form alone, as the schema of profiles has it. */
async function checkForm(yaml: string): Promise<ProfileCheck> {
  const read = readDataText(yaml, profileSchema);
  const faults = "faults" in read ? read.faults : [];
  return {
    faults: faults.map((fault) => ({ ...fault, path: fault.path.map(String) })),
    readings: null,
    unreadable: null,
    samples: "data" in read ? read.data.samples : [],
  };
}

/** The name that a text of YAML gives its profile. */
const nameIn = (yaml: string): string | undefined =>
  /^name:\s*["']?([a-z0-9][a-z0-9-]{0,63})["']?\s*(?:#.*)?$/m.exec(yaml)?.[1];

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
