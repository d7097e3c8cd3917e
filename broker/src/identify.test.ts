import { join } from "node:path";
import type { PeerCertificate } from "node:tls";
import { type Access, openAccess } from "@kenh/schemas/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { certifiedIdentity, faultOf, identify, isCurrent } from "./identify.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const camera = "82/29869/cho-cao-lanh/camera-01";
let folder: TemporaryFolder;
let access: Access;
beforeEach(() => {
  folder = temporaryFolder();
  access = openAccess(join(folder.path, "access.sqlite"));
});
afterEach(() => {
  access.close();
  folder[Symbol.dispose]();
});

const now = Date.UTC(2026, 10, 1);
const certificate = (CN: string, subjectaltname?: string) =>
  ({
    subject: { CN },
    subjectaltname,
    fingerprint256: "AB:CD",
    valid_to: "Nov  2 00:00:00 2026 GMT",
  }) as unknown as PeerCertificate;
const given = { username: undefined, password: undefined, certificate: undefined };

test("a password, a token or a certificate proves who is there; nothing proves nobody", async () => {
  const password = await access.addAccount(gauge, [gauge, camera]);
  const token = access.addToken("reader", "82");
  const byPassword = await identify({ ...given, username: gauge, password }, access, now);
  expect(byPassword).toMatchObject({
    kind: "sender",
    name: gauge,
    publishes: new Set([gauge, camera]),
  });
  const byCertificate = await identify({ ...given, certificate: certificate(gauge) }, access, now);
  expect(byCertificate).toEqual({
    ...byPassword,
    certificate: { fingerprint: "abcd", expiresAt: now + 86_400_000 },
  });
  const byToken = await identify({ ...given, username: "token", password: token }, access, now);
  expect(byToken).toMatchObject({ kind: "reader", role: "reader", scope: "82" });
  expect(JSON.stringify(byToken)).not.toContain(token);
  for (const wrong of [
    given,
    { ...given, username: gauge },
    { ...given, username: gauge, password: "" },
    { ...given, username: gauge, password: token },
    { ...given, username: "token", password },
    { ...given, password },
    { ...given, certificate: certificate(camera) },
    { ...given, certificate: certificate(gauge), username: camera },
    { ...given, certificate: certificate(gauge), username: gauge, password: "wrong" },
  ]) {
    expect(await identify(wrong, access, now)).toBeUndefined();
  }
});

test.each<[string, PeerCertificate, string | undefined]>([
  ["its alternative name", certificate("x", `DNS:gw, URI:urn:kenh:device:${gauge}`), gauge],
  ["its common name", certificate(gauge, "DNS:gw"), gauge],
  [
    "the alternative name before the common one",
    certificate(camera, `URI:urn:kenh:device:${gauge}`),
    gauge,
  ],
  [
    "two names",
    certificate("x", `URI:urn:kenh:device:${gauge}, URI:urn:kenh:device:${camera}`),
    undefined,
  ],
  ["a name that is no identity", certificate("gw-01"), undefined],
  ["a name inside another", certificate("x", `DNS:"URI:urn:kenh:device:${gauge}"`), undefined],
])("a certificate names a device by %s", (_, shown, expected) => {
  expect(certifiedIdentity(shown)).toBe(expected);
});

test("a new password, a removed account and a revoked token end what was proven", async () => {
  const password = await access.addAccount(gauge, [gauge]);
  const token = access.addToken("reader", "*");
  const sender = await identify({ ...given, username: gauge, password }, access, now);
  const reader = await identify({ ...given, username: "token", password: token }, access, now);
  if (!sender || reader?.kind !== "reader") throw new Error("they must be proven");
  expect([isCurrent(sender, access), isCurrent(reader, access)]).toEqual([true, true]);
  await access.addAccount(gauge, [gauge]);
  access.removeToken(reader.grant);
  expect([isCurrent(sender, access), isCurrent(reader, access)]).toEqual([false, false]);
  access.removeAccount(gauge);
  expect(isCurrent(sender, access)).toBe(false);
});

test("a certificate of the station's own authority opens as long as its book says so, and no longer than it lives", async () => {
  access.openAccount(gauge, [gauge]);
  const own = {
    ...certificate(gauge),
    issuer: { O: "Kenh station", CN: "Kenh 1" },
  } as PeerCertificate;
  expect(faultOf(own, access, now)).toBe("unknown");
  expect(await identify({ ...given, certificate: own }, access, now)).toBeUndefined();
  const times = { issuedAt: now, expiresAt: now + 1, lifeMs: 1 };
  const made = { serial: "1", identity: gauge, key: "k", pem: "", code: null, follows: null };
  access.certificates.add({ fingerprint: "abcd", ...made, ...times });
  const proven = await identify({ ...given, certificate: own }, access, now);
  if (!proven) throw new Error("it must be proven");
  expect(isCurrent(proven, access)).toBe(true);
  expect(faultOf(own, access, now + 86_400_000)).toBe("expired");
  access.certificates.revoke("abcd", "revoked");
  expect(isCurrent(proven, access)).toBe(false);
  expect(faultOf(own, access, now)).toBe("revoked");
  expect(await identify({ ...given, certificate: own }, access, now)).toBeUndefined();
});
