import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { type Access, openAccess } from "./access.ts";
import { readCode } from "./codes.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const gateway = "82/29869/cau-cao-lanh/gw-01";
const site = "82/29869/cau-cao-lanh";
let folder: TemporaryFolder;
let access: Access;
beforeEach(() => {
  folder = temporaryFolder();
  access = openAccess(join(folder.path, "access.db"), () => 0);
});
afterEach(() => {
  access.close();
  folder[Symbol.dispose]();
});
const options = { validMs: 1, lifeMs: 1, joins: [] };

test("a code is read however it was typed, and one that can't be is none", () => {
  const { code } = access.codes.make(gauge, options);
  const read = readCode(code);
  expect(read?.id).toHaveLength(6);
  expect(readCode(code.toUpperCase().replaceAll("-", " "))).toEqual(read);
  expect(readCode("o00000-l11111-i11111-000000-000000")).toEqual({
    id: "000000",
    secret: "111111111111000000000000",
  });
  for (const wrong of ["", code.slice(1), `${code}x`, code.replace(/.$/, "u")]) {
    expect(readCode(wrong)).toBeUndefined();
  }
});

test("revoking takes password, certificates and codes, and leaves what the account may do", async () => {
  const password = await access.addAccount(gateway, [gateway], [site]);
  access.codes.make(gateway, options);
  const made = { serial: "1", key: "k", pem: "", code: null, follows: null };
  const times = { issuedAt: 0, expiresAt: 1, lifeMs: 1 };
  access.certificates.add({ fingerprint: "f", identity: gateway, ...made, ...times });
  const before = access.account(gateway);
  expect(access.revoke(gateway)).toEqual({ certificates: 1, codes: 1 });
  expect(await access.authenticate(gateway, password)).toBeUndefined();
  expect(access.account(gateway)).toMatchObject({ publishes: [gateway], joins: [site] });
  expect(access.account(gateway)?.revision).not.toBe(before?.revision);
  expect(access.revoke(gauge)).toBeUndefined();
  access.codes.make(gauge, options);
  expect(access.revoke(gauge)).toEqual({ certificates: 0, codes: 1 });
});

test("a new password keeps the sites; a name that is given away takes no certificate along", async () => {
  await access.addAccount(gateway, [gateway], [site]);
  await access.addAccount(gateway, [gateway]);
  expect(access.account(gateway)?.joins).toEqual([site]);
  access.openAccount(gateway, [gauge]);
  expect(access.account(gateway)?.publishes).toEqual([gateway, gauge]);
  const made = { serial: "1", key: "k", pem: "", code: null, follows: null };
  const times = { issuedAt: 0, expiresAt: 1, lifeMs: 1 };
  access.certificates.add({ fingerprint: "f", identity: gateway, ...made, ...times });
  access.removeAccount(gateway);
  expect(access.certificates.find("f")?.reason).toBe("revoked");
  expect(() => access.openAccount(gateway, ["x"])).toThrow("must be province/unit/site/device");
  expect(access.account(gateway)).toBeUndefined();
});
