import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { profileSchema, type Scope, type Value } from "@kenh/schemas";
import { readDataText } from "./data-file.ts";
import { filesOf, type LayerKind, layerFolder, layersOf } from "./layers.ts";

/** A profile as its file has it. */
export interface ProfileText {
  readonly name: string;
  readonly yaml: string;
  /** Changes with every letter: whoever saves says which one was read. */
  readonly version: string;
  /** Whether it is of whom it was asked for, or inherited. */
  readonly own: boolean;
  /** Who has said it. */
  readonly layer: LayerKind;
  /** Below the station's folder; of a shipped one below that. */
  readonly file: string;
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
  /** The text that is in force for a unit or a province; `*` is for all. */
  text(name: string, scope: Scope): ProfileText | undefined;
  readonly check: CheckProfile;
  /**
   * Writes a profile into the folder of the station, of a province or of a unit, whole or not at all; one
   * of the same name that is inherited stays, and is no longer in force there.
   * @param seen the version that was read; null where there was none
   * @returns undefined when there is another version now
   * @throws RangeError when the text names no profile
   */
  write(yaml: string, seen: string | null, scope: Scope): ProfileText | undefined;
}

/** The profiles below folders, later ones overriding earlier ones; the last is the station's own. */
export function openProfileShelf(
  roots: readonly string[],
  check: CheckProfile = checkForm,
): ProfileShelf {
  const ownFolder = (scope: Scope): string =>
    layerFolder(roots.at(-1) ?? ".", scope === "*" ? "" : scope);

  function find(name: string, scope: Scope): { file: string; text: ProfileText } | undefined {
    const heard = layersOf(roots).filter(
      (layer) => layer.scope === "" || layer.scope === scope || scope.startsWith(`${layer.scope}/`),
    );
    for (const { folder, kind, name: place } of heard.toReversed()) {
      for (const file of filesOf({ folder }, "profiles")) {
        const yaml = readFileSync(file, "utf8");
        if (nameIn(yaml) !== name) continue;
        const version = createHash("sha256").update(yaml).digest("hex").slice(0, 16);
        const own = folder === ownFolder(scope);
        const told = [place, "profiles", basename(file)].filter(Boolean).join("/");
        return { file, text: { ...{ name, yaml, version, own }, layer: kind, file: told } };
      }
    }
    return undefined;
  }

  return {
    check,
    text: (name, scope) => find(name, scope)?.text,
    write(yaml, seen, scope) {
      const name = nameIn(yaml);
      if (name === undefined) {
        throw new RangeError("write the name at the beginning of a line, such as name: my-level");
      }
      const present = find(name, scope);
      if ((present?.text.version ?? null) !== seen) return undefined;
      const folder = join(ownFolder(scope), "profiles");
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = present?.text.own ? present.file : join(folder, `${name}.yaml`);
      const passing = `${file}.${randomUUID()}.tmp`;
      try {
        writeFileSync(passing, yaml, { flush: true });
        renameSync(passing, file);
      } finally {
        rmSync(passing, { force: true });
      }
      return find(name, scope)?.text;
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
