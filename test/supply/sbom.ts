import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** A bill of materials as CycloneDX has it. */
export interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The bill of materials of what a station installs, from the lock file alone, with hashes and licences.
 * npm's own `--omit=dev` leaves out every package that any workspace also names as a development
 * dependency (zod among them), so npm lists all and those for development alone are taken away here.
 */
export function billOfMaterials(): Bill {
  const all = JSON.parse(
    execFileSync("npm", ["sbom", "--package-lock-only", "--offline", "--sbom-format=cyclonedx"], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as Bill;
  const ships = all.components.filter(
    ({ properties = [] }) => !properties.some(({ name }) => name === "cdx:npm:package:development"),
  );
  const refs = new Set(ships.map((component) => component["bom-ref"]));
  const { component } = all.metadata;
  refs.add(component["bom-ref"]);
  return {
    ...all,
    // npm names it after its folder.
    metadata: { ...all.metadata, component: { ...component, name: "kenh" } },
    components: ships,
    dependencies: all.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => refs.has(on)) })),
  };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(billOfMaterials(), null, 2)}\n`);
