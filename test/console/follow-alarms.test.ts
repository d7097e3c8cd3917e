import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createApi } from "../../grafana-plugin/console/src/api.ts";
import { type Followed, followAlarms } from "../../grafana-plugin/console/src/follow-alarms.ts";
import { anAlarm } from "../../grafana-plugin/src/an-alarm.fixture.ts";

const quick = { silenceMs: 300, firstRetryMs: 5, lastRetryMs: 20 };
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
async function follow(lists: Answer[], streams: Answer[], onUnauthorised = () => undefined) {
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
  const api = createApi("t", onUnauthorised, `http://127.0.0.1:${port}`);
  following = followAlarms(api, (state) => told.push(state), controller.signal, quick);
  return { asked, told };
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
  await vi.waitFor(() => expect(ids(told.at(-1))).toEqual(["b", "c"]));
  expect(asked).toEqual(["/api/v1/alarms", "/api/v1/alarms/stream?since=5"]);
  expect(told.at(-1)?.connected).toBe(true);
});

test("after a cut it says so, and resumes from the last revision without the list", async () => {
  const { asked, told } = await follow(
    [list(5)],
    [(response) => response.end(event(9, anAlarm())), stay],
  );
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  expect(asked[2]).toBe("/api/v1/alarms/stream?since=9");
  expect(told.some(({ connected }) => !connected)).toBe(true);
  await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ connected: true }));
  expect(ids(told.at(-1))).toEqual(["a1"]);
});

test("a silent stream counts as cut", async () => {
  const { asked, told } = await follow([list(1)], [stay]);
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  expect(told.some(({ connected }) => !connected)).toBe(true);
});

test.each<[string, Answer]>([
  ["a revision that the station does not know", (response) => response.writeHead(410).end()],
  ["data that are no JSON", (response) => response.write("id: 2\nevent: alarm\ndata: {\n\n")],
  ["data that are no alarm", (response) => response.write(event(2, { id: 3 }))],
  ["an id that is no revision", (response) => response.write(event("x", anAlarm()))],
])("%s: it begins again with the list", async (_name, bad) => {
  const { asked, told } = await follow([list(1, "old"), list(40, "new")], [bad, stay]);
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  expect(asked.slice(2)).toEqual(["/api/v1/alarms", "/api/v1/alarms/stream?since=40"]);
  await vi.waitFor(() => expect(ids(told.at(-1))).toEqual(["new"]));
});

test("a station that fails is asked again, and what was known is kept", async () => {
  const { asked, told } = await follow(
    [list(1, "kept")],
    [(response) => response.writeHead(503).end(), (response) => response.destroy(), stay],
  );
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  expect(asked.slice(1).every((url) => url.endsWith("since=1"))).toBe(true);
  expect(told.every((state) => ids(state)?.[0] === "kept")).toBe(true);
});

test("a refused token is announced", async () => {
  const onUnauthorised = vi.fn();
  await follow([(response) => response.writeHead(401).end()], [stay], onUnauthorised);
  await vi.waitFor(() => expect(onUnauthorised).toHaveBeenCalled());
});
