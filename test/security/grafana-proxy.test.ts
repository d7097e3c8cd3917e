import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Alarm, Dispatch } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  gauge,
  neighbour,
  type Station,
  startStation,
} from "../../ingest/src/api/station.fixture.ts";
import { type GrafanaRole, plugin, roles, startGrafanaProxy } from "./grafana-proxy.ts";

/** Identity tokens as Grafana makes them, signed with Node's own crypto. */
function makeSigner() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomUUID();
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  function token(claims: object, key: KeyObject = privateKey, alg = "ES256"): string {
    const signed = `${encode({ alg, typ: "jwt", kid })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "ES256" };
  return { token, keys: { keys: [jwk] } };
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const grafanaKeys = makeSigner();
const claimsOf = (role: string) => ({
  sub: `user:${role}`,
  type: "user",
  username: `truc-ca-${role.toLowerCase()}`,
  aud: "org:1",
  exp: inAnHour(),
});

describe("through Grafana", () => {
  let station: Station;
  let grafana: { url: string; close(): void };
  let proxy: Awaited<ReturnType<typeof startGrafanaProxy>>;
  let own: Alarm;
  let others: Alarm;
  /** What the proxy puts into the identity header; undefined puts none. */
  let identity: (role: string) => string | undefined;

  beforeAll(async () => {
    const server = createServer((request, response) => {
      if (request.url !== "/api/signing-keys/keys") return void response.writeHead(404).end();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(grafanaKeys.keys));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    grafana = { url, close: () => server.close() };
    station = await startStation();
    const ts = Date.now();
    for (const device of [gauge, neighbour]) {
      await station.send(device, { ts, values: { water_level_m: 2.5 } });
    }
    const list = station.alarms
      .list({ visible: () => true })
      .map((json) => JSON.parse(json) as Alarm);
    own = list.find(({ device }) => device === gauge) as Alarm;
    others = list.find(({ device }) => device === neighbour) as Alarm;
    const made = { grafana: grafana.url };
    proxy = await startGrafanaProxy(
      {
        apiUrl: station.url,
        apiToken: station.access.addToken("operator", "82/29869", made),
        engineerToken: station.access.addToken("engineer", "82/29869", made),
      },
      (role) => identity(role),
    );
  });
  afterAll(async () => {
    await proxy.close();
    grafana.close();
    await station.stop();
  });

  const ask = (role: string, method: string, path: string, body?: object, headers = {}) =>
    fetch(proxy.url + path, {
      method,
      headers: { "x-role": role, "content-type": "application/json", ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const current = (id = own.id) => station.alarms.get(id) as Alarm;
  /** What any call takes, of one alarm and of several. */
  const body = () => {
    const { id, version } = current();
    return { version, comment: "đang kiểm tra", alarms: [{ id, version }] };
  };
  const signedIn = (role: string) => grafanaKeys.token(claimsOf(role));

  const calls = ["acknowledge", "shelve", "unshelve", "comment", "dispatch"] as const;
  const maintenance = ["out-of-service", "return-to-service"] as const;
  /** Every way to a call that the routes might let through, and some that climb. */
  const attempts = [...calls, ...maintenance].flatMap((call) =>
    [...new Set(plugin.routes.map(({ path }) => path.replace(/\/?\*$/, "")))].flatMap((route) => [
      `${route}/${"ID"}/${call}`,
      `${route}/${call}`,
      `${route}/x/../${"ID"}/${call}`,
      `alarms/../${route}/${"ID"}/${call}`,
      `${route}/%2e%2e/operate/${"ID"}/${call}`,
    ]),
  );

  test("a viewer sees, and changes nothing by any request", async () => {
    identity = signedIn;
    const before = current();
    const list = await ask("Viewer", "GET", "alarms");
    expect(list.status).toBe(200);
    expect(((await list.json()) as { alarms: Alarm[] }).alarms.map(({ id }) => id)).toEqual([
      own.id,
    ]);
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET"]) {
      for (const attempt of attempts) {
        const path = attempt.replace("ID", own.id);
        const answer = await ask("Viewer", method, path, method === "GET" ? undefined : body());
        await answer.text();
        expect([403, 404, 405], `${method} ${path}`).toContain(answer.status);
      }
    }
    expect(current()).toEqual(before);
  });

  test("an operator acknowledges under the name that Grafana has signed, whatever name is sent", async () => {
    identity = signedIn;
    const answer = await ask("Editor", "POST", `operate/${own.id}/acknowledge`, {
      ...body(),
      name: "Chủ tịch",
    });
    expect(answer.status).toBe(200);
    const line = current().history.at(-1);
    expect(line?.event).toBe("acknowledge");
    expect(line?.actor).toMatch(/^truc-ca-editor \([0-9a-f]+\)$/);
  });

  test("an operator takes nothing out of service, an engineer does and brings it back", async () => {
    identity = signedIn;
    for (const path of [
      `operate/${own.id}/out-of-service`,
      `maintain/${own.id}/out-of-service`,
      "operate/return-to-service",
      "maintain/return-to-service",
    ]) {
      expect((await ask("Editor", "POST", path, body())).status).toBe(403);
    }
    for (const call of maintenance) {
      const answer = await ask("Admin", "POST", `maintain/${own.id}/${call}`, body());
      expect(answer.status, await answer.text()).toBe(200);
    }
    expect(current().history.at(-1)?.actor).toContain("truc-ca-admin");
  });

  test("an operator gives an alarm to an agency and takes it back under the signed name, a viewer only sees it", async () => {
    identity = signedIn;
    const agency = "82/29869/kinh-te";
    const label = { vi: "Phòng Kinh tế", en: "Economy office" };
    const engineer = station.token("engineer", "82/29869");
    const registered = await station.call(engineer, "/api/v1/registry", {
      method: "POST",
      body: JSON.stringify({ agencies: [{ agency, label }] }),
    });
    expect(registered.status).toBe(200);
    const order = { agency, minutes: 30, instruction: "Kiểm tra cống", name: "Chủ tịch" };
    const path = `operate/${own.id}/dispatch`;
    expect((await ask("Viewer", "POST", path, order)).status).toBe(403);
    const made = await ask("Editor", "POST", path, order);
    expect(made.status).toBe(200);
    const given = (await made.json()) as Dispatch;
    expect(given.assignedBy).toMatch(/^truc-ca-editor /);
    const call = { version: 1, comment: "không cần nữa" };
    for (const way of [`dispatch/${given.id}`, `dispatches/${given.id}`, `operate/${given.id}`]) {
      const refused = await ask("Viewer", "POST", `${way}/withdraw`, call);
      expect([403, 404], way).toContain(refused.status);
    }
    expect((await ask("Viewer", "GET", `dispatches?alarm=${own.id}`)).status).toBe(200);
    expect((await ask("Viewer", "GET", "dispatches/agencies")).status).toBe(200);
    expect((await ask("Editor", "POST", `dispatch/${given.id}/withdraw`, call)).status).toBe(200);
    const whole = await ask("Viewer", "GET", `dispatches/${given.id}`);
    expect(((await whole.json()) as Dispatch).state).toBe("withdrawn");
  });

  const expired = { ...claimsOf("Editor"), exp: 1000 };
  const { exp: _, ...endless } = claimsOf("Editor");
  test.each<[string, () => string | undefined]>([
    ["none", () => undefined],
    ["no token at all", () => "abc"],
    ["one signed with another key", () => makeSigner().token(claimsOf("Editor"))],
    ["an expired one", () => grafanaKeys.token(expired)],
    ["one without an end", () => grafanaKeys.token(endless)],
    [
      "one that says it needs no signature",
      () =>
        `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claimsOf("Editor"))).toString("base64url")}.`,
    ],
    [
      "one of nobody who is signed in",
      () => grafanaKeys.token({ ...claimsOf("Editor"), sub: "anonymous:0", type: "anonymous" }),
    ],
  ])("an identity that is %s is refused", async (_name, made) => {
    identity = made;
    const before = current();
    // The browser can't stand in for it: what it sends as identity is taken off.
    const answer = await ask("Editor", "POST", `operate/${own.id}/comment`, body(), {
      "x-grafana-id": signedIn("Editor"),
      cookie: "grafana_session=x",
    });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ type: "urn:kenh:problem:forbidden" });
    expect(current()).toEqual(before);
  });

  test("an identity is of use with Grafana's token alone: another bearer acts as itself", async () => {
    const token = station.token("operator", "82/29869");
    const answer = await station.call(token, `/api/v1/alarms/${own.id}/comment`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-grafana-id": signedIn("Admin") },
      body: JSON.stringify(body()),
    });
    expect(answer.status).toBe(200);
    expect(current().history.at(-1)?.actor).not.toContain("truc-ca");
  });

  test.each(roles)("another unit's alarm is not there for a %s", async (role: GrafanaRole) => {
    identity = signedIn;
    const before = current(others.id);
    for (const [method, path] of [
      ["GET", `alarms/${others.id}`],
      ["POST", `operate/${others.id}/acknowledge`],
      ["POST", `maintain/${others.id}/out-of-service`],
    ] as const) {
      const answer = await ask(role, method, path, method === "GET" ? undefined : body());
      await answer.text();
      expect(role === "Admin" || method === "GET" ? [404] : [403, 404]).toContain(answer.status);
    }
    expect(current(others.id)).toEqual(before);
  });

  test("by every route of the app, another unit's things and those that never were are answered alike", async () => {
    identity = signedIn;
    const never = { id: "0123456789abcdef01234567", device: "82/30000/cau-my-thuan/muc-nuoc-99" };
    const there = { id: others.id, device: others.device };
    expect(there.id.length).toBe(never.id.length);
    const asked = (named: typeof never) =>
      plugin.routes.flatMap(({ path, method }) => {
        const rests = path.endsWith("*")
          ? [
              named.id,
              ...[...calls, ...maintenance].flatMap((call) => [call, `${named.id}/${call}`]),
            ]
          : [
              "",
              `?device=${named.device}&quantity=water_level_m`,
              `?unit=82/30000&cause=${named.id}`,
            ];
        const sent = { version: 1, comment: "x", alarms: [{ id: named.id, version: 1 }] };
        const body = { ...sent, device: named.device, rule: "water.bd3" };
        return rests.map((rest) => ({
          path: path.replace(/\*$/, "") + rest,
          method,
          body: method === "GET" ? undefined : body,
        }));
      });
    const hidden = (text: string, { id, device }: typeof never) =>
      text
        .replaceAll(id, "…")
        .replaceAll(device, "…")
        .replaceAll(/\b1[78]\d{11}\b/g, "#ms");
    const nowhere = asked(never);
    for (const role of roles) {
      for (const [at, { method, path, body: sent }] of asked(there).entries()) {
        const other = nowhere[at];
        const a = await ask(role, method, path, sent);
        const b = await ask(role, method, other?.path ?? "", other?.body);
        const [said, wanted] = [await a.text(), await b.text()];
        expect([role, path, a.status, hidden(said, there)]).toEqual([
          ...[role, path, b.status, hidden(wanted, never)],
        ]);
      }
    }
    const { version } = others;
    expect(current(others.id).version).toBe(version);
  });

  test("a Grafana that does not show its keys keeps calls waiting, not open", async () => {
    const gone = station.access.addToken("operator", "82/29869", { grafana: "http://127.0.0.1:9" });
    const answer = await station.call(gone, `/api/v1/alarms/${own.id}/comment`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-grafana-id": signedIn("Editor") },
      body: JSON.stringify(body()),
    });
    expect(answer.status).toBe(503);
    const read = await station.call(gone, "/api/v1/alarms");
    expect(read.status).toBe(200);
  });
});

test("every route names one method and one action that a role has", () => {
  for (const { path, method, reqAction } of plugin.routes) {
    expect(method, path).toMatch(/^(GET|POST)$/);
    const granted = plugin.roles.flatMap(({ role, grants }) =>
      role.permissions.some(({ action }) => action === reqAction) ? grants : [],
    );
    expect(granted, `${path} ${reqAction}`).not.toEqual([]);
  }
});
