import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";

const folder = fileURLToPath(new URL("../../grafana-plugin/", import.meta.url));
const read = (path: string) => parse(readFileSync(folder + path, "utf8"));

interface Source {
  readonly type: string;
  readonly uid: string;
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly type: string;
    readonly datasource: Source;
    readonly targets: readonly { readonly datasource: Source; readonly query?: string }[];
  }[];
}

const sources: Source[] = read("provisioning/datasources/kenh.yaml").datasources;
const pluginIds = globSync("src/**/plugin.json", { cwd: folder }).map((path) => read(path).id);
const dashboards: Dashboard[] = globSync("provisioning/dashboards/**/*.json", { cwd: folder }).map(
  read,
);

test("the app is provisioned under its own id, with every secret that its routes name", () => {
  const [app] = read("provisioning/plugins/apps.yaml").apps;
  const plugin = read("src/plugin.json");
  expect(app.type).toBe(plugin.id);
  const named = JSON.stringify(plugin.routes).matchAll(/\.(SecureJsonData|JsonData)\.(\w+)/g);
  for (const [, kind, name] of named) {
    expect(kind === "JsonData" ? app.jsonData : app.secureJsonData).toHaveProperty(name as string);
  }
});

/** What Grafana reads of each provisioning file; it passes over a misspelt key without a word. */
const provisioning: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "provisioning/plugins/apps.yaml": {
    apps: ["type", "org_id", "org_name", "disabled", "jsonData", "secureJsonData"],
  },
  "provisioning/datasources/kenh.yaml": {
    datasources: [
      ...["name", "type", "uid", "access", "orgId", "url", "user", "database", "isDefault"],
      ...["basicAuth", "basicAuthUser", "withCredentials", "jsonData", "secureJsonData"],
      ...["version", "editable"],
    ],
  },
  "provisioning/dashboards/kenh.yaml": {
    providers: [
      ...["name", "orgId", "folder", "folderUid", "type", "disableDeletion", "options"],
      ...["updateIntervalSeconds", "allowUiUpdates"],
    ],
  },
};

test.each(Object.entries(provisioning))(
  "%s has what Grafana reads, and nothing else",
  (path, lists) => {
    const { apiVersion, ...rest } = read(path) as Record<string, Record<string, unknown>[]>;
    expect(apiVersion).toBe(1);
    expect(Object.keys(rest)).toEqual(Object.keys(lists));
    for (const [name, entries] of Object.entries(rest)) {
      for (const entry of entries) {
        expect(Object.keys(entry).filter((key) => !lists[name]?.includes(key))).toEqual([]);
      }
    }
  },
);

test("no secret is written in a provisioning file", () => {
  const secrets = [
    ...Object.values<string>(read("provisioning/plugins/apps.yaml").apps[0].secureJsonData),
    ...sources.flatMap((source) =>
      Object.values<string>(
        (source as { secureJsonData?: Record<string, string> }).secureJsonData ?? {},
      ),
    ),
  ];
  expect(secrets).toHaveLength(3);
  for (const secret of secrets)
    expect(secret).toMatch(/^(Token )?\$__file\{\/run\/secrets\/\w+\}$/);
});

test("every panel reads from a provisioned source of the same type", () => {
  expect(dashboards.map(({ title }) => title)).toContain("Tổng quan phường");
  for (const { panels } of dashboards) {
    for (const { datasource, targets } of panels) {
      for (const { type, uid } of [datasource, ...targets.map((target) => target.datasource)]) {
        expect(sources).toContainEqual(expect.objectContaining({ type, uid }));
      }
    }
  }
});

test("every panel and source of ours is one that the app brings", () => {
  const named = [
    ...sources.map(({ type }) => type),
    ...dashboards.flatMap(({ panels }) => panels.map(({ type }) => type)),
  ].filter((type) => type.startsWith("kenh-"));
  expect(named).not.toHaveLength(0);
  for (const type of named) expect(pluginIds).toContain(type);
});
