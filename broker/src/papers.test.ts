import { join } from "node:path";
import { openAccess } from "@kenh/schemas/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { gauge } from "../testing/rig.ts";
import { keepPapers } from "./papers.ts";
import type { Sender } from "./permit.ts";
import type { Visit } from "./visits.ts";

const day = 24 * 3_600_000;
let now: number;
let folder: TemporaryFolder;
let access: ReturnType<typeof openAccess>;
let here: Visit[];
let expired: Visit[];
let clones: number;
beforeEach(() => {
  now = Date.UTC(2026, 10, 1);
  folder = temporaryFolder();
  access = openAccess(join(folder.path, "access.db"), () => now);
  const made = { serial: "1", identity: gauge, key: "k", pem: "", code: null };
  const times = { issuedAt: now, expiresAt: now + day, lifeMs: day };
  access.certificates.add({ fingerprint: "old", follows: null, ...made, ...times });
  access.certificates.add({ fingerprint: "new", follows: "old", ...made, ...times });
  [here, expired, clones] = [[], [], 0];
});
afterEach(() => {
  access.close();
  folder[Symbol.dispose]();
});

const start = () =>
  keepPapers({
    access,
    now: () => now,
    visits: { all: () => here, ofAccount: () => here },
    onExpired: (visit) => expired.push(visit),
    onClone: () => clones++,
  });
const sender = (fingerprint: string): Sender => ({
  ...{
    kind: "sender",
    name: gauge,
    publishes: new Set([gauge]),
    joins: [],
    bridges: [],
    revision: "",
  },
  certificate: { fingerprint, expiresAt: now + day },
});
/** Somebody who has come in, and how much was heard of him. */
function visit(remote: string, heard: { bytes: number }, fingerprint = "new"): Visit {
  const visitor = { remote, heard: () => heard.bytes };
  const one = { visitor, principal: sender(fingerprint) } as unknown as Visit;
  here.push(one);
  return one;
}
const told = () => access.events.waiting(9).map(({ call }) => call);

test("two that are in use at once from two addresses are a clone; a half-open one is none", () => {
  const papers = start();
  const [first, second] = [{ bytes: 10 }, { bytes: 10 }];
  papers.shown(sender("new"), visit("192.0.2.1:1000", first), false);
  papers.shown(sender("new"), visit("192.0.2.2:1000", second), false);
  second.bytes = 50;
  papers.look();
  expect([clones, told()]).toEqual([0, []]);
  first.bytes = 20;
  papers.look();
  papers.look();
  expect([clones, told()]).toEqual([1, ["certificate-cloned"]]);
});

test("several connections from one address are no clone", () => {
  const papers = start();
  const heard = { bytes: 10 };
  for (const port of [1, 2, 3]) {
    papers.shown(sender("new"), visit(`192.0.2.1:${port}`, heard), false);
  }
  heard.bytes = 20;
  papers.look();
  expect(clones).toBe(0);
});

test("the first use of a certificate ends the one before; its end ends the connection, told once", () => {
  const papers = start();
  const one = visit("192.0.2.1:1", { bytes: 0 });
  papers.shown(sender("new"), one, false);
  expect(access.certificates.find("old")).toMatchObject({ reason: "superseded" });
  papers.look();
  expect(expired).toEqual([]);
  now += day;
  papers.look();
  papers.look();
  expect(expired).toEqual([one, one]);
  expect(told()).toEqual(["certificate-expired"]);
});
