import { posix } from "node:path";
import { unzipSync } from "fflate";

/** What Grafana's catalogue would refuse, by the name that its validator has for the check. */
export interface PluginFault {
  readonly check: string;
  readonly what: string;
}

interface Metadata {
  readonly id?: string;
  readonly type?: string;
  readonly name?: string;
  readonly info?: {
    readonly version?: string;
    readonly updated?: string;
    readonly author?: { readonly name?: string };
    readonly description?: string;
    readonly keywords?: readonly string[];
    readonly logos?: Readonly<Record<string, string>>;
    readonly screenshots?: readonly { readonly path: string }[];
  };
  readonly includes?: readonly {
    readonly type: string;
    readonly path?: string;
    readonly name?: string;
  }[];
  readonly dependencies?: {
    readonly grafanaDependency?: string;
    readonly plugins?: readonly { readonly id: string }[];
  };
  readonly routes?: readonly {
    readonly path: string;
    readonly method?: string;
    readonly reqAction?: string;
    readonly reqRole?: string;
  }[];
  readonly roles?: readonly {
    readonly role: { readonly permissions: readonly { readonly action: string }[] };
  }[];
}

const types = ["app", "panel", "datasource"];
/** What only a plugin of Angular's days calls. */
const legacy =
  /\bapp\/plugins\/sdk\b|\bapp\/core\/(?:utils|core)\b|\bPanelCtrl\b|\bMetricsPanelCtrl\b/;
/** Of React before 19: gone from the React that Grafana 13 runs. */
const goneFromReact = /\b(?:findDOMNode|unmountComponentAtNode|ReactDOM\.render)\s*\(/;
const tracking =
  /google-analytics\.com|googletagmanager\.com|\bgtag\(|segment\.(?:io|com)|hotjar\.com|mixpanel/;
const unsafeSvg = /<script|<foreignObject|\son\w+\s*=|javascript:|href\s*=\s*["']https?:/i;
const png = [0x89, 0x50, 0x4e, 0x47];

/**
 * Looks at a packed plugin as Grafana's validator does where no network is needed: archive, metadata
 * of the app and of the plugins nested in it, modules with their source maps, images, texts. And at
 * what our own rule asks: a proxy route with neither action nor role is open to everybody.
 */
export function pluginFaults(name: string, bytes: Uint8Array, version: string): PluginFault[] {
  const faults: PluginFault[] = [];
  const check = (holds: boolean, by: string, what: string): void => {
    if (!holds) faults.push({ check: by, what });
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    return [{ check: "archive", what: `${name} can't be read: ${(error as Error).message}` }];
  }
  const text = (path: string) => new TextDecoder().decode(files[path] ?? new Uint8Array());
  const paths = Object.keys(files);
  const folders = new Set(paths.map((path) => path.split("/")[0]));
  check(folders.size === 1, "archive", `it has ${folders.size} folders at the top: one is wanted`);
  const [id = ""] = folders;

  const metadataPaths = paths.filter((path) => posix.basename(path) === "plugin.json");
  check(metadataPaths.includes(`${id}/plugin.json`), "metadata", `${id}/plugin.json is missing`);
  const own = read(text(`${id}/plugin.json`));
  if (!own) return [...faults, { check: "metadatavalid", what: "plugin.json is no JSON" }];
  check(own.id === id, "metadata", `the folder is ${id}, the plugin ${own.id}`);
  check(name === `${id}-${own.info?.version}.zip`, "archivename", `it is called ${name}`);
  check(own.info?.version === version, "metadata", `its version is not the product's, ${version}`);

  for (const path of metadataPaths) {
    const metadata = read(text(path));
    if (!metadata) {
      faults.push({ check: "metadatavalid", what: `${path} is no JSON` });
      continue;
    }
    const folder = posix.dirname(path);
    const { type = "", info, dependencies } = metadata;
    check(types.includes(type), "metadataschema", `${path}: type is ${JSON.stringify(type)}`);
    check(
      metadata.id?.endsWith(`-${type}`) === true,
      "typesuffix",
      `${path}: the id ${metadata.id} does not end in -${type}`,
    );
    check(
      !!metadata.name && metadata.name !== metadata.id,
      "pluginname",
      `${path}: it needs a name`,
    );
    check(!/%[A-Z]+%/.test(text(path)), "metadatavalid", `${path}: a placeholder was not replaced`);
    check(/^\d{4}-\d\d-\d\d$/.test(info?.updated ?? ""), "metadataschema", `${path}: info.updated`);
    check(!!info?.author?.name, "metadataschema", `${path}: info.author.name is missing`);
    const named = [
      ...Object.values(info?.logos ?? {}),
      ...(info?.screenshots ?? []).map((shot) => shot.path),
      ...(metadata.includes ?? []).flatMap((one) => (one.type === "page" ? [] : (one.path ?? []))),
    ];
    for (const one of named) {
      const target = posix.join(folder, one);
      check(
        !posix.isAbsolute(one) && target.startsWith(`${folder}/`) && target in files,
        "metadatapaths",
        `${path}: ${one} is not in the folder of its plugin`,
      );
    }
    for (const size of ["small", "large"]) {
      const logo = posix.join(folder, info?.logos?.[size] ?? "");
      check(logo in files, "logos", `${path}: there is no ${size} logo at ${logo}`);
    }
    for (const shot of info?.screenshots ?? []) {
      const image = files[posix.join(folder, shot.path)];
      check(!!image && png.every((byte, at) => image[at] === byte), "screenshots", shot.path);
    }
    check(
      /^>=\d+\.\d+\.\d+/.test(dependencies?.grafanaDependency ?? ""),
      "grafanadependency",
      `${path}: dependencies.grafanaDependency names no least version`,
    );
    const module = `${folder}/module.js`;
    check(module in files, "modulejs", `${module} is missing`);
    check(`${module}.map` in files, "jssourcemap", `${module}.map is missing`);
    check(!("scripts" in metadata), "legacybuilder", `${path}: it names scripts`);
  }

  for (const { type, path } of own.includes ?? []) {
    if (type !== "panel" && type !== "datasource") continue;
    const nested = read(text(`${id}/${path}`));
    check(nested?.type === type, "includesnested", `${path} is included as ${type}`);
  }
  const needs = new Map(
    metadataPaths.map((path) => {
      const { id: of = "", dependencies } = read(text(path)) ?? {};
      return [of, (dependencies?.plugins ?? []).map((one) => one.id)] as const;
    }),
  );
  for (const of of needs.keys()) {
    check(!reaches(needs, of, of), "circulardependencies", `${of} needs itself, by way of others`);
  }
  const nested = metadataPaths.filter((path) => path !== `${id}/plugin.json`);
  for (const path of nested) {
    const included = own.includes?.some((include) => `${id}/${include.path}` === path);
    check(included === true, "nestedmetadata", `${path} is not in the app's includes`);
    check(
      read(text(path))?.info?.version === version,
      "nestedmetadata",
      `${path}: its version is not ${version}`,
    );
  }

  for (const { path, method, reqAction, reqRole } of own.routes ?? []) {
    check(!!(reqAction || reqRole), "routes", `route ${path} is open to everybody`);
    check(!!method && /^[A-Z]+$/.test(method), "routes", `route ${path} names no single method`);
    const granted = own.roles?.some(({ role }) =>
      role.permissions.some(({ action }) => action === reqAction),
    );
    check(!reqAction || granted === true, "routes", `nobody is granted ${reqAction}`);
    check(!reqAction || reqAction.startsWith(`${id}.`), "routes", `${reqAction} is not of ${id}`);
  }

  const needed = { README: "readme", CHANGELOG: "changelog", LICENSE: "license" };
  for (const [file, by] of Object.entries(needed)) {
    const path = paths.find((one) => one.startsWith(`${id}/${file}`));
    check(path !== undefined && text(path).trim().length > 100, by, `${file} is missing or empty`);
  }
  check(
    !/<!--|Grafana (?:panel|app|data source) plugin template/i.test(text(`${id}/README.md`)),
    "templatereadme",
    "README.md still is the template's",
  );
  for (const path of paths) {
    if (path.endsWith(".js")) {
      const source = text(path);
      check(!legacy.test(source), "legacyplatform", `${path} calls what Grafana no longer has`);
      check(!goneFromReact.test(source), "reactcompat", `${path} calls what React 19 has not`);
      check(!tracking.test(source), "trackingscripts", `${path} follows its users`);
    }
    if (path.endsWith(".svg")) check(!unsafeSvg.test(text(path)), "unsafesvg", path);
    check(
      !/\.(?:exe|so|dll|dylib)$|\/gpx_/.test(path),
      "binarypermissions",
      `${path} is a program`,
    );
  }
  return faults;
}

/** Whether a plugin needs another one, straight or by way of others. */
function reaches(
  needs: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  if (seen.has(from)) return false;
  seen.add(from);
  const next = needs.get(from) ?? [];
  return next.includes(to) || next.some((one) => reaches(needs, one, to, seen));
}

function read(text: string): Metadata | undefined {
  try {
    return JSON.parse(text) as Metadata;
  } catch {
    return undefined;
  }
}
