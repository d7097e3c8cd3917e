import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WatchedSample } from "@kenh/edge-agent";
import { describe, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { field } from "../support/field.ts";
import { temporaryFolder } from "../support/folder.ts";

const program = fileURLToPath(new URL("../../kenh.ts", import.meta.url));
const device = "82/29869/thu/thiet-bi-01";

/** Runs the command as a person does, who presses Ctrl+C when `enough` has been seen. */
async function run(args: readonly string[], enough: (printed: string) => boolean) {
  const child = spawn(process.execPath, [program, "agent", ...args]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const exited = once(child, "exit");
  try {
    await until(
      () => child.exitCode !== null || enough(stdout),
      `${args.join(" ")} to print enough; it said ${stdout}${stderr}`,
    );
  } finally {
    child.kill("SIGINT");
  }
  const [code] = await exited;
  return { code, stdout, stderr };
}

const linesOf = (stdout: string): WatchedSample[] =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WatchedSample);

test("every kind of driver has a counterpart here", () => {
  const drivers = fileURLToPath(new URL("../../edge-agent/src/drivers", import.meta.url));
  const kinds = readdirSync(drivers, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(Object.keys(field)).toEqual(kinds.sort());
});

describe.concurrent("kenh agent probe and watch, beside what each driver reads", () => {
  for (const [kind, { absent, start }] of Object.entries(field)) {
    const reason = absent();
    test.skipIf(reason)(`${kind}${reason ? ` (${reason})` : ""}`, async () => {
      using folder = temporaryFolder(`field-${kind}`);
      const counterpart = await start(folder.path, device);
      const { config, probe, quantity } = counterpart;
      const file = join(folder.path, "agent.yaml");
      const own = { version: 1, name: "gw-01", identity: "82/29869/thu/gw-01", dataDir: "data" };
      const broker = { url: "mqtt://127.0.0.1:9" };
      writeFileSync(file, JSON.stringify({ ...own, broker, drivers: [{ kind, device, config }] }));
      try {
        if (probe) {
          // With the patience that is shipped: where all kinds are started at once, it is asked again.
          const shown = await until(async () => {
            const asked = await run(["probe", probe.address], () => probe.heard?.() === true);
            return probe.shows.test(asked.stdout) ? asked : undefined;
          }, `${probe.address} to show ${probe.shows}`);
          expect(shown).toMatchObject({ code: 0, stderr: "" });
          expect(shown.stdout).not.toContain("p@ss");
        }
        const reads = (printed: string) =>
          linesOf(printed).filter(({ values }) => quantity in values).length >= 2;
        const watched = await run(["watch", file, "--json"], reads);
        expect(watched).toMatchObject({ code: 0, stderr: "" });
        for (const sample of linesOf(watched.stdout)) {
          expect(sample.device).toBe(device);
          if (kind !== "replay") expect(Math.abs(sample.ts - Date.now())).toBeLessThan(120_000);
        }
        // Nothing was kept, and so nothing can be published.
        expect(readdirSync(folder.path)).not.toContain("data");
      } finally {
        await counterpart.stop();
      }
    });
  }
});
