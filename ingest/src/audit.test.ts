import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { type Audit, type AuditEntry, openAudit } from "./audit.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
let folder: TemporaryFolder;
let file: string;
let audit: Audit;
let clock = 1_790_000_000_000;

function open(at = file): Audit {
  return openAudit(
    at,
    () => clock++,
    () => {
      throw new Error("damaged");
    },
  );
}

beforeEach(() => {
  folder = temporaryFolder("kenh-audit");
  file = join(folder.path, "audit.db");
  audit = open();
});
afterEach(() => {
  audit.close();
  folder[Symbol.dispose]();
});

function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    address: "127.0.0.1",
    token: "t1",
    role: "operator",
    scope: "82/29869",
    name: null,
    action: "a1",
    call: "acknowledge",
    alarm: "5f0c",
    device: gauge,
    version: 1,
    comment: "đã xem",
    until: null,
    result: "done",
    detail: null,
    ...change,
  };
}

const everything = { limit: 100, scope: "*" };

test("keeps every line with its number, across restarts, the last one first", async () => {
  audit.append([entry(), entry({ alarm: "5f0d" })]);
  audit.close();
  audit = open();
  audit.append([entry({ result: "forbidden" })]);
  expect(audit.list(everything).map(({ seq, alarm, result }) => [seq, alarm, result])).toEqual([
    [3, "5f0c", "forbidden"],
    [2, "5f0d", "done"],
    [1, "5f0c", "done"],
  ]);
  expect(audit.list({ ...everything, alarm: "5f0c", limit: 1 }).map(({ seq }) => seq)).toEqual([3]);
  expect(audit.list({ ...everything, before: 3 }).map(({ seq }) => seq)).toEqual([2, 1]);
  const { head, ...rest } = await audit.chain();
  expect(rest).toEqual({ lines: 3, brokenAt: null });
  expect(head).toBe(audit.list(everything)[0]?.hash);
});

test("refuses to change or to remove a line", () => {
  audit.append([entry()]);
  const db = new DatabaseSync(file);
  expect(() => db.exec("UPDATE line SET at = 0")).toThrow("append-only");
  expect(() => db.exec("DELETE FROM line")).toThrow("append-only");
  db.close();
});

test.each([
  {
    what: "changed",
    sql: "UPDATE line SET entry = replace(entry, 'done', 'gone') WHERE seq = 1500",
    at: 1500,
  },
  { what: "given to another alarm", sql: "UPDATE line SET alarm = 'x' WHERE seq = 1200", at: 1200 },
  { what: "moved in time", sql: "UPDATE line SET at = at - 1 WHERE seq = 2", at: 2 },
  { what: "taken out", sql: "DELETE FROM line WHERE seq = 1000", at: 1001 },
])("finds a line that was $what behind its back", async ({ sql, at }) => {
  audit.append(Array.from({ length: 2100 }, () => entry()));
  audit.close();
  const copy = join(folder.path, "copy.db");
  copyFileSync(file, copy);
  const db = new DatabaseSync(copy);
  db.exec(`DROP TRIGGER no_change; DROP TRIGGER no_removal; ${sql}`);
  db.close();
  audit = open(copy);
  expect((await audit.chain()).brokenAt).toBe(at);
});

test("a line is for the scope of its device, and for the one that called, which is told no other's device", () => {
  audit.append([
    entry(),
    entry({ device: "82/30000/a/b", alarm: "far" }),
    entry({ device: null, alarm: "none" }),
    entry({ alarm: "from above", scope: "82" }),
  ]);
  const seen = (scope: string) =>
    audit.list({ limit: 9, scope }).map(({ alarm, device }) => [alarm, device]);
  expect(seen("82/29869")).toEqual([
    ["from above", gauge],
    ["none", null],
    ["far", null],
    ["5f0c", gauge],
  ]);
  expect(seen("82/30000")).toEqual([["far", "82/30000/a/b"]]);
  expect(seen("82").length).toBe(4);
  expect(seen("*").length).toBe(4);
  const asked = { limit: 9, device: "82/30000/a/b" };
  expect(audit.list({ ...asked, scope: "82/29869" })).toEqual([]);
  expect(audit.list({ ...asked, scope: "82" }).length).toBe(1);
});
