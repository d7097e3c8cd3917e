import { createHmac, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type EnrolCall, proofs } from "@kenh/schemas";
import { codeKey } from "@kenh/schemas/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { certificateAuthority } from "../../../test/support/certificates.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { NotEnrolled } from "./ask.ts";
import { enrolAgent } from "./enrol.ts";
import { keepIdentity, pendingKey, readIdentity } from "./identity-file.ts";
import { renewalTime } from "./renew.ts";

const code = "000000-111111-222222-333333-444444";
const key = codeKey("111111222222333333444444");
let folder: TemporaryFolder;
let server: Server;
let station: string;
let answer: (call: EnrolCall) => { status?: number; type?: string; body: string };
beforeEach(async () => {
  folder = temporaryFolder();
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { status = 200, type = "application/json", body } = answer(JSON.parse(text) as EnrolCall);
    response.writeHead(status, { "content-type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  station = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  folder[Symbol.dispose]();
});
const enrol = (typed = code) => enrolAgent({ station, code: typed, folder: folder.path });

test("the code itself is never sent, and an answer by one who does not know it is not believed", async () => {
  const { certFile } = certificateAuthority(folder.path).issue("anything");
  const enrolled = {
    identity: "82/29869/cau-cao-lanh/gw-01",
    certificate: readFileSync(certFile, "utf8"),
    authority: readFileSync(certFile, "utf8"),
    broker: "mqtts://0.0.0.0:8883",
  };
  let heard = "";
  answer = (call) => {
    heard = JSON.stringify(call);
    const proof = createHmac("sha256", key).update(proofs.enrol(call.csr)).digest("hex");
    expect(call).toMatchObject({ id: "000000", mac: proof });
    return { body: JSON.stringify({ ...enrolled, mac: "00".repeat(32) }) };
  };
  await expect(enrol()).rejects.toThrow("something stands in between");
  expect(heard).not.toContain("111111222222");
  // One who knows the code, and signs another key.
  answer = () => {
    const mac = createHmac("sha256", key).update(proofs.enrolled(enrolled)).digest("hex");
    return { body: JSON.stringify({ ...enrolled, mac }) };
  };
  await expect(enrol()).rejects.toThrow("has signed another key");
  expect(statSync(join(folder.path, "agent.pem.next-key")).mode & 0o777).toBe(0o600);
});

test.each<[string, () => ReturnType<typeof answer>, RegExp, boolean]>([
  [
    "a refusal",
    () => ({
      status: 403,
      type: "application/problem+json",
      body: '{"title":"t","status":403,"detail":"used"}',
    }),
    /used/,
    true,
  ],
  [
    "a station that is not well",
    () => ({
      status: 503,
      type: "application/problem+json",
      body: '{"title":"Not now","status":503}',
    }),
    /Not now/,
    false,
  ],
  ["something else", () => ({ body: "<html>" }), /is no station/, true],
])("%s is told", async (_, given, words, forGood) => {
  answer = given;
  const error = await enrol().catch((one: unknown) => one);
  expect(error).toBeInstanceOf(NotEnrolled);
  expect((error as NotEnrolled).message).toMatch(words);
  expect((error as NotEnrolled).forGood).toBe(forGood);
});

test("what is no code, and a station that is not there, are told before anything is done", async () => {
  await expect(enrol("123")).rejects.toThrow("this is no code");
  server.close();
  await expect(enrol()).rejects.toThrow("does not answer");
});

test("the key is the same until it has brought a certificate; the two are one file", async () => {
  const file = join(folder.path, "agent.pem");
  const first = await pendingKey(file);
  expect((await pendingKey(file)).equals(first)).toBe(true);
  const issued = certificateAuthority(folder.path).issue("anything");
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  await keepIdentity(file, other, readFileSync(issued.certFile, "utf8"));
  await expect(readIdentity(file)).rejects.toThrow("not that of the certificate");
  writeFileSync(file, readFileSync(issued.keyFile, "utf8") + readFileSync(issued.certFile, "utf8"));
  expect((await readIdentity(file)).certificate.subject).toBe("CN=anything");
  expect((await pendingKey(file)).equals(first)).toBe(false);
  const certificate = new X509Certificate(readFileSync(issued.certFile));
  const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  expect(renewalTime(certificate)).toBeCloseTo(from + ((to - from) * 2) / 3, -1);
});
