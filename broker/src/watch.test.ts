import { join } from "node:path";
import { openAccess } from "@kenh/schemas/node";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/folder.ts";
import { login } from "../testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../testing/rig.ts";
import { credentialsWatch } from "./watch.ts";

test("whoever loses an account, a password or a token loses the connection; the others stay", async () => {
  await using rig = await startRig();
  const removed = await login(rig.port, await rig.account(gauge));
  const changed = await login(rig.port, await rig.account(otherGauge));
  const token = rig.access.addToken("reader", "*");
  const revoked = await login(rig.port, { username: "token", password: token });
  const third = "82/29869/cho-cao-lanh/camera-01";
  const stays = await login(rig.port, await rig.account(third));
  rig.access.removeAccount(gauge);
  await removed.end;
  const fresh = await rig.account(otherGauge);
  await changed.end;
  for (const { id } of rig.access.tokens()) rig.access.removeToken(id);
  await revoked.end;
  stays.send({ cmd: "pingreq" });
  await stays.hear("pingresp");
  await login(rig.port, fresh);
  await expect(login(rig.port, { username: "token", password: token })).rejects.toThrow(
    "CONNACK 4",
  );
  expect(await rig.metric("cuts_total", { reason: "revoked" })).toBe(3);
});

test("a change by another process is seen, and each change once", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "access.sqlite");
  const mine = openAccess(file);
  const others = openAccess(file);
  const changed = credentialsWatch(mine);
  expect(changed()).toBe(false);
  others.addToken("reader", "*");
  expect([changed(), changed()]).toEqual([true, false]);
  mine.addToken("reader", "*");
  expect([changed(), changed()]).toEqual([true, false]);
  mine.close();
  others.close();
});
