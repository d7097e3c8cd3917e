import { strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { packPlugin, pluginFolder } from "../../packaging/plugin.ts";
import { pluginFaults } from "../../packaging/plugin-check.ts";
import { readJson } from "../../packaging/product.ts";

const { version } = readJson<{ version: string }>("package.json");
const { name, bytes } = packPlugin(pluginFolder, 0);
const whole = unzipSync(bytes);
const id = "kenh-ioc-app";

test("the plugin as it is built has nothing that Grafana's validator would refuse", () => {
  expect(pluginFaults(name, bytes, version)).toEqual([]);
});

test("the same files give the same bytes", () => {
  expect(Buffer.from(packPlugin(pluginFolder, 0).bytes).equals(bytes)).toBe(true);
});

type Files = Record<string, Uint8Array>;
const edit =
  (path: string, change: (text: string) => string) =>
  (files: Files): Files => ({
    ...files,
    [`${id}/${path}`]: strToU8(change(new TextDecoder().decode(files[`${id}/${path}`]))),
  });
/** What the tests change of a `plugin.json`. */
interface Metadata {
  readonly info: object;
  readonly dependencies: object;
  readonly routes: readonly [object];
}
const json = (path: string, change: (value: Metadata) => void) =>
  edit(path, (text) => {
    const value = JSON.parse(text);
    change(value);
    return JSON.stringify(value);
  });
const without =
  (...paths: string[]) =>
  (files: Files): Files =>
    Object.fromEntries(
      Object.entries(files).filter(([path]) => !paths.some((one) => path === `${id}/${one}`)),
    );

const needing = (folder: string, plugin: string) =>
  json(`${folder}/plugin.json`, ({ dependencies }) =>
    Object.assign(dependencies, { plugins: [{ id: plugin, type: "panel", name: plugin }] }),
  );

/** A spoilt plugin for each thing that is looked at, and the check that must see it. */
const spoilt: readonly [check: string, spoil: (files: Files) => Files][] = [
  ["archive", (files) => ({ ...files, "another/file.txt": strToU8("x") })],
  ["metadata", without("plugin.json")],
  ["metadata", json("plugin.json", (plugin) => Object.assign(plugin, { id: "kenh-other-app" }))],
  ["metadatavalid", edit("plugin.json", () => "{")],
  ["metadatavalid", edit("plugin.json", (text) => text.replace(version, "%VERSION%"))],
  ["metadataschema", json("plugin.json", (plugin) => Object.assign(plugin, { type: "widget" }))],
  ["metadataschema", json("plugin.json", ({ info }) => Object.assign(info, { updated: "today" }))],
  [
    "typesuffix",
    json("alarms-panel/plugin.json", (plugin) => Object.assign(plugin, { id: "kenh-alarms" })),
  ],
  ["pluginname", json("plugin.json", (plugin) => Object.assign(plugin, { name: "" }))],
  ["logos", without("alarms-panel/img/logo.svg")],
  [
    "screenshots",
    json("plugin.json", ({ info }) =>
      Object.assign(info, { screenshots: [{ path: "img/logo.svg" }] }),
    ),
  ],
  [
    "metadatapaths",
    json("alarms-panel/plugin.json", ({ info }) =>
      Object.assign(info, { logos: { small: "../img/logo.svg", large: "img/logo.svg" } }),
    ),
  ],
  [
    "circulardependencies",
    (files) =>
      needing(
        "alarms-datasource",
        "kenh-alarms-panel",
      )(needing("alarms-panel", "kenh-alarms-datasource")(files)),
  ],
  [
    "grafanadependency",
    json("plugin.json", ({ dependencies }) =>
      Object.assign(dependencies, { grafanaDependency: "*" }),
    ),
  ],
  ["modulejs", without("alarms-panel/module.js")],
  ["jssourcemap", without("alarms-panel/module.js.map")],
  ["includesnested", without("alarms-datasource/plugin.json")],
  ["nestedmetadata", json("plugin.json", (plugin) => Object.assign(plugin, { includes: [] }))],
  [
    "nestedmetadata",
    json("alarms-panel/plugin.json", ({ info }) => Object.assign(info, { version: "9.9.9" })),
  ],
  ["routes", json("plugin.json", ({ routes }) => Object.assign(routes[0], { reqAction: "" }))],
  ["routes", json("plugin.json", ({ routes }) => Object.assign(routes[0], { method: "GET,POST" }))],
  ["routes", json("plugin.json", (plugin) => Object.assign(plugin, { roles: [] }))],
  ["readme", without("README.md")],
  ["changelog", without("CHANGELOG.md")],
  ["license", without("LICENSE")],
  ["templatereadme", edit("README.md", (text) => `<!-- instructions -->\n${text}`)],
  ["legacyplatform", edit("module.js", (text) => `${text};MetricsPanelCtrl`)],
  ["legacybuilder", json("plugin.json", (plugin) => Object.assign(plugin, { scripts: {} }))],
  ["reactcompat", edit("module.js", (text) => `${text};x.findDOMNode(y)`)],
  ["trackingscripts", edit("module.js", (text) => `${text};"https://www.googletagmanager.com/"`)],
  ["unsafesvg", edit("img/logo.svg", (text) => text.replace("<svg", '<svg onload="alert(1)"'))],
  ["binarypermissions", (files) => ({ ...files, [`${id}/gpx_kenh_linux_amd64`]: strToU8("x") })],
];

describe("a fault is named by the check that sees it", () => {
  test.each(spoilt)("%s", (check, spoil) => {
    const faults = pluginFaults(name, zipSync(spoil(whole), { level: 0 }), version);
    expect(faults.map((fault) => fault.check)).toContain(check);
  });

  test.each([
    ["archive", name, strToU8("no zip")],
    ["archivename", "plugin.zip", bytes],
  ])("%s", (check, called, packed) => {
    expect(pluginFaults(called, packed, version).map((fault) => fault.check)).toContain(check);
  });
});
