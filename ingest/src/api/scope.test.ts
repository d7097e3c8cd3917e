import { readFileSync } from "node:fs";
import type { Alarm } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples, type Named, namingQueries, wardAgency } from "./examples.fixture.ts";
import {
  gauge,
  handedOver,
  neighbour,
  ofDepartment,
  type Station,
  startStation,
} from "./station.fixture.ts";
import { streamDefaults } from "./stream.ts";

let station: Station;
let real: Named;
const stranger = "82/29869/cau-cao-lanh/la-01";
const unreal: Named = {
  unit: "82/29899",
  device: "82/29869/cau-cao-lanh/muc-nuoc-99",
  stranger: "82/29869/cau-cao-lanh/la-99",
  alarm: "0123456789abcdef01234567",
  item: "9",
  dataset: "khong-coco",
  change: "9",
  destination: "nopil",
  dispatch: "0123456789abcdef01234567",
  handover: "0123456789abcdef01234567",
};

/** All that happens in ward 29869: nobody else may notice. */
async function livelyWard(): Promise<void> {
  await station.send(gauge, { ts: Date.now(), values: { water_level_m: 2.5, nonsense: 1 } });
  await station.send(stranger, { ts: Date.now(), values: { water_level_m: 1 } });
  station.access.codes.make(gauge, { validMs: 900_000, lifeMs: 86_400_000, joins: [] });
  const own = station.token("engineer", "82/29869");
  const post = (path: string, body: unknown) =>
    station.call(own, `/api/v1/${path}`, { method: "POST", body: JSON.stringify(body) });
  const label = { vi: "Tổ thủy lợi", en: "Irrigation group" };
  for (const [path, body] of [
    [`datasets/${handedOver}/records`, [{ ngay: "2026-11-01", truong: "A", si_so: 5 }]],
    [`datasets/${handedOver}/records`, [{ ngay: "2026-11-01", truong: "B", si_so: "x" }]],
    ["registry", { agencies: [{ agency: wardAgency, label }] }],
    ["registry", { devices: [{ identity: gauge, profile: "generic-water", intervalMs: 7000 }] }],
    ["alarms/comment", { comment: "x", alarms: [{ id: unreal.alarm, version: 1 }] }],
  ] as const) {
    const answer = await post(path, body);
    expect([path, answer.status, await answer.text()]).toEqual([path, 200, expect.anything()]);
  }
  const [alarm = ""] = station.alarms.list({ visible: () => true });
  const order = { agency: wardAgency, minutes: 60, instruction: "lệnh riêng của phường" };
  const left = await post("handovers", { text: "lệnh riêng của phường" });
  expect(left.status).toBe(200);
  const given = await post(`alarms/${(JSON.parse(alarm) as Alarm).id}/dispatch`, order);
  expect(given.status).toBe(200);
}

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

/** Status, headers and text of an answer; of a stream what comes at once, and the first sign of life. */
async function answerTo(response: Response): Promise<Answer> {
  const { status } = response;
  const headers = [...response.headers]
    .filter(([name]) => name !== "date")
    .map((pair) => pair.join(": "));
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status, headers, text: await response.text() };
  }
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  let text = "";
  while (reader && !/^:$/m.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  await reader?.cancel();
  return { status, headers, text };
}

const headersOf = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

async function ask(
  token: string | undefined,
  { method, path, body }: Call,
  over: "app" | "socket" = "app",
): Promise<Answer> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  if (over === "socket") return answerTo(await station.call(token, path, init));
  return answerTo(await station.app.request(path, { ...init, headers: headersOf(token) }, {}));
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** The routes of the app as it is that need a token: a new one is in here by itself. */
const routes = (): string[] => [
  ...new Set(
    station.app.routes
      .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
      .map(({ method, path }) => `${method} ${path}`),
  ),
];

/** The calls of a route about the things that are named; its own first. */
function callsOf(route: string, named: Named): Call[] {
  const [method = "", pattern = ""] = route.split(" ");
  const { of, common, query, body } = examples[route] ?? {};
  const path = pattern
    .replace(":province/:unit/:site/:device", named.device)
    .replace(/:(id|name)/, of ? named[of] : (common ?? ""));
  expect(path).not.toMatch(/:|\/\//);
  const naming = method === "GET" ? namingQueries : [];
  const queries = [query?.(named), ...naming.map((each) => each(named))];
  return queries.map((one) => ({
    method,
    path: one === undefined ? path : `${path}?${one}`,
    ...(body && { body: body(named) }),
  }));
}

/** What an answer may give back of the call: names, the longest first, for a unit begins its devices. */
function namesIn({ item, change, ...names }: Named): string[] {
  // The number of an item or a change is told apart from other numbers by what is around it.
  const quoted = [item, change].map((one) => JSON.stringify(JSON.stringify(one)).slice(1, -1));
  const marked = [...quoted, `quarantine/${item}`, `changes/${change}`];
  return [...Object.values(names), ...marked].sort((one, other) => other.length - one.length);
}

/** An answer in which the names that were given with the call are not to be told apart, nor is the moment. */
function blind({ status, headers, text }: Answer, named: Named): Answer {
  const names = [...namesIn(named), "82/29869"];
  const hidden = (said: string) =>
    names
      .reduce((left, name) => left.replaceAll(name, "…"), said)
      .replaceAll(/\b1[78]\d{11}\b/g, "#ms")
      // The audit log has a line of each try: the same for both but for its number.
      .replaceAll(/"seq":\d+|"hash":"\w+"|"action":"[\w-]+"/g, "#");
  return { status, headers: headers.map(hidden), text: hidden(text) };
}

/** Tokens of others, by who they are. */
const outsiders = (): [who: string, token: string][] => [
  ...(["reader", "operator", "engineer", "admin"] as const).map((role): [string, string] => [
    `another unit's ${role}`,
    station.token(role, "82/30000"),
  ]),
  ["a unit that begins alike", station.token("admin", "82/2986")],
  ["another agency", station.token("admin", "82/so-ct")],
  ["an agency of the unit", station.token("admin", "82/29869/to-khac")],
  ["another province", station.token("admin", "83")],
  ["a province that begins alike", station.token("admin", "8")],
];

/** What must not be in any answer to somebody else. */
const secrets =
  /29869|cau-cao-lanh|nonsense|truong-hoc|so-lieu-xd|văn hóa phường|to-thuy-loi|lệnh riêng/;

beforeAll(async () => {
  station = await startStation({ streamLimits: { ...streamDefaults, heartbeatMs: 20 } });
});
afterAll(() => station.stop());

/** What counts all that goes on: it tells how much there is, not what or whose. */
const counters: Readonly<Record<string, RegExp>> = {
  "GET /api/v1/alarms": /"revision":\d+/,
  "GET /api/v1/alarms/stream": /^id: \d+\n/m,
  "GET /api/v1/audit/chain": /"lines":\d+,"head":"\w+"/,
  "GET /api/v1/registry": /"change":\d+/,
};

test("every route has an example, and every example a route", () => {
  expect(Object.keys(examples).toSorted()).toEqual(routes().toSorted());
});

test("every route is in the reference, and nothing else", () => {
  const page = readFileSync(new URL("../../../docs/reference/http.md", import.meta.url), "utf8");
  const written = [...page.matchAll(/^\| `(GET|POST|PUT|PATCH|DELETE) (\/api\/[^`?]*)`/gm)].flatMap(
    ([, method, path = ""]) => {
      const pattern = path.replaceAll(/<(\w+)>/g, ":$1");
      if (!pattern.endsWith("/alarms/:call") && !pattern.endsWith("/:id/:call")) {
        return [`${method} ${pattern}`];
      }
      return routes().filter((one) => isCallOn(one, pattern));
    },
  );
  expect([...new Set(written)].toSorted()).toEqual(routes().toSorted());
});

/** Whether a route is one of those that the reference writes as `<call>`. */
function isCallOn(route: string, pattern: string): boolean {
  const of = pattern.replace(":call", "");
  return route.startsWith(`POST ${of}`) && !route.slice(5 + of.length).includes("/");
}

test("what goes on in another unit changes no answer", async () => {
  const listed = routes().filter((route) => route.startsWith("GET ") && !route.includes(":"));
  const tokens = outsiders().filter(
    ([who]) => !/reader|operator|engineer|alike|of the unit/.test(who),
  );
  const answers = async () => {
    const all: [string, Answer][] = [];
    for (const [who, token] of tokens) {
      for (const route of listed) {
        for (const call of callsOf(route, unreal)) {
          const answer = await ask(token, call);
          expect([who, call, secrets.test(blind(answer, unreal).text)]).toEqual([who, call, false]);
          const still = answer.text.replace(counters[route] ?? "", "");
          all.push([`${who}: ${call.path}`, blind({ ...answer, text: still }, unreal)]);
        }
      }
    }
    return all;
  };
  const quiet = await answers();
  await livelyWard();
  expect(await answers()).toEqual(quiet);
});

describe("what is there", () => {
  beforeAll(async () => {
    const [alarm = ""] = station.alarms.list({ visible: () => true });
    const admin = station.token("admin", "*");
    const read = async <T>(path: string) =>
      (await (await station.call(admin, `/api/v1/${path}`)).json()) as T;
    const { items } = await read<{ items: { id: number; device: string }[] }>("quarantine");
    const { dispatches } = await read<{ dispatches: { id: string }[] }>("dispatches");
    const { handovers } = await read<{ handovers: { id: string }[] }>("handovers");
    const { changes } = await read<{ changes: { id: number }[] }>(`registry/changes?key=${gauge}`);
    real = {
      unit: "82/29869",
      device: gauge,
      stranger,
      alarm: (JSON.parse(alarm) as Alarm).id,
      item: String(items.find(({ device }) => device === gauge)?.id),
      dataset: handedOver,
      change: String(changes[0]?.id),
      destination: "pilot",
      dispatch: dispatches[0]?.id ?? "",
      handover: handovers[0]?.id ?? "",
    };
    for (const key of Object.keys(real) as (keyof Named)[]) {
      expect([key, real[key].length]).toEqual([key, unreal[key].length]);
    }
  });
  /** A department's dataset is of no unit. */
  const reals = (route: string) =>
    examples[route]?.of === "dataset" ? [real, { ...real, dataset: ofDepartment }] : [real];

  test("without a token, with a wrong, a removed and an expired one every route is 401 and says nothing", async () => {
    const removed = station.token("admin", "*");
    const id = station.access.grant(removed)?.id ?? "";
    expect(station.access.removeToken(id)).toBe(true);
    const expired = station.token("admin", "*", Date.now() + 60_000);
    expect((await station.call(expired, "/api/v1/me")).status).toBe(200);
    station.age(60_000);
    for (const route of routes()) {
      for (const call of callsOf(route, real)) {
        const answers = new Set<string>();
        for (const token of [undefined, "", "wrong", removed, expired]) {
          const { status, text, headers } = await ask(token, call);
          expect([route, status]).toEqual([route, 401]);
          expect(headers.join("\n")).toContain('Bearer realm="kenh"');
          answers.add(text);
        }
        expect(answers.size).toBe(1);
      }
    }
    const admin = station.token("admin", "*");
    for (const authorization of [`Basic ${admin}`, admin, `Bearer ${admin} x`, "Bearer"]) {
      const answer = await station.call(undefined, "/api/v1/me", { headers: { authorization } });
      expect(answer.status).toBe(401);
    }
    for (const name of ["token", "access_token"]) {
      expect((await station.call(undefined, `/api/v1/me?${name}=${admin}`)).status).toBe(401);
    }
  });

  test("somebody else's token is answered alike for what is there and what never was, by every route", async () => {
    const before = station.alarms.get(real.alarm);
    for (const [who, token] of outsiders()) {
      for (const route of routes()) {
        for (const there of reals(route)) {
          const nowhere = callsOf(route, unreal);
          const calls = callsOf(route, there);
          // By the other parameters those of the widest role are enough.
          const tried = /admin|another agency/.test(who) ? calls : calls.slice(0, 1);
          for (const [at, call] of tried.entries()) {
            const a = await ask(token, call);
            const b = await ask(token, nowhere[at] as Call);
            expect([who, call.path, blind(a, there)]).toEqual([who, call.path, blind(b, unreal)]);
            expect(a.text.length, `${who} ${call.path}`).toBe(b.text.length);
            if (a.status === 200) expect(blind(a, there).text).not.toMatch(secrets);
            else expect(examples[route]?.of ? [400, 404] : [400, 403, 404]).toContain(a.status);
          }
        }
      }
    }
    expect(station.alarms.get(real.alarm)).toEqual(before);
  });

  test("over the wire, too, to the last header; and by methods that no route has", async () => {
    const token = station.token("admin", "82/30000");
    const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    for (const route of routes()) {
      const [call] = callsOf(route, real);
      const [nowhere] = callsOf(route, unreal);
      if (!call || !nowhere) throw new Error("a call");
      for (const method of methods) {
        const own = call.method === method;
        const as = ({ path, body }: Call) => ({
          method,
          path,
          ...(own && body !== undefined && { body }),
        });
        const a = await ask(token, as(call), own ? "socket" : "app");
        const b = await ask(token, as(nowhere), own ? "socket" : "app");
        expect([method, route, blind(a, real)]).toEqual([method, route, blind(b, unreal)]);
      }
    }
  });

  test("within the scope a role that is too low is told so", async () => {
    const token = station.token("reader", "82");
    for (const route of routes()) {
      const [call] = callsOf(route, real);
      const { status } = await ask(token, call as Call);
      const forEngineers =
        !route.startsWith("GET ") || /\/(audit|ways|registry\/changes|certificates)/.test(route);
      // Where readings go beside the store is the business of who runs the whole.
      const expected = route.includes("/destinations") ? 404 : forEngineers ? 403 : 200;
      expect([route, status]).toEqual([route, expected]);
    }
  });

  test("the public is told of what is open alone", async () => {
    const never = "82/30000/cau-my-thuan/muc-nuoc-99";
    const paths = (device: string) => {
      const id = device.replaceAll("/", ":");
      const site = id.slice(0, id.lastIndexOf(":"));
      const entities = [`Things('${id}')`, `Locations('${id}')`, `FeaturesOfInterest('${site}')`];
      return [
        ...["Datastreams", "Locations", "HistoricalLocations"].map(
          (one) => `Things('${id}')/${one}`,
        ),
        ...[
          `Datastreams('${id}:water_level_m')`,
          `Datastreams('${id}:water_level_m')/Observations`,
        ],
        ...[`Things?$filter=id eq '${id}'`, `Things?$filter=startswith(name,'${device}')`],
        ...entities,
      ].map((path) => `/sta/v1.1/${path}`);
    };
    await station.send(neighbour, { ts: Date.now(), values: { water_level_m: 1 } });
    for (const token of [undefined, station.token("admin", "83")]) {
      for (const [at, path] of paths(neighbour).entries()) {
        const a = await ask(token, { method: "GET", path });
        const b = await ask(token, { method: "GET", path: paths(never)[at] ?? "" });
        const alike = ({ text }: Answer) => text.replaceAll(/muc-nuoc-\d\d/g, "…");
        expect([path, a.status, alike(a)]).toEqual([path, b.status, alike(b)]);
      }
      // Metrics count over all: on another machine they are for who sees all.
      const metrics = await ask(token, { method: "GET", path: "/metrics" });
      expect(metrics.status).toBe(token === undefined ? 401 : 403);
    }
    const list = await ask(undefined, { method: "GET", path: "/open/v1/datasets" });
    expect(list.text).not.toMatch(/truong-hoc|so-lieu-xd/);
    // The one thing that is told of what is closed: on what ground it is.
    const closed = await ask(undefined, {
      method: "GET",
      path: `/open/v1/datasets/${ofDepartment}`,
    });
    expect([closed.status, closed.text.includes("Điều 9 Luật Bảo vệ bí mật")]).toEqual([403, true]);
    expect(closed.text).not.toContain("Sở Xây dựng");
  });

  test("the stream of a token that expires ends", async () => {
    const token = station.token("reader", "82/29869", Date.now() + 120_000 + 60_000);
    const response = await station.call(token, "/api/v1/alarms/stream?since=0");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).done).toBe(false);
    station.age(120_000);
    while (!(await reader.read()).done) {}
    expect((await station.call(token, "/api/v1/me")).status).toBe(401);
  });

  test("who may know is told of what is there: the examples are worth something", async () => {
    const [own, all] = ["82/29869", "*"].map((scope) => station.token("admin", scope));
    for (const route of routes().toSorted(inOrderOfExamples)) {
      const [call] = callsOf(route, real);
      const [nowhere] = callsOf(route, unreal);
      if (JSON.stringify(call) === JSON.stringify(nowhere)) continue;
      const token = route.includes("/destinations") ? all : own;
      const a = await ask(token, call as Call);
      const b = await ask(token, nowhere as Call);
      expect([route, a.status < 500, b.status < 500]).toEqual([route, true, true]);
      const said = [a, b].map((one, at) => JSON.stringify(blind(one, at === 0 ? real : unreal)));
      expect(said[0], route).not.toBe(said[1]);
    }
  });
});

const order = Object.keys(examples);
const inOrderOfExamples = (a: string, b: string): number => order.indexOf(a) - order.indexOf(b);
