import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { type Access, openAccess } from "./access.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const camera = "82/29869/cho-cao-lanh/camera-01";
let folder: TemporaryFolder;
let file: string;
let access: Access;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "access.sqlite");
  access = openAccess(file, () => 1_790_000_000_000);
});
afterEach(() => {
  access.close();
  folder[Symbol.dispose]();
});

describe("accounts", () => {
  test("only the right password of a known name is let in", async () => {
    const password = await access.addAccount(gauge, [gauge]);
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(await access.authenticate(gauge, password)).toEqual(access.account(gauge));
    expect(await access.authenticate(gauge, password)).toMatchObject({ publishes: [gauge] });
    for (const wrong of ["", `${password} `, password.slice(1), password.toUpperCase()]) {
      expect(await access.authenticate(gauge, wrong)).toBeUndefined();
    }
    expect(await access.authenticate(camera, password)).toBeUndefined();
    expect(access.account(camera)).toBeUndefined();
  });

  test("an agent publishes for several, each once, in order", async () => {
    await access.addAccount("gw-01", [gauge, camera, gauge]);
    expect(access.account("gw-01")?.publishes).toEqual([gauge, camera]);
  });

  test("a new password makes the old one worthless, also where it was proven before", async () => {
    const old = await access.addAccount(gauge, [gauge, camera]);
    const before = await access.authenticate(gauge, old);
    const fresh = await access.addAccount(gauge, [gauge]);
    expect(await access.authenticate(gauge, old)).toBeUndefined();
    const after = await access.authenticate(gauge, fresh);
    expect(after?.publishes).toEqual([gauge]);
    expect(after?.revision).not.toBe(before?.revision);
  });

  test("a removed account is let in no more, and leaves nothing behind", async () => {
    const password = await access.addAccount(gauge, [gauge, camera]);
    await access.authenticate(gauge, password);
    expect(access.removeAccount(gauge)).toBe(true);
    expect(access.removeAccount(gauge)).toBe(false);
    expect(await access.authenticate(gauge, password)).toBeUndefined();
    await access.addAccount(gauge, []);
    expect(access.account(gauge)?.publishes).toEqual([]);
  });

  test("an ill-formed identity is refused, and nothing is changed", async () => {
    const password = await access.addAccount(gauge, [gauge]);
    await expect(access.addAccount(gauge, ["82/29869/UPPER/x"])).rejects.toThrow("province/unit");
    expect(await access.authenticate(gauge, password)).toBeDefined();
  });

  test("a name is a value, never a part of a statement", async () => {
    const name = "'; DROP TABLE account; --";
    const password = await access.addAccount(name, [gauge]);
    expect((await access.authenticate(name, password))?.username).toBe(name);
  });
});

describe("tokens", () => {
  test("a token grants its role and scope until it is removed", () => {
    const token = access.addToken("operator", "82/29869");
    const grant = access.grant(token);
    expect(grant).toMatchObject({ role: "operator", scope: "82/29869" });
    expect(access.tokens()).toEqual([grant]);
    expect(access.grant(`${token}x`)).toBeUndefined();
    expect(access.removeToken(grant?.id ?? "")).toBe(true);
    expect(access.removeToken(grant?.id ?? "")).toBe(false);
    expect(access.grant(token)).toBeUndefined();
  });

  test("a token that has an end opens nothing from then on, and stays listed", () => {
    let now = 1000;
    const timed = openAccess(file, () => now);
    const token = timed.addToken("reader", "*", { expiresAt: 2000 });
    expect(timed.grant(token)).toMatchObject({ expiresAt: 2000, grafana: null });
    now = 2000;
    expect(timed.grant(token)).toBeUndefined();
    expect(timed.tokens().map(({ expiresAt }) => expiresAt)).toEqual([2000]);
    timed.close();
  });

  test("a role or a scope that is none is refused", () => {
    expect(() => access.addToken("root" as "admin", "*")).toThrow();
    expect(() => access.addToken("reader", "82/29869/site/may")).toThrow("a province (82)");
    expect(access.tokens()).toEqual([]);
  });
});

test("neither passwords nor tokens are in the files", async () => {
  const password = await access.addAccount(gauge, [gauge]);
  const token = access.addToken("admin", "*");
  await access.authenticate(gauge, password);
  const bytes = [file, `${file}-wal`].map((name) => readFileSync(name).toString("latin1")).join();
  expect(bytes).toContain(gauge);
  for (const secret of [password, token]) expect(bytes).not.toContain(secret);
});

test("what one process changes, another sees at once, and both see that something changed", async () => {
  const other = openAccess(file);
  const seen = [access.version(), other.version()];
  const password = await other.addAccount(gauge, [gauge]);
  expect(await access.authenticate(gauge, password)).toBeDefined();
  expect(access.version()).not.toBe(seen[0]);
  expect(other.version()).not.toBe(seen[1]);
  const steady = access.version();
  expect(access.version()).toBe(steady);
  const changes = [
    () => access.addToken("reader", "*"),
    () => access.removeToken(access.tokens()[0]?.id ?? ""),
    () => access.removeAccount(gauge),
  ];
  for (const change of changes) {
    const before = access.version();
    change();
    expect(access.version()).not.toBe(before);
  }
  other.close();
});

test("accounts survive a restart, and a file of a newer program is left alone", async () => {
  const password = await access.addAccount(gauge, [gauge]);
  access.close();
  access = openAccess(file);
  expect(await access.authenticate(gauge, password)).toBeDefined();
  const newer = join(folder.path, "newer.sqlite");
  const db = new DatabaseSync(newer);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(() => openAccess(newer)).toThrow("has shape 99");
});
