import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Enrolment, EnrolmentRefused, proofs, UnfitRequest } from "@kenh/schemas";
import { type Access, codeKey, openAccess, readCode } from "@kenh/schemas/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { absent } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { type Authority, openAuthority } from "./authority.ts";
import { createEnrolment } from "./enrolment.ts";
import { privateKey } from "./request.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const noOpenssl = absent("openssl");
const day = 24 * 3_600_000;
const hosts = ["127.0.0.1", "localhost"];
let folder: TemporaryFolder;
let access: Access;
let authority: Authority;
let enrolment: Enrolment;
let now: number;

beforeEach(async () => {
  now = Date.now();
  folder = temporaryFolder();
  access = openAccess(join(folder.path, "access.db"), () => now);
  authority = await openAuthority(join(folder.path, "ca"), hosts, () => now);
  enrolment = createEnrolment({
    access,
    authority,
    broker: () => "mqtts://x:8883",
    now: () => now,
  });
});
afterEach(() => {
  access.close();
  folder[Symbol.dispose]();
});

/** A request as openssl makes it: a foreign device needs no more. */
function request(name: string, ...how: string[]) {
  const keyFile = join(folder.path, `${name}.key`);
  const kind = how.length > 0 ? how : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const args = ["req", "-new", ...kind, "-nodes", "-keyout", keyFile, "-subj", "/CN=anything"];
  return {
    keyFile,
    csr: execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString(),
  };
}

function callOf(code: string, csr: string) {
  const { id, secret } = readCode(code) ?? { id: "", secret: "" };
  const mac = createHmac("sha256", codeKey(secret)).update(proofs.enrol(csr)).digest("hex");
  return { id, csr, mac };
}

const makeCode = (lifeMs = 90 * day) =>
  access.codes.make(gauge, { validMs: 15 * 60_000, lifeMs, joins: [] }).code;
const told = () => access.events.waiting(100).map(({ call, result }) => `${call} ${result}`);
const refused = (attempt: Promise<unknown>, words: RegExp) =>
  expect(attempt).rejects.toThrow(words);

describe.skipIf(noOpenssl)(`enrolment ${noOpenssl ?? ""}`, () => {
  test("a code brings a certificate that openssl believes; its account opens and its key never came", async () => {
    const { csr, keyFile } = request("gauge");
    const code = makeCode();
    const enrolled = await enrolment.enrol(callOf(code, csr), "192.0.2.1");
    const certFile = join(folder.path, "gauge.pem");
    writeFileSync(certFile, enrolled.certificate);
    const verify = (file: string, purpose: string) =>
      execFileSync("openssl", [
        ...["verify", "-x509_strict", "-purpose", purpose, "-CAfile", authority.caFile, file],
      ]).toString();
    expect(verify(certFile, "sslclient")).toContain("OK");
    expect(verify(authority.server.certFile, "sslserver")).toContain("OK");
    const certificate = new X509Certificate(enrolled.certificate);
    expect(certificate.subjectAltName).toBe(`URI:urn:kenh:device:${gauge}`);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkPrivateKey(keyOf(keyFile))).toBe(true);
    const { secret } = readCode(code) ?? { secret: "" };
    const proof = createHmac("sha256", codeKey(secret))
      .update(proofs.enrolled(enrolled))
      .digest("hex");
    expect(enrolled.mac).toBe(proof);
    expect(access.account(gauge)).toMatchObject({ publishes: [gauge] });
    expect(told()).toEqual(["enrol done"]);
  });

  test("the same request again gets the same certificate: its answer may have been lost", async () => {
    const call = callOf(makeCode(), request("gauge").csr);
    const first = await enrolment.enrol(call, null);
    expect(await enrolment.enrol(call, null)).toEqual(first);
    expect(access.certificates.of(gauge)).toHaveLength(1);
  });

  test("a code that is used twice is refused, and what it brought is void", async () => {
    const code = makeCode();
    await enrolment.enrol(callOf(code, request("thief").csr), "192.0.2.66");
    await refused(enrolment.enrol(callOf(code, request("gauge").csr), "192.0.2.1"), /was used at/);
    expect(access.certificates.of(gauge)).toMatchObject([{ reason: "code-used-twice" }]);
    expect(told()).toEqual(["enrol done", "enrol code-used-twice"]);
  });

  test("two that use a code at the same moment: one has it, and nobody keeps it", async () => {
    const code = makeCode();
    const both = await Promise.allSettled([
      enrolment.enrol(callOf(code, request("a").csr), null),
      enrolment.enrol(callOf(code, request("b").csr), null),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(access.certificates.of(gauge)).toMatchObject([{ reason: "code-used-twice" }]);
  });

  test("an old code that is found again ends nobody's connection", async () => {
    const code = makeCode();
    await enrolment.enrol(callOf(code, request("gauge").csr), null);
    now += day;
    await refused(enrolment.enrol(callOf(code, request("thief").csr), null), /was used at/);
    expect(access.certificates.of(gauge)).toMatchObject([{ revokedAt: null }]);
    expect(told()).toEqual(["enrol done", "enrol code-used-twice"]);
  });

  test("a code has a short life, few attempts, and a successor that makes it void", async () => {
    const { csr } = request("gauge");
    const late = makeCode();
    now += 15 * 60_000;
    await refused(enrolment.enrol(callOf(late, csr), null), /was good until/);
    const guessed = makeCode();
    await refused(enrolment.enrol(callOf(late, csr), null), /opens nothing/);
    const { id } = readCode(guessed) ?? { id: "" };
    for (let attempt = 0; attempt < 5; attempt++) {
      await refused(enrolment.enrol({ id, csr, mac: "00" }, null), /opens nothing/);
    }
    await refused(enrolment.enrol(callOf(guessed, csr), null), /opens nothing/);
    await refused(enrolment.enrol({ id: "nobody", csr, mac: "" }, null), /opens nothing/);
    expect(told()).toEqual(["enrol code-expired", ...Array(5).fill("enrol wrong-code")]);
    expect(access.certificates.of(gauge)).toEqual([]);
  });

  test.each<[string, string[], boolean]>([
    ["RSA 2048", ["-newkey", "rsa:2048"], true],
    ["RSA 1024", ["-newkey", "rsa:1024"], false],
    ["Ed25519", ["-newkey", "ed25519"], true],
    ["P-384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"], true],
    ["secp256k1", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], false],
  ])("a key of %s", async (_, how, taken) => {
    const { csr } = request("key", ...how);
    const attempt = enrolment.enrol(callOf(makeCode(), csr), null);
    if (taken) expect((await attempt).certificate).toContain("BEGIN CERTIFICATE");
    else await expect(attempt).rejects.toBeInstanceOf(UnfitRequest);
  });

  test("what is no request is refused, and leaves the code good", async () => {
    const code = makeCode();
    for (const csr of ["", "hello", "x".repeat(20_000), authority.pem]) {
      await expect(enrolment.enrol(callOf(code, csr), null)).rejects.toBeInstanceOf(UnfitRequest);
    }
    expect(await enrolment.enrol(callOf(code, request("gauge").csr), null)).toBeDefined();
  });

  describe("renewal", () => {
    async function enrolled() {
      const { csr, keyFile } = request("gauge");
      const { certificate } = await enrolment.enrol(callOf(makeCode(), csr), null);
      return { certificate, key: keyOf(keyFile) };
    }
    const signed = (csr: string, key: ReturnType<typeof keyOf>) =>
      sign("sha256", Buffer.from(proofs.renew(csr)), key).toString("base64");

    test("the present certificate brings the next one, once, and its first use ends the present one", async () => {
      const { certificate, key } = await enrolled();
      const { csr } = request("next");
      const call = { certificate, csr, signature: signed(csr, key) };
      await refused(enrolment.renew(call, null), /too young/);
      now += 60 * day;
      const next = await enrolment.renew(call, null);
      expect(await enrolment.renew(call, null)).toEqual(next);
      const [second, first] = access.certificates.of(gauge);
      expect([first?.revokedAt, second?.follows]).toEqual([null, first?.fingerprint]);
      access.certificates.noteUse(second?.fingerprint ?? "");
      expect(access.certificates.of(gauge).at(1)).toMatchObject({ reason: "superseded" });
      expect(told()).toEqual(["enrol done", "renew done"]);
    });

    test("two keys that follow one certificate are a clone", async () => {
      const { certificate, key } = await enrolled();
      now += 60 * day;
      for (const name of ["thief", "gauge"]) {
        const { csr } = request(name);
        const attempt = enrolment.renew({ certificate, csr, signature: signed(csr, key) }, null);
        if (name === "thief") await attempt;
        else await refused(attempt, /two hold it/);
      }
      expect(told()).toEqual(["enrol done", "renew done", "certificate-cloned renewed-twice"]);
    });

    test("neither one that is revoked, expired or another's is renewed", async () => {
      const { certificate, key } = await enrolled();
      const { csr } = request("next");
      const call = { certificate, csr, signature: signed(csr, key) };
      const { privateKey: other } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      for (const wrong of [
        { ...call, signature: signed(csr, other) },
        { ...call, csr: request("swapped").csr },
        { ...call, certificate: authority.pem },
        { ...call, certificate: "hello" },
      ]) {
        await expect(enrolment.renew(wrong, null)).rejects.toBeInstanceOf(EnrolmentRefused);
      }
      now += 90 * day + 1000;
      await refused(enrolment.renew(call, null), /expired at/);
      await refused(enrolment.renew(call, null), /expired at/);
      now -= 30 * day;
      access.revoke(gauge);
      await refused(enrolment.renew(call, null), /was revoked/);
      expect(told()).toEqual(["enrol done", "renew expired", "renew revoked"]);
    });
  });
});

test("an authority is made once, its keys are its owner's alone, and a host that is new makes a new server certificate", async () => {
  const at = join(folder.path, "ca");
  for (const name of ["ca.key", "server.key"])
    expect(statSync(join(at, name)).mode & 0o777).toBe(0o600);
  const server = () => readFileSync(join(at, "server.pem"), "utf8");
  const before = server();
  expect((await openAuthority(at, hosts, () => now)).pem).toBe(authority.pem);
  expect(server()).toBe(before);
  await openAuthority(at, [...hosts, "tram.example", "10.0.0.5"], () => now);
  expect(new X509Certificate(server()).subjectAltName).toContain("tram.example");
  writeFileSync(
    join(at, "ca.key"),
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }),
  );
  await expect(openAuthority(at, hosts)).rejects.toThrow("is not the key of");
});

function keyOf(file: string) {
  return privateKey(readFileSync(file), file);
}
