import { readdirSync } from "node:fs";
import { join } from "node:path";
import { identityPartPattern } from "@kenh/schemas";

/** Who has said something, from the one whose word goes last to the one whose word goes first. */
export type LayerKind = "shipped" | "station" | "province" | "unit";

/** A folder with `quantities`, `profiles` and `rules` of its own, or a file of rules alone. */
export interface Layer {
  readonly kind: LayerKind;
  /** For whom: empty for all, `82` for a province, `82/29869` for a unit. */
  readonly scope: string;
  readonly folder: string;
  /** Its folder as people know it: below that of the station; empty for that itself. */
  readonly name: string;
}

/** What a layer may say something of. */
export const layerFolders = ["quantities", "profiles", "rules"] as const;
export type LayerFolder = (typeof layerFolders)[number];

/**
 * The layers below roots, each after those that it goes before: all roots, then `provinces/<province>` of
 * each, then `units/<province>/<unit>`. The last root is the station's own, those before it are shipped.
 * @param onStranger told of a folder there that is no code of a province or unit, with the way out
 */
export function layersOf(
  roots: readonly string[],
  onStranger: (fault: string) => void = () => {},
): Layer[] {
  const codesIn = (folder: string): string[] =>
    namesIn(folder, true).filter((name) => {
      if (identityPartPattern.test(name)) return true;
      onStranger(
        `${join(folder, name)}: ${name} is no code of a province or unit: name the folder as identities do, such as units/82/29869`,
      );
      return false;
    });
  const own = roots.length > 1 ? roots.length - 1 : 0;
  const bottom = roots.map(
    (folder, at): Layer => ({
      ...{ kind: at < own ? "shipped" : "station", scope: "", folder, name: "" },
    }),
  );
  const folders = roots.filter((root) => !root.endsWith(".yaml"));
  const provinces = folders.flatMap((root) =>
    codesIn(join(root, "provinces")).map((province) =>
      layer("province", root, province, `provinces/${province}`),
    ),
  );
  const units = folders.flatMap((root) =>
    codesIn(join(root, "units")).flatMap((province) =>
      codesIn(join(root, "units", province)).map((unit) =>
        layer("unit", root, `${province}/${unit}`, `units/${province}/${unit}`),
      ),
    ),
  );
  return [...bottom, ...provinces, ...units];
}

/** The folder that a scope writes to, below a root. */
export function layerFolder(root: string, scope: string): string {
  if (scope === "") return root;
  return join(root, scope.includes("/") ? "units" : "provinces", scope);
}

/** The files of a layer, in the order in which they are read. */
export function filesOf({ folder }: Pick<Layer, "folder">, what: LayerFolder): string[] {
  if (folder.endsWith(".yaml")) return what === "rules" ? [folder] : [];
  return namesIn(join(folder, what))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, what, name));
}

function layer(kind: LayerKind, root: string, scope: string, name: string): Layer {
  return { kind, scope, folder: join(root, name), name };
}

function namesIn(folder: string, folders = false): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !folders || (entry.isDirectory() && !entry.name.startsWith(".")))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
