import { connect } from "node:net";
import type { Alarm } from "@kenh/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/counterpart.ts";
import { gauge, neighbour, type Station, startStation } from "./station.fixture.ts";
import { streamDefaults } from "./stream.ts";

const streamLimits = { ...streamDefaults, heartbeatMs: 50, batch: 3 };
let station: Station;
let token: string;
let ts: number;
/** Devices above their limit. */
let overNow: Set<string>;
beforeEach(async () => {
  station = await startStation({ streamLimits });
  token = station.token("reader", "82/29869");
  ts = Date.now() - 3_600_000;
  overNow = new Set();
});
afterEach(() => station.stop());

/** Each gives one transition: over the limit, under it, over it… */
async function cross(times: number, device = gauge): Promise<void> {
  for (let n = 0; n < times; n++) {
    ts += 1;
    const over = !overNow.has(device);
    if (over) overNow.add(device);
    else overNow.delete(device);
    await station.send(device, { ts, values: { water_level_m: over ? 2.5 : 1 } });
  }
}

interface Event {
  readonly id: number;
  readonly alarm: Alarm;
}

/** Reads a stream as it comes. */
async function follow(query: string, headers: Record<string, string> = {}, as = token) {
  const stop = new AbortController();
  const { signal } = stop;
  const response = await station.call(as, `/api/v1/alarms/stream${query}`, { headers, signal });
  const events: Event[] = [];
  let heartbeats = 0;
  /** Where a reader that is cut off now resumes. */
  let place = Number(headers["last-event-id"] ?? 0);
  let ended = false;
  const reading = (async () => {
    let rest = "";
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          if (part.startsWith(":")) {
            heartbeats += 1;
            place = Number(/^id: (\d+)$/m.exec(part)?.[1] ?? place);
          } else {
            const [, id, data] = /^id: (\d+)\nevent: alarm\ndata: (.*)$/.exec(part) ?? [];
            place = Number(id);
            events.push({ id: place, alarm: JSON.parse(data ?? "") });
          }
        }
      }
    } catch {
      // Cut, here or there.
    }
    ended = true;
  })();
  return {
    response,
    events,
    heartbeats: () => heartbeats,
    place: () => place,
    ended: () => ended,
    async cut() {
      stop.abort();
      await reading;
    },
  };
}

const revisionsOf = (...all: { events: Event[] }[]) =>
  all.flatMap(({ events }) => events.map(({ id }) => id));

describe("the stream of alarms", () => {
  test("begins after `since`, then follows", async () => {
    await cross(4);
    const stream = await follow("?since=1");
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    await until(() => stream.events.length === 3, "the past");
    await cross(2);
    await until(() => stream.events.length === 5, "the present");
    expect(revisionsOf(stream)).toEqual([2, 3, 4, 5, 6]);
    expect(stream.events.map(({ alarm }) => alarm.version)).toEqual([2, 3, 4, 5, 6]);
    await stream.cut();
  });

  test("without `since` it begins now", async () => {
    await cross(3);
    const before = station.alarms.revision;
    const stream = await follow("");
    await until(() => stream.heartbeats() > 0, "the first word");
    await cross(2);
    await until(() => stream.events.length === 2, "what came after");
    expect(revisionsOf(stream)).toEqual([before + 1, before + 2]);
    await stream.cut();
  });

  test("cut at any moment and resumed, nothing is lost and nothing comes twice", async () => {
    const streams: Awaited<ReturnType<typeof follow>>[] = [];
    let last = 0;
    for (let round = 0; round < 8; round++) {
      const query = round % 2 === 0 ? `?since=${last}` : "?since=0";
      const stream = await follow(query, round % 2 === 0 ? {} : { "last-event-id": String(last) });
      streams.push(stream);
      const sending = cross(7);
      const enough = round % 7;
      await until(() => stream.events.length >= enough || stream.ended(), "some events");
      await stream.cut();
      last = stream.events.at(-1)?.id ?? last;
      await sending;
    }
    const rest = await follow(`?since=${last}`);
    await until(
      () => (rest.events.at(-1)?.id ?? last) === station.alarms.revision,
      "the last revision",
    );
    await rest.cut();
    const revisions = revisionsOf(...streams, rest);
    expect(revisions).toEqual(Array.from({ length: station.alarms.revision }, (_, n) => n + 1));
  });

  test("shows the scope alone, and whoever sees nothing hears the heartbeat", async () => {
    const stream = await follow("?since=0");
    await cross(4, neighbour);
    await until(() => stream.heartbeats() >= 3, "heartbeats");
    await cross(3);
    await until(() => stream.events.length >= 1, "its own");
    expect(new Set(stream.events.map(({ alarm }) => alarm.device))).toEqual(new Set([gauge]));
    await stream.cut();
  });

  test("ends when its token is removed", async () => {
    const stream = await follow("?since=0");
    const [{ id } = { id: "" }] = station.access.tokens();
    station.access.removeToken(id);
    await cross(3);
    await until(stream.ended, "the end of the stream");
    expect(stream.events).toEqual([]);
  });

  test("a revision that has not been is refused", async () => {
    const { response } = await follow("?since=1000000");
    expect(response.status).toBe(410);
  });

  test("ends at once when the server stops", async () => {
    const stream = await follow("?since=0");
    await until(() => stream.heartbeats() > 0, "the first word");
    await station.stopListening();
    await until(stream.ended, "the end of the stream");
  });

  test("readers are bounded and given back", async () => {
    const one = await startStation({ streamLimits: { ...streamLimits, maxReaders: 1 } });
    const reader = one.token("reader", "*");
    const open = async () => {
      const stop = new AbortController();
      const { signal } = stop;
      return { stop, ...(await status(one.call(reader, "/api/v1/alarms/stream", { signal }))) };
    };
    const status = async (response: Promise<Response>) => ({ status: (await response).status });
    const first = await open();
    expect(first.status).toBe(200);
    expect((await open()).status).toBe(503);
    first.stop.abort();
    await until(async () => {
      const next = await open();
      next.stop.abort();
      return next.status === 200;
    }, "a free place");
    await one.stop();
  });

  test("many readers of several scopes, cut off again and again, each get theirs once and in order", async () => {
    const scopes = ["82/29869", "82/30000", "82", "*"];
    const readers = Array.from({ length: 40 }, (_, n) => ({
      scope: scopes[n % scopes.length] as string,
      token: station.token("reader", scopes[n % scopes.length] as string),
      got: [] as number[],
    }));
    const all = 60;
    const owners: string[] = [];
    const reading = readers.map(async ({ token: own, got }, n) => {
      let place = 0;
      for (let life = 0; place < all; life += 1) {
        const stream = await follow("", { "last-event-id": String(place) }, own);
        // Some are cut after a few events, some stay; all come back to where they stood.
        const most = (n * 7 + life) % 11;
        await until(
          () => stream.events.length > most || stream.place() >= all || stream.ended(),
          "a part of it",
        );
        await stream.cut();
        got.push(...stream.events.map(({ id }) => id));
        place = stream.place();
      }
    });
    for (let n = 0; n < all; n += 1) {
      const device = n % 3 === 0 ? neighbour : gauge;
      owners.push(device);
      await cross(1, device);
    }
    await Promise.all(reading);
    for (const { scope, got } of readers) {
      const own = owners.flatMap((device, n) =>
        scope === "*" || device.startsWith(`${scope}/`) ? [n + 1] : [],
      );
      expect(got).toEqual(own);
    }
  });

  test("a reader that takes nothing is cut, costs no memory, and resumes without loss", async () => {
    const slow = await startStation({ streamLimits: { ...streamDefaults, stallMs: 2000 } });
    const reader = slow.token("reader", "*");
    const device = slow.registry.find(gauge);
    if (!device) throw new Error("there is no gauge");
    const { port } = new URL(slow.url);
    const socket = connect({ port: Number(port), host: "127.0.0.1" });
    socket.write(
      `GET /api/v1/alarms/stream?since=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${reader}\r\n\r\n`,
    );
    socket.pause();
    const many = 8000;
    const samples = Array.from({ length: many }, (_, n) => {
      const value = n % 2 === 0 ? 2.5 : 1;
      const fields = [{ name: "water_level_m", type: "float" as const, value, flag: 2 as const }];
      return { series: device.series, ts: ts + n, fields };
    });
    slow.alarms.feed(1000, [{ device, samples, receivedAt: Date.now() - 1000, index: 0 }]);
    slow.alarms.tick();
    expect(slow.alarms.revision).toBe(many);
    const cuts = async () => /streams_cut_total (\d+)/.exec(await slow.metrics.metrics())?.[1];
    await until(async () => (await cuts()) === "1", "the cut");
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk;
    });
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => undefined);
    socket.resume();
    await closed;
    // Of the last event only what came whole counts.
    const whole = received.slice(0, received.lastIndexOf("\n\n"));
    const ids = [...whole.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids.length).toBeLessThan(many);
    const last = ids.at(-1) ?? 0;
    const stop = new AbortController();
    const response = await slow.call(reader, `/api/v1/alarms/stream?since=${last}`, {
      signal: stop.signal,
    });
    const chunks: string[] = [];
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      chunks.push(chunk);
      if (chunks.slice(-2).join("").includes(`id: ${many}\n`)) break;
    }
    for (const [, id] of chunks.join("").matchAll(/^id: (\d+)$/gm)) ids.push(Number(id));
    stop.abort();
    expect(ids).toEqual(Array.from({ length: many }, (_, n) => n + 1));
    await slow.stop();
  });
});
