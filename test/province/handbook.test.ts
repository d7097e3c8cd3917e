import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenhProgram, type RunningStation, startStation } from "../support/station.ts";

const execute = promisify(execFile);
const page = readFileSync(new URL("../../docs/vi/van-hanh-cap-tinh.md", import.meta.url), "utf8");
/** What the page's fences hold, in its order: files by name, and commands. */
const fences = [...page.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = "", name = "", text = ""]) => ({ kind, name, text }),
);
/** The commands come after the registry's and the contracts: from here on a station runs. */
const startsAt = page.indexOf("npx kenh station");

let folder: TemporaryFolder;
let station: RunningStation | undefined;
beforeAll(() => {
  folder = temporaryFolder("kenh-handbook");
});
afterAll(async () => {
  await station?.stop();
  folder[Symbol.dispose]();
});

const data = () => join(folder.path, "data");

/** Types the commands of a fence as they stand, in a folder of their own, for the month that goes on. */
async function type(text: string): Promise<string> {
  const month = new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 7);
  const script = text
    .replaceAll("npx kenh", '"$NODE" "$KENH"')
    .replaceAll("http://127.0.0.1:8080", station?.http ?? "")
    .replaceAll("2026-10", month);
  const env = { ...process.env, NODE: process.execPath, KENH: kenhProgram, KENH_DATA: data() };
  const { stdout } = await execute("bash", ["-euo", "pipefail", "-c", script], {
    ...{ cwd: folder.path, env },
  });
  return stdout;
}

test("the commands of the province's handbook do what it says, in its order", async () => {
  const said: string[] = [];
  mkdirSync(data(), { recursive: true });
  for (const { kind, name, text } of fences) {
    if (kind === "sh") {
      if (!station && page.indexOf(text) > startsAt) {
        station = await startStation({ folder: { ...folder, path: data() } });
      }
      said.push(await type(text));
    } else if (name) {
      const file = join(folder.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  const [registry, tokens, handedOver, late, destinations, open] = said;
  expect(registry).toContain("2 records; 0 were so already, 0 refused");
  expect(tokens).toMatch(/operator +82\/so-gddt +until/);
  expect(JSON.parse(handedOver ?? "")).toMatchObject({ received: 2, stored: 2, quarantined: 0 });
  expect(late).toContain("si-so-truong");
  expect(readFileSync(join(folder.path, "bao-cao.pdf"), "latin1")).toMatch(/^%PDF-/);
  expect(destinations).toContain("pilot");
  expect(open).toContain("Điều 7 Nghị định 194/2025/NĐ-CP");
  expect(open).not.toContain("Sĩ số");
});
