import { join } from "node:path";
import { topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { login, publishPacket } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";
import { bringing, mostUnknown } from "./bring.ts";

const site = "82/29869/cau-cao-lanh";
const cabinet = `${site}/gw-01`;
const fresh = `${site}/moi-01`;

test("who brings an unknown device first is the one that may, and nobody brings a known one", async () => {
  using folder = temporaryFolder();
  const access = openAccess(join(folder.path, "access.db"));
  const registered = new Set([gauge]);
  const mayBring = bringing(access, (identity) => registered.has(identity));
  await access.addAccount(cabinet, [cabinet], [site]);
  await access.addAccount("second", [], [site]);
  await access.addAccount(otherGauge, [otherGauge]);
  expect(mayBring(cabinet, fresh)).toBe(true);
  expect(mayBring("second", fresh)).toBe(false);
  expect(mayBring(cabinet, gauge)).toBe(false);
  expect(mayBring(cabinet, otherGauge)).toBe(false);
  expect(access.joins.bringerOf(fresh)).toBe(cabinet);
  expect(bringing(access, undefined)(cabinet, fresh)).toBe(false);
  for (let n = 1; n < mostUnknown; n++) expect(mayBring(cabinet, `${site}/x-${n}`)).toBe(true);
  expect(mayBring(cabinet, `${site}/one-too-many`)).toBe(false);
  expect(mayBring("second", `${site}/one-too-many`)).toBe(true);
  access.joins.grant(cabinet, `${site}/x-1`);
  expect(mayBring(cabinet, `${site}/and-one-more`)).toBe(true);
  access.close();
});

test("what was adopted is published over the same connection", async () => {
  const registered = new Set([gauge]);
  await using rig = await startRig({ isRegistered: (identity) => registered.has(identity) });
  const password = await rig.access.addAccount(cabinet, [cabinet], [site]);
  const client = await login(rig.port, { username: cabinet, password });
  client.send(publishPacket(topicOf(fresh, "telemetry"), "{}", 1));
  await client.hear("puback");
  rig.access.joins.grant(cabinet, fresh);
  registered.add(fresh);
  client.send(publishPacket(topicOf(fresh, "telemetry"), "{}", 2));
  expect((await client.hear("puback")).messageId).toBe(2);
  client.send(publishPacket(topicOf(gauge, "telemetry"), "{}", 3));
  await client.end;
  expect(rig.arrivals.map(({ topic }) => topic)).not.toContain(topicOf(gauge, "telemetry"));
});
