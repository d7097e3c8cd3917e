import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { anAlarm } from "../../grafana-plugin/src/an-alarm.fixture.ts";
import {
  type AlarmSource,
  type AlarmsAnswer,
  AnswerError,
} from "../../grafana-plugin/src/shared/alarm-source.ts";
import { type Followed, followAlarms } from "../../grafana-plugin/src/shared/follow-alarms.ts";

/** Quick to try again, and never of the mind that a slow machine is a silent station. */
const quick = { silenceMs: 60_000, firstRetryMs: 5, lastRetryMs: 20, floodEveryMs: 60_000 };
/** Waits until the expectation holds. */
const seen = (expectation: () => void) => vi.waitFor(expectation, 60_000);
let server: Server;
let controller: AbortController;
let following: Promise<void>;

afterEach(async () => {
  controller.abort();
  await following;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

type Answer = (response: ServerResponse) => void;

/** Follows a server that gives the answers in turn to list and stream, the last one again and again. */
async function follow(
  lists: Answer[],
  streams: Answer[],
  patience: Parameters<typeof followAlarms>[3] = quick,
) {
  const asked: string[] = [];
  const told: Followed[] = [];
  const next = (answers: Answer[]) => (answers.length > 1 ? answers.shift() : answers[0]);
  server = createServer((request: IncomingMessage, response) => {
    asked.push(request.url ?? "");
    next(request.url?.includes("/stream") ? streams : lists)?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  controller = new AbortController();
  const source = sourceAt(`http://127.0.0.1:${port}/api/v1/alarms`);
  following = followAlarms(source, (state) => told.push(state), controller.signal, patience);
  return { asked, told };
}

/** The station's alarms without a door before it. */
function sourceAt(url: string): AlarmSource {
  const ask = async (path: string, signal: AbortSignal) => {
    const response = await fetch(url + path, { signal });
    if (!response.ok) throw new AnswerError(response.status);
    return response;
  };
  return {
    async list(since, signal) {
      const response = await ask(since > 0 ? `?since=${since}` : "", signal);
      return { ...((await response.json()) as AlarmsAnswer), skewMs: 0 };
    },
    async *stream(since, signal) {
      const { body } = await ask(`/stream?since=${since}`, signal);
      if (body) yield* body;
    },
  };
}

const list =
  (revision: number, ...ids: string[]): Answer =>
  (response) =>
    response.end(JSON.stringify({ alarms: ids.map((id) => anAlarm({ id })), revision }));
const event = (id: number | string, alarm: object) =>
  `id: ${id}\nevent: alarm\ndata: ${JSON.stringify(alarm)}\n\n`;
const ids = (followed: Followed | undefined) => followed?.alarms.map(({ id }) => id);
const stay: Answer = (response) => response.write(":\n\n");

test("the list and then its stream from the list's revision; alarms back to normal leave", async () => {
  const { asked, told } = await follow(
    [list(5, "a", "b")],
    [
      (response) =>
        response.write(
          event(6, anAlarm({ id: "c" })) + event(7, anAlarm({ id: "a", state: "normal" })),
        ),
    ],
  );
  await seen(() => expect(ids(told.at(-1))).toEqual(["b", "c"]));
  expect(asked).toEqual(["/api/v1/alarms", "/api/v1/alarms/stream?since=5"]);
  expect(told.at(-1)?.connected).toBe(true);
});

test("after a cut it says so, and resumes from the last revision without the list", async () => {
  const { asked, told } = await follow(
    [list(5)],
    [(response) => response.end(event(9, anAlarm())), stay],
  );
  await seen(() => expect(asked).toHaveLength(3));
  expect(asked[2]).toBe("/api/v1/alarms/stream?since=9");
  expect(told.some(({ connected }) => !connected)).toBe(true);
  await seen(() => expect(told.at(-1)).toMatchObject({ connected: true }));
  expect(ids(told.at(-1))).toEqual(["a1"]);
});

test("a silent stream counts as cut", async () => {
  const { asked, told } = await follow([list(1)], [stay], { ...quick, silenceMs: 200 });
  await seen(() => expect(asked.length).toBeGreaterThan(2));
  expect(told.some(({ connected }) => !connected)).toBe(true);
});

test.each<[string, Answer]>([
  ["a revision that the station does not know", (response) => response.writeHead(410).end()],
  ["data that are no JSON", (response) => response.write("id: 2\nevent: alarm\ndata: {\n\n")],
  ["data that are no alarm", (response) => response.write(event(2, { id: 3 }))],
  ["an id that is no revision", (response) => response.write(event("x", anAlarm()))],
])("%s: it begins again with the list", async (_name, bad) => {
  const { asked, told } = await follow([list(1, "old"), list(40, "new")], [bad, stay]);
  await seen(() => expect(asked).toHaveLength(4));
  expect(asked.slice(2)).toEqual(["/api/v1/alarms", "/api/v1/alarms/stream?since=40"]);
  await seen(() => expect(ids(told.at(-1))).toEqual(["new"]));
  expect(told.at(-1)?.garbledAt === null).toBe(_name.startsWith("a revision"));
});

test("an alarm of the list that cannot be read is counted, and the others are there", async () => {
  const broken = [null, 3, { ...anAlarm({ id: "b" }), history: undefined }, { id: "c" }];
  const { told } = await follow(
    [
      (response) =>
        response.end(JSON.stringify({ alarms: [anAlarm({ id: "a" }), ...broken], revision: 5 })),
    ],
    [stay],
  );
  await seen(() => expect(told.at(-1)).toMatchObject({ connected: true, unreadable: 4 }));
  expect(ids(told.at(-1))).toEqual(["a"]);
});

test("a station that fails is asked again, and what was known is kept", async () => {
  const { asked, told } = await follow(
    [list(1, "kept")],
    [(response) => response.writeHead(503).end(), (response) => response.destroy(), stay],
  );
  await seen(() => expect(asked).toHaveLength(4));
  expect(asked.slice(1).every((url) => url.endsWith("since=1"))).toBe(true);
  expect(told.every((state) => ids(state)?.[0] === "kept")).toBe(true);
});

test("a refusal is told with its status, and forgotten when the station answers again", async () => {
  const { told } = await follow(
    [(response) => response.writeHead(403).end(), list(1, "a")],
    [stay],
  );
  await seen(() => expect(told).toContainEqual(expect.objectContaining({ refused: 403 })));
  await seen(() => expect(told.at(-1)).toMatchObject({ refused: null, connected: true }));
});

test("what comes a second time changes nothing", async () => {
  const repeated = event(6, anAlarm({ id: "a", version: 2 }));
  const newer = event(7, anAlarm({ id: "a", version: 3 }));
  const { told } = await follow(
    [list(5)],
    [(response) => response.write(repeated + newer + repeated)],
  );
  await seen(() => expect(told.at(-1)?.alarms).toHaveLength(1));
  expect(told.at(-1)?.alarms[0]?.version).toBe(3);
});

test("whether a flood goes on is asked beside the stream", async () => {
  const flood =
    (active: boolean): Answer =>
    (response) =>
      response.end(JSON.stringify({ alarms: [], revision: 5, floods: [{ unit: "82/1", active }] }));
  const { asked, told } = await follow([flood(false), flood(true)], [stay], {
    ...quick,
    floodEveryMs: 20,
  });
  await seen(() => expect(told.at(-1)?.floods?.[0]?.active).toBe(true));
  expect(asked).toContain("/api/v1/alarms?since=5");
});

test("a computer that loses its network is cut at once, and tries again when it is back", async () => {
  const network = new EventTarget();
  const patience = { ...quick, firstRetryMs: 60_000, lastRetryMs: 60_000 };
  const { asked, told } = await follow([list(1)], [stay], { ...patience, network });
  await seen(() => expect(asked).toHaveLength(2));
  network.dispatchEvent(new Event("offline"));
  await seen(() => expect(told.at(-1)?.connected).toBe(false));
  network.dispatchEvent(new Event("online"));
  await seen(() => expect(asked).toHaveLength(3));
});
