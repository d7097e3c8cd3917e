import { join } from "node:path";
import { type IdentityEvent, openAccess } from "@kenh/schemas/node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "../../test/support/folder.ts";
import { openAudit } from "./audit.ts";
import { createIdentityAudit } from "./identity-audit.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
const event = (change: Partial<IdentityEvent>): IdentityEvent => ({
  ...{ call: "enrol", device: gauge, result: "done", detail: "serial 1" },
  ...{ name: null, address: "192.0.2.1" },
  ...change,
});
const asked = { limit: 100, scope: "*" } as const;
let now: number;
let folder: TemporaryFolder;
let access: ReturnType<typeof openAccess>;
let audit: ReturnType<typeof openAudit>;

beforeEach(() => {
  now = Date.UTC(2026, 10, 1);
  folder = temporaryFolder();
  access = openAccess(join(folder.path, "access.db"), () => now);
  audit = openAudit(
    join(folder.path, "audit.db"),
    () => now,
    () => {},
  );
});
afterEach(() => {
  audit.close();
  access.close();
  folder[Symbol.dispose]();
});
const follow = () => createIdentityAudit(access.events, audit, () => now);

test("each event is one line, whoever made it, and none is there twice after a restart", async () => {
  access.events.add(event({}));
  access.events.add(event({ call: "revoke", name: "lan", address: null }));
  expect(follow().look()).toBe(2);
  // The station ended between the log's commit and the events' removal.
  const again = openAccess(join(folder.path, "access.db"), () => now);
  const forgotten = { ...again.events, forget: () => {} };
  again.events.add(event({ call: "renew" }));
  expect(createIdentityAudit(forgotten, audit, () => now).look()).toBe(1);
  expect(follow().look()).toBe(0);
  again.close();
  expect(audit.list(asked)).toMatchObject([
    { call: "renew" },
    { call: "revoke", name: "lan", token: "command-line", device: gauge },
    { call: "enrol", token: "station", address: "192.0.2.1", detail: "serial 1" },
  ]);
  expect(await audit.chain()).toMatchObject({ lines: 3, brokenAt: null });
});

test("what happened while the station was away says when; what found no room any more is counted", () => {
  access.events.add(event({}));
  follow().look();
  for (let n = 0; n < 6; n++) access.events.add(event({ call: "revoke" }));
  access.events.forget((access.events.waiting(9).at(-1)?.id ?? 0) - 1);
  now += 3_600_000;
  expect(follow().look()).toBe(2);
  const [last] = audit.list(asked);
  expect(last?.detail).toBe("at 2026-11-01T00:00:00.000Z: serial 1");
  expect(audit.list({ ...asked, limit: 20_000 })).toContainEqual(
    expect.objectContaining({
      call: "identity-events-lost",
      detail: "5 events were not brought here in time",
    }),
  );
});

test("a clone is counted until it was not seen for a while", () => {
  access.events.add(event({ call: "certificate-cloned", result: "told" }));
  const followed = follow();
  followed.look();
  expect(followed.clones()).toBe(1);
  now += 20 * 60_000 + 1;
  expect(followed.clones()).toBe(0);
});
