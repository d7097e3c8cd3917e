import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configOf } from "@kenh/ingest";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { absent } from "./support/counterpart.ts";
import { temporaryFolder } from "./support/folder.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly privileged?: boolean;
}
interface Compose {
  readonly name?: unknown;
  readonly include?: unknown;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = parse(read("docker-compose.yml"), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const noCompose = absent("docker-compose");

describe("docker-compose.yml", () => {
  test.skipIf(noCompose)(
    `is accepted by docker-compose${noCompose ? `: ${noCompose}` : ""}`,
    () => {
      const { status, stderr } = spawnSync("docker-compose", ["config", "-q"], {
        cwd: root,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
    },
  );

  test("stays readable for older programs: neither name nor include at the top", () => {
    expect(compose.name).toBeUndefined();
    expect(compose.include).toBeUndefined();
  });

  test.each(services)("%s runs without root and without capabilities", (_name, service) => {
    expect(service.user).toMatch(/^(?!0\b|root\b)\w+/);
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.security_opt).toContain("no-new-privileges:true");
    expect(service.privileged).toBeUndefined();
  });

  test.each(services)("%s says how it is", (_name, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  test.each(services)(
    "%s is reached from this machine alone unless told otherwise",
    (_name, service) => {
      for (const port of service.ports ?? []) {
        expect(port).toMatch(/^\$\{BIND_ADDRESS:-127\.0\.0\.1\}:\d+:\d+$/);
      }
    },
  );

  test("the store has no way out", () => {
    expect(compose.services.influxdb?.networks).toEqual(["store"]);
    expect(compose.services.influxdb?.ports).toBeUndefined();
    expect(compose.networks.store?.internal).toBe(true);
  });

  test.each(services)("%s takes secrets from files", (_name, { environment, secrets }) => {
    for (const [name, value] of Object.entries(environment)) {
      if (/TOKEN|PASSWORD|SECRET|KEY/.test(name)) {
        expect(name).toMatch(/_FILE$/);
        expect(secrets.map((secret) => `/run/secrets/${secret}`)).toContain(value);
      }
    }
    for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
  });

  test("the files of secrets are outside the repository", () => {
    for (const { file } of Object.values(compose.secrets)) {
      const { status } = spawnSync("git", ["check-ignore", "-q", file], { cwd: root });
      expect(status, file).toBe(0);
    }
  });

  test("is the station, InfluxDB 2, and Grafana with the plugin and its provisioning", () => {
    const { station, influxdb, grafana } = compose.services;
    expect(services.map(([name]) => name).sort()).toEqual(["grafana", "influxdb", "station"]);
    expect(station?.command).toEqual(expect.arrayContaining(["station", "--no-demo"]));
    expect(influxdb?.image).toMatch(/^influxdb:2(\.\d+)*$/);
    expect(grafana?.volumes).toEqual(
      expect.arrayContaining([
        "./grafana-plugin/dist:/var/lib/grafana/plugins/kenh-ioc-app:ro",
        "./grafana-plugin/provisioning:/etc/grafana/provisioning:ro",
      ]),
    );
  });

  test("no secret is written in it: neither a value of one that is made, nor a password in an address", () => {
    const text = read("docker-compose.yml");
    expect(text).not.toMatch(/[\w-]{43}/);
    expect(text).not.toMatch(/:\/\/[^\s/]*:[^\s/]*@/);
    for (const secret of Object.values(compose.secrets))
      expect(Object.keys(secret)).toEqual(["file"]);
  });

  test("the station's environment is one that it knows", () => {
    const environment = compose.services.station?.environment ?? {};
    const known = read("ingest/src/config.ts");
    for (const name of Object.keys(environment)) expect(known).toContain(`${name}:`);
    using folder = temporaryFolder();
    const token = join(folder.path, "token");
    execFileSync("sh", ["-c", `printf secret > ${token}`]);
    const config = configOf({ ...environment, KENH_INFLUX_TOKEN_FILE: token });
    expect(config).toMatchObject({
      host: "0.0.0.0",
      httpPort: 8080,
      mqttPort: 1883,
      dataDir: "/data",
      store: { kind: "influxdb", url: "http://influxdb:8086", version: 2, token: "secret" },
    });
  });

  test("InfluxDB is set up with the organisation and the bucket that the station writes to", () => {
    const { station, influxdb } = compose.services;
    expect(influxdb?.environment.DOCKER_INFLUXDB_INIT_ORG).toBe(
      station?.environment.KENH_INFLUX_ORG,
    );
    expect(influxdb?.environment.DOCKER_INFLUXDB_INIT_BUCKET).toBe(
      station?.environment.KENH_INFLUX_BUCKET,
    );
  });

  test("Grafana has every name and every secret that its provisioning asks for", () => {
    const grafana = compose.services.grafana as Service;
    const files = readdirSync(join(root, "grafana-plugin/provisioning"), {
      recursive: true,
      encoding: "utf8",
    }).filter((file) => file.endsWith(".yaml"));
    const text = files.map((file) => read(`grafana-plugin/provisioning/${file}`)).join("\n");
    const asked = [...text.matchAll(/\$([A-Z]\w+)/g)].map(([, name]) => name as string);
    const secrets = [...text.matchAll(/\$__file\{\/run\/secrets\/(\w+)\}/g)].map(
      ([, name]) => name,
    );
    expect(asked.length).toBeGreaterThan(0);
    for (const name of asked) expect(grafana.environment).toHaveProperty(name);
    expect(secrets.length).toBeGreaterThan(0);
    for (const name of secrets) expect(grafana.secrets).toContain(name);
  });

  test("Grafana is of the version that the plugin is built for, and loads its three parts", () => {
    const { devDependencies } = JSON.parse(read("grafana-plugin/package.json"));
    expect(compose.services.grafana?.image).toBe(
      `grafana/grafana:${devDependencies["@grafana/data"]}`,
    );
    const ids = ["", "alarms-panel/", "alarms-datasource/"].map(
      (part) => JSON.parse(read(`grafana-plugin/src/${part}plugin.json`)).id,
    );
    const allowed = compose.services.grafana?.environment.GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS;
    expect(allowed?.split(",").sort()).toEqual(ids.sort());
  });
});

describe("docker/make-secrets.sh", () => {
  test("makes long random secrets once, in a folder closed to others", () => {
    using folder = temporaryFolder();
    const secrets = join(folder.path, "secrets");
    const make = () => execFileSync("sh", [join(root, "docker/make-secrets.sh"), secrets]);
    make();
    const first = readdirSync(secrets).map((file) => readFileSync(join(secrets, file), "utf8"));
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    expect(readdirSync(secrets).sort()).toEqual(
      Object.values(compose.secrets)
        .map(({ file }) => file.slice(file.lastIndexOf("/") + 1))
        .sort(),
    );
    const made = first.filter((text) => text !== "");
    expect(made).toHaveLength(3);
    expect(new Set(made).size).toBe(3);
    for (const text of made) expect(text).toMatch(/^[\w-]{43}$/);
    make();
    expect(readdirSync(secrets).map((file) => readFileSync(join(secrets, file), "utf8"))).toEqual(
      first,
    );
  });
});

describe("Dockerfile", () => {
  const image = read("Dockerfile");

  test("installs what ships and nothing else, and does not run as root", () => {
    expect(image).toContain("npm ci --omit=dev");
    expect(image.slice(image.lastIndexOf("FROM "))).toMatch(/^USER node$/m);
    expect(image).toContain("HEALTHCHECK");
  });

  test("knows every workspace, for npm ci wants them all", () => {
    for (const name of JSON.parse(read("package.json")).workspaces)
      expect(image).toContain(`COPY ${name}/package.json ${name}/`);
  });

  test("copies every folder that the program imports", () => {
    const folders = ["schemas", "broker", "ingest", "edge-agent", "commands", "station"];
    for (const folder of folders) expect(image).toContain(`COPY ${folder} ${folder}\n`);
  });
});
