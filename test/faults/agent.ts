import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Identity, Sample } from "@kenh/schemas";
import { temporaryFolder } from "../support/folder.ts";
import { type Account, program } from "./station.ts";

/** The real `kenh agent run`, to be killed and started again on the same outbox. */
export interface AgentProcess extends AsyncDisposable {
  readonly outboxFile: string;
  readonly running: boolean;
  readonly pid: number | undefined;
  /** Everything that it has logged, over all its starts. */
  log(): string;
  start(): void;
  /** Whether it has logged this since it was last started. */
  said(text: string): boolean;
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Writes the configuration anew, for the next start. */
  configure(change: Readonly<Record<string, unknown>>): void;
  /** Messages in the outbox, read beside the running agent. */
  waiting(): number;
}

export interface AgentOptions {
  readonly folder: string;
  readonly identity: Identity;
  readonly account: Account;
  readonly url: string;
  /** What the configuration says beside broker and identity. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Set before the program: `ip netns exec …`. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Quick to come back, so that a test is short; an agent in the field waits longer. */
export const briskly = { backoffBaseMs: 50, backoffMaxMs: 500, backlogPerSecond: 5000 };

/** Writes the configuration; nothing runs before `start`. */
export function prepareAgent(options: AgentOptions): AgentProcess {
  const { folder, identity, account, prefix = [] } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "agent.yaml");
  const outboxFile = join(folder, "outbox", "outbox.db");
  const config = {
    version: 1,
    name: "gw-01",
    identity,
    broker: { url: options.url, ...account },
    dataDir: "outbox",
    // What is counted comes from the drivers alone.
    health: false,
    ...options.config,
  };
  // JSON is YAML.
  const configure = (change: Readonly<Record<string, unknown>>): void =>
    writeFileSync(file, JSON.stringify({ ...config, ...change }));
  configure({});
  let child: ChildProcess | undefined;
  let exited: Promise<number | null> = Promise.resolve(null);
  let printed = "";
  let startedAt = 0;
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    outboxFile,
    get running() {
      return isRunning();
    },
    get pid() {
      return child?.pid;
    },
    log: () => printed,
    said: (text) => printed.includes(text, startedAt),
    start() {
      const [command = process.execPath, ...args] = [
        ...prefix,
        process.execPath,
        program,
        "agent",
        "run",
        "--config",
        file,
      ];
      startedAt = printed.length;
      const started = spawn(command, args, {
        env: { ...process.env, ...options.env },
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      exited = new Promise((resolve) => started.once("exit", resolve));
      started.stderr.on("data", (text: Buffer) => {
        printed += text.toString();
      });
    },
    async kill() {
      if (isRunning()) child?.kill("SIGKILL");
      await exited;
    },
    async stop() {
      if (isRunning()) child?.kill("SIGTERM");
      return exited;
    },
    signal(signal) {
      child?.kill(signal);
    },
    configure,
    async [Symbol.asyncDispose]() {
      if (isRunning()) child?.kill("SIGKILL");
      await exited;
    },
    waiting() {
      if (!existsSync(outboxFile)) return 0;
      const db = new DatabaseSync(outboxFile, { readOnly: true, timeout: 5000 });
      try {
        // The file is there before its tables are: the agent has only begun to open it.
        if (db.prepare("PRAGMA user_version").get()?.user_version === 0) return 0;
        const row = db
          .prepare("SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM draft) AS n")
          .get();
        return Number(row?.n);
      } finally {
        db.close();
      }
    },
  };
}

/**
 * What the outbox of an agent that does not run holds: by its promise every sample of it will be in
 * the store. Reads a copy: opening the original would change what the next start finds.
 */
export function outboxSamples(outboxFile: string): { device: Identity; sample: Sample }[] {
  if (!existsSync(outboxFile)) return [];
  using folder = temporaryFolder("kenh-outbox");
  const copy = join(folder.path, "outbox.db");
  copyFileSync(outboxFile, copy);
  if (existsSync(`${outboxFile}-wal`)) copyFileSync(`${outboxFile}-wal`, `${copy}-wal`);
  const db = new DatabaseSync(copy);
  try {
    if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'message'").get()) return [];
    return db
      .prepare("SELECT device, samples FROM message UNION ALL SELECT device, samples FROM draft")
      .all()
      .flatMap(({ device, samples }) =>
        (JSON.parse(String(samples)) as Sample[]).map((sample) => ({
          device: String(device),
          sample,
        })),
      );
  } finally {
    db.close();
  }
}
