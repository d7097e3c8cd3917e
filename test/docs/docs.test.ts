import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configSchema } from "@kenh/broker";
import { parseAgentConfig } from "@kenh/edge-agent";
import { loadCatalogue, testRules } from "@kenh/ingest";
import {
  alarmRuleSchema,
  contractFileSchema,
  quarantineReasons,
  registryFileSchema,
  registryKinds,
  registryLists,
} from "@kenh/schemas";
import type { Command } from "commander";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { brokerMetrics } from "../../broker/src/metrics.ts";
import { waysFileSchema } from "../../ingest/src/alarms/announce/ways-file.ts";
import { headOf } from "../../ingest/src/registry/columns.ts";
import { filesBelow, readSources } from "../architecture/sources.ts";
import { temporaryFolder } from "../support/folder.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const reference = (name: string): string => read(`docs/reference/${name}.md`);
const shipped = readSources().filter(
  ({ file }) =>
    /^(kenh\.ts|(commands|station|broker|ingest|edge-agent)\/)/.test(file) &&
    !/\.test\.ts$|\/testing\//.test(file),
);

/** Every match of the pattern's first group, once each, in order. */
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))].sort();

describe("docs/reference says what the code does", () => {
  test("configuration: every environment variable, and no other", () => {
    const used = shipped.map(({ text }) => text).join("\n");
    const documented = found(reference("configuration"), /^\| `(KENH_\w+)`/gm);
    expect(documented).toEqual(found(used, /\b(KENH_[A-Z_]+)\b/g));
  });

  test("configuration: the examples are accepted", async () => {
    const block = (name: string): string =>
      new RegExp(`\`\`\`yaml ${name}\n([^]*?)\`\`\``).exec(reference("configuration"))?.[1] ?? "";
    expect(() => configSchema.parse(parse(block("broker")))).not.toThrow();
    const agent = await parseAgentConfig(block("agent"), "agent.yaml", "/etc/kenh");
    expect(agent.name).toBe("gw-01");
  });

  test("rule language: the example is accepted, and its examples hold", () => {
    const [, block = ""] = /```yaml rules\n([\s\S]*?)```/.exec(reference("rule-language")) ?? [];
    using folder = temporaryFolder("rule-language");
    const file = join(folder.path, "example.yaml");
    writeFileSync(file, block);
    const catalogue = loadCatalogue(join(root, "schemas"), file);
    expect(catalogue.rulesInForce.filter(({ devices }) => devices)).toHaveLength(2);
    const results = testRules(catalogue).filter(({ rule }) => rule === "intake.high");
    expect(results.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test("rule language: every kind, and no other", () => {
    const kinds = alarmRuleSchema.options.map(({ shape }) => shape.kind.value);
    const documented = [...reference("rule-language").matchAll(/^\| ((?:`\w+`,? ?)+) \|/gm)];
    const named = documented.flatMap(([, names = ""]) => names.match(/\w+/g) ?? []);
    expect(named.toSorted()).toEqual(kinds.toSorted());
  });

  test("registry: the example is accepted, and every column is named", () => {
    const [, block] = /```yaml registry\n([\s\S]*?)```/.exec(reference("registry")) ?? [];
    expect(registryFileSchema.safeParse(parse(block ?? "")).error).toBeUndefined();
    const rows = registryKinds.map(
      (kind) => `| \`${registryLists[kind]}.csv\` | \`${headOf(kind)}\``,
    );
    for (const row of rows) expect(reference("registry")).toContain(row);
  });

  test("sharing: the example is accepted", () => {
    const [, block = ""] = /```yaml contracts\n([\s\S]*?)```/.exec(reference("sharing")) ?? [];
    const { datasets } = contractFileSchema.parse(parse(block));
    expect(datasets.map(({ id }) => id)).toEqual(["muc-nuoc", "si-so-truong"]);
  });

  test("ways: the example is accepted", () => {
    const [, block = ""] = /```yaml ways\n([\s\S]*?)```/.exec(reference("ways")) ?? [];
    expect(waysFileSchema.parse(parse(block)).ways.length).toBe(4);
  });

  test("http: every route, and no other", () => {
    const api = read("ingest/src/api/api.ts");
    const mounts = new Map(
      [...api.matchAll(/app\.route\("([^"]*)", (\w+)\(/g)].map(([, at, name]) => [name, at]),
    );
    const routes = shipped
      .filter(({ file }) => /^ingest\/src\/api\//.test(file))
      .flatMap(({ text }) => {
        const name = /export function (\w+(?:Routes|Api))\(/.exec(text)?.[1];
        const prefix = (name && mounts.get(name)) ?? "";
        return [...text.matchAll(/\bapp\.(get|post)\(\s*["`](\/[^"`]*)["`]/g)].map(
          ([, method, path]) =>
            `${method?.toUpperCase()} ${`${prefix}${path}`.replace(/(.)\/+$/, "$1").replace("//", "/")}`,
        );
      })
      .filter((route) => !route.endsWith("*"))
      .map((route) => route.replace(/\$\{kind\}/, "<call>").replace(/:(\w+)/g, "<$1>"));
    const documented = found(reference("http"), /^\| `((?:GET|POST) \/[^`]*)`/gm);
    expect(documented.length).toBeGreaterThan(10);
    expect(documented).toEqual([...new Set(routes)].sort());
  });

  test("http: every call on an alarm with its role", () => {
    const calls = [
      ...read("ingest/src/api/calls.ts").matchAll(/^ {2}"?([\w-]+)"?: \{ role: "(\w+)", body/gm),
    ].map(([, kind, role]) => `${kind} ${role}`);
    const rows = [...reference("http").matchAll(/^\| `([\w-]+)` \| (\w+) \|/gm)];
    expect(rows.map(([, kind, role]) => `${kind} ${role}`).sort()).toEqual(calls.sort());
  });

  test("metrics: every one, and no other", () => {
    const registry = new Registry();
    const none = () => 0;
    brokerMetrics(registry, {
      subscriptions: none,
      retained: none,
      sessions: none,
      queued_messages: none,
      queued_bytes: none,
      waiting_messages: none,
      waiting_bytes: none,
      backlog_bytes: none,
    });
    const broker = registry.getMetricsAsArray().map(({ name }) => name);
    const others = found(
      shipped.map(({ text }) => text).join("\n"),
      /"(kenh_(?!broker_)[a-z_]+)"/g,
    );
    const documented = found(reference("metrics"), /^\| `(kenh_\w+)`/gm);
    expect(documented).toEqual([...new Set([...broker, ...others])].sort());
  });

  test("payload: every reason of the quarantine with a remedy", () => {
    const rows = [...reference("payload").matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)];
    expect(rows.map(([, reason]) => reason)).toEqual([...quarantineReasons]);
    for (const [, , says, remedy] of rows) {
      expect(says?.length).toBeGreaterThan(10);
      expect(remedy?.length).toBeGreaterThan(10);
    }
  });

  test("command line: every command and option, and no other", async () => {
    const commands: Command[] = [];
    for (const file of filesBelow("commands")) {
      const module = (await import(join(root, file))) as Record<string, unknown>;
      for (const [name, make] of Object.entries(module))
        if (name.endsWith("Command")) commands.push((make as () => Command)());
    }
    const text = reference("command-line");
    type Leaf = { path: string; command: Command };
    const leavesOf = (command: Command, above = ""): Leaf[] => {
      const path = above + command.name();
      if (command.commands.length === 0) return [{ path, command }];
      return command.commands.flatMap((sub) => leavesOf(sub, `${path} `));
    };
    const leaves = commands.flatMap((command) => leavesOf(command));
    const pathOf = (cell: string): string => cell.replace(/ [<[].*$/, "");
    const documented = found(text, /^\| `kenh ([^`]+)`/gm).map(pathOf);
    expect(documented.sort()).toEqual(leaves.map(({ path }) => path).sort());
    for (const { path, command } of leaves) {
      const row = text
        .split("\n")
        .find((line) => pathOf(/^\| `kenh ([^`]+)`/.exec(line)?.[1] ?? "") === path);
      const named = found(String(row), /`(--[\w-]+)/g);
      const flags = command.options
        .map(({ long }) => long)
        .filter((long) => long !== "--data" && long !== "--json");
      expect(named, path).toEqual(flags.sort());
    }
  });
});

describe("all prose", () => {
  const pages = [
    ...filesBelow("docs"),
    ...readdirSync(root).filter((file) => file.endsWith(".md")),
    ...["edge-agent", "broker", "ingest", "schemas", "grafana-plugin/src"].flatMap(filesBelow),
  ].filter((file) => file.endsWith(".md"));

  test.each([...new Set(pages)])("%s: every link leads somewhere", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[\w-]+)?\)/g)];
    const dead = links
      .map(([, to]) => to as string)
      .filter((to) => !existsSync(join(root, dirname(page), to)));
    expect(dead).toEqual([]);
  });

  test("pictures are small, and each is shown somewhere", () => {
    const text = pages.map(read).join("\n");
    for (const file of readdirSync(join(root, "docs/pictures"))) {
      expect(text).toContain(`pictures/${file}`);
      expect(statSync(join(root, "docs/pictures", file)).size, file).toBeLessThan(60_000);
    }
  });

  test.each([...new Set(pages)])("%s: every file of ours that it names is there", (page) => {
    const named = found(
      read(page),
      /`((?:schemas|broker|ingest|edge-agent|grafana-plugin|test|station|commands)\/[\w./-]+\.(?:ts|tsx|json|yaml))`/g,
    );
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe("docs/decisions", () => {
  const records = readdirSync(join(root, "docs/decisions"))
    .filter((file) => /^\d{4}-/.test(file))
    .sort();

  test("are numbered without a gap and listed", () => {
    expect(records.map((file) => Number(file.slice(0, 4)))).toEqual(records.map((_, at) => at + 1));
    for (const file of records) expect(read("docs/decisions/README.md")).toContain(`](${file})`);
  });

  test.each(records)(
    "%s has context, decision, consequences, and what would overturn it",
    (file) => {
      const text = read(`docs/decisions/${file}`);
      expect(text).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
      expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
        "Context",
        "Decision",
        "Consequences",
        "What would overturn it",
      ]);
    },
  );

  test("that the code names are there", () => {
    const named = shipped
      .concat(readSources())
      .flatMap(({ text }) => found(text, /docs\/decisions\/(\d{4})/g));
    const known = records.map((file) => file.slice(0, 4));
    expect(known).toEqual(expect.arrayContaining(named));
  });
});
