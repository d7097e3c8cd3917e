import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/folder.ts";
import { openStore } from "./open.ts";
import { sqliteLimits } from "./sqlite.ts";

test("each kind of store is opened by its configuration", async () => {
  using folder = temporaryFolder();
  const url = "http://127.0.0.1:1";
  const stores = [
    await openStore({ kind: "sqlite", file: join(folder.path, "store.db") }),
    await openStore({
      kind: "influxdb",
      url,
      version: 2,
      org: "o",
      bucket: "b",
      token: "t",
    }),
    await openStore({ kind: "victoriametrics", url }),
  ];
  expect(stores[0]?.limits).toBe(sqliteLimits);
  expect(stores.map(({ limits }) => limits.unsupportedTypes)).toEqual([[], [], ["string"]]);
  for (const store of stores) await store.close();
});

test("the embedded store loads no client of another", async () => {
  using folder = temporaryFolder();
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { openStore } = await import(${JSON.stringify(new URL("./open.ts", import.meta.url).href)});
    const store = await openStore({ kind: "sqlite", file: ${JSON.stringify(join(folder.path, "store.db"))} });
    await store.close();
    console.log(JSON.stringify(loaded));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
  const loaded = JSON.parse(stdout) as string[];
  expect(loaded.some((url) => url.endsWith("/sqlite.ts"))).toBe(true);
  expect(loaded.filter((url) => url.includes("influx"))).toEqual([]);
});
