import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { identitySchema } from "@kenh/schemas";
import { isMap, LineCounter, type ParsedNode, parseDocument } from "yaml";
import * as z from "zod";
import { checksSchema, reportSchema } from "./checks/config.ts";
import { defaults } from "./defaults.ts";
import { kindNames, loadKind } from "./kinds.ts";
import { levelConfigSchema } from "./level/config.ts";

const milliseconds = z.int().positive();
const count = z.int().positive();

const brokerSchema = z
  .strictObject({
    url: z.string().regex(/^(mqtt|mqtts|ws|wss):\/\/[^/]/, {
      error:
        "must be mqtt://, mqtts://, ws:// or wss:// with a host, such as mqtts://tram.example:8883",
    }),
    username: z.string().min(1).optional().describe("the agent's identity when absent"),
    password: z.string().min(1).optional(),
    passwordFile: z.string().min(1).optional().describe("its first line is the password"),
    caFile: z.string().min(1).optional().describe("PEM; the system's authorities when absent"),
    certFile: z.string().min(1).optional(),
    keyFile: z.string().min(1).optional(),
  })
  .refine((b) => !(b.password && b.passwordFile), {
    path: ["password"],
    error: "stands beside passwordFile: keep one of the two",
  })
  .refine((b) => Boolean(b.certFile) === Boolean(b.keyFile), {
    path: ["certFile"],
    error: "certFile and keyFile belong together: give both or neither",
  });

/** What a person writes, version 1. */
export const agentConfigSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(128).describe("names the sender in every message"),
  identity: identitySchema.describe(
    "the agent's own; carries its status and last will, so it is registered like a device",
  ),
  broker: brokerSchema,
  enrolment: z
    .strictObject({
      station: z
        .url({ protocol: /^https?$/, error: "must be http:// or https:// with a host" })
        .describe("where it is asked for the next certificate, in good time"),
    })
    .optional()
    .describe("kenh agent enrol writes it; certFile and keyFile are then one file"),
  dataDir: z.string().min(1).describe("folder of the outbox"),
  outbox: z
    .strictObject({
      maxBytes: z.int().min(65_536).default(defaults.outbox.maxBytes),
      maxAgeMs: milliseconds.default(defaults.outbox.maxAgeMs),
      commitMs: milliseconds.max(10_000).default(defaults.outbox.commitMs),
    })
    .prefault({}),
  batch: z
    .strictObject({
      maxSamples: count.max(1000).default(defaults.batch.maxSamples),
      maxAgeMs: milliseconds.default(defaults.batch.maxAgeMs),
    })
    .prefault({}),
  publish: z
    .strictObject({
      inFlight: count.max(1000).default(defaults.publish.inFlight),
      backlogPerSecond: count.default(defaults.publish.backlogPerSecond),
      pubackTimeoutMs: milliseconds.default(defaults.publish.pubackTimeoutMs),
      connectTimeoutMs: milliseconds.default(defaults.publish.connectTimeoutMs),
      keepaliveMs: milliseconds.min(1000).default(defaults.publish.keepaliveMs),
      backoffBaseMs: milliseconds.default(defaults.publish.backoffBaseMs),
      backoffMaxMs: milliseconds.default(defaults.publish.backoffMaxMs),
    })
    .prefault({}),
  clock: z
    .strictObject({
      server: z
        .string()
        .regex(/^(\[[\da-fA-F:]+\]|[\w.-]+)(:\d{1,5})?$/, {
          error: "must be a host or host:port, such as time.example or 192.0.2.1:123",
        })
        .optional()
        .describe("time server that is asked how far off the clock is; it is never set"),
      toleranceMs: milliseconds.default(defaults.clock.toleranceMs),
      doubt: z
        .enum(["flag", "tell"])
        .default("flag")
        .describe(
          "flag: a clock in doubt makes readings suspect; tell: status and telemetry of the agent alone say so",
        ),
    })
    .prefault({}),
  health: z
    .union([
      z.literal(false),
      z.strictObject({ everyMs: milliseconds.min(1000).default(defaults.health.everyMs) }),
    ])
    .prefault({})
    .describe("the agent's own telemetry; false where its identity has no profile for it"),
  poweredBy: identitySchema
    .optional()
    .describe("the UPS that feeds this agent; any that it reads when absent"),
  drivers: z
    .array(
      z.strictObject({
        kind: z.string(),
        device: identitySchema,
        name: z.string().min(1).optional().describe("for the log; the device when absent"),
        config: z.record(z.string(), z.unknown()).default({}),
        level: levelConfigSchema.optional().describe("makes a water level out of a raw reading"),
        checks: checksSchema.optional().describe("flags by quantity; none when absent"),
        report: reportSchema.optional().describe("every reading when absent"),
      }),
    )
    .default([]),
});
/** The configuration of an agent, complete with its defaults. */
export type AgentConfig = z.output<typeof agentConfigSchema>;
/** The same as a person may write it. */
export type AgentConfigInput = z.input<typeof agentConfigSchema>;

/** Number n brings a file of version n + 1 to version n + 2. Never edit one that has shipped. */
const migrations: readonly ((config: Record<string, unknown>) => Record<string, unknown>)[] = [];
const newest = migrations.length + 1;

/** Why a configuration can't be used: one line for each fault, with file, line, value and way out. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join("\n"), options);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/**
 * Reads a configuration. Paths in it are taken from `folder`.
 * @param file its name for messages
 * @throws ConfigError
 */
export async function parseAgentConfig(
  text: string,
  file: string,
  folder: string,
): Promise<AgentConfig> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const faults = document.errors.map(
      (e) => `${file}:${lines.linePos(e.pos[0]).line}: not YAML: ${e.message}`,
    );
    throw new ConfigError(faults, { cause: document.errors[0] });
  }
  const raw: unknown = document.toJS();
  const where = (path: readonly PropertyKey[]): string => {
    // A missing key has no place: the nearest thing around it that has one is shown.
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as ParsedNode | undefined;
      const holder = document.getIn(path.slice(0, length - 1), true) as ParsedNode | undefined;
      const key = isMap(holder)
        ? holder.items.find((pair) => String(pair.key) === String(path[length - 1]))?.key
        : undefined;
      const range = key?.range ?? node?.range;
      if (range) return `${file}:${lines.linePos(range[0]).line}`;
    }
    return `${file}:1`;
  };
  const fault = (path: readonly PropertyKey[], message: string): string => {
    const value: unknown = path.length > 0 ? document.getIn([...path]) : undefined;
    const shown =
      typeof value === "object" || value === undefined ? "" : ` ${JSON.stringify(value)}`;
    const name = path.join(".");
    // What is secret is not repeated in a log.
    return `${where(path)}: ${name}${/password$/.test(name) ? "" : shown}: ${message}`;
  };

  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new ConfigError([
      `${file}:1: is empty or not a mapping; begin with "version: ${newest}"`,
    ]);
  }
  const migrated = migrate(raw as Record<string, unknown>, (message) =>
    fault(["version"], message),
  );
  const result = agentConfigSchema.safeParse(migrated);
  const faults = result.success
    ? []
    : result.error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys"
          ? issue.keys.map((key) =>
              fault([...issue.path, key], "is not known; remove it or correct its name"),
            )
          : [fault(issue.path, issue.message)],
      );
  if (!result.success) throw new ConfigError(faults, { cause: result.error });
  const config = result.data;

  const { certFile, keyFile } = config.broker;
  if (config.enrolment && (certFile === undefined || certFile !== keyFile)) {
    faults.push(
      fault(
        ["enrolment"],
        "renews key and certificate of one file: broker.certFile and broker.keyFile must both name it (kenh agent enrol makes it)",
      ),
    );
  }
  for (const [index, entry] of config.drivers.entries()) {
    const at = ["drivers", index];
    if (!kindNames.includes(entry.kind)) {
      faults.push(
        fault([...at, "kind"], `is no kind of driver; use one of ${kindNames.join(", ")}`),
      );
      continue;
    }
    const kind = await loadKind(entry.kind);
    const checked = kind.configSchema.safeParse(entry.config);
    for (const issue of checked.error?.issues ?? []) {
      const path = [...at, "config", ...issue.path];
      if (issue.code !== "unrecognized_keys") faults.push(fault(path, issue.message));
      else
        for (const key of issue.keys)
          faults.push(fault([...path, key], "is not known; remove it or correct its name"));
    }
    for (const field of kind.pathFields) {
      const path = entry.config[field];
      if (typeof path === "string") entry.config[field] = resolve(folder, path);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return fromFolder(config, folder);
}

function migrate(
  raw: Record<string, unknown>,
  fault: (message: string) => string,
): Record<string, unknown> {
  const { version } = raw;
  if (
    typeof version !== "number" ||
    !Number.isInteger(version) ||
    version < 1 ||
    version > newest
  ) {
    throw new ConfigError([
      fault(`this program knows 1 to ${newest}; write "version: ${newest}" or start a newer Kênh`),
    ]);
  }
  return migrations.slice(version - 1).reduce((config, step) => step(config), raw);
}

function fromFolder(config: AgentConfig, folder: string): AgentConfig {
  const broker = { ...config.broker };
  for (const field of ["passwordFile", "caFile", "certFile", "keyFile"] as const) {
    const path = broker[field];
    if (path) broker[field] = resolve(folder, path);
  }
  return { ...config, broker, dataDir: resolve(folder, config.dataDir) };
}

/**
 * Reads a configuration file; relative paths in it are taken from its folder.
 * @throws ConfigError when it can't be used, or can't be read.
 */
export async function loadAgentConfig(file: string): Promise<AgentConfig> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new ConfigError(
      [`${file}: can't be read (${cause.message}); check the path and its permissions`],
      { cause },
    );
  });
  return parseAgentConfig(text, file, dirname(resolve(file)));
}

/** The faults of a configuration file, one line each; none when it can be used. */
export async function checkConfig(file: string): Promise<readonly string[]> {
  try {
    await loadAgentConfig(file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}
