import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Alarm, alarmSchema } from "@kenh/schemas";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { createAnnouncer } from "./announce.ts";
import { alarmOn, gauge, openOutbox, step } from "./outbox.fixture.ts";
import type { Way } from "./way.ts";
import { byWebhook, type WebhookConfig } from "./webhook.ts";

interface Received {
  readonly id: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
type Answer = (request: Received, response: ServerResponse) => void;

const secret = `whsec_${Buffer.from("mot khoa bi mat cua tram").toString("base64")}`;
const now = 1_790_000_000_000;
const take: Answer = (_, response) => response.writeHead(204).end();

let folder: TemporaryFolder;
let server: Server;
let url: string;
let received: Received[];
let answer: Answer;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  folder = temporaryFolder("kenh-webhook");
  received = [];
  answer = take;
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const one = { id: String(request.headers["webhook-id"]), headers: request.headers, body };
      received.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarms?key=very-secret`;
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

function station(
  change: Partial<WebhookConfig> = {},
  file = join(folder.path, "alarms.db"),
  others: Way[] = [],
) {
  const book = openOutbox(file);
  const metrics = new Metrics();
  const stopping = new AbortController();
  const refused: string[] = [];
  const logged: string[] = [];
  const announcer = createAnnouncer(book.outbox, {
    signal: stopping.signal,
    log: pino({ level: "info" }, { write: (line: string) => logged.push(line) }),
    metrics,
    now: () => now,
    onRefused: (way, { revision }, { message }) => refused.push(`${way} ${revision} ${message}`),
    limits: { batch: 500, firstRetryMs: 1, maxRetryMs: 20 },
  });
  const config = {
    name: "hook",
    url,
    caFile: undefined,
    timeoutMs: 60_000,
    inFlight: 4,
    secrets: () => secret,
    ...change,
  };
  void announcer.use([byWebhook(config, () => now), ...others]);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      stopping.abort();
      await announcer.done;
      book.close();
    })();
    return stopped;
  };
  closers.push(stop);
  return { ...book, announcer, metrics, refused, logged, stop };
}

/** A storm: so many alarms, each raised and cleared. */
function storm(count: number): Alarm[] {
  const raised = Array.from({ length: count }, (_, at) =>
    step(alarmOn(gauge, { id: `a${at}`, rule: `rule-${at}` }), "raise", now + at, { value: 2.4 }),
  );
  return [...raised, ...raised.map((alarm, at) => step(alarm, "clear", now + count + at))];
}

describe("a webhook", () => {
  test("carries the alarm, signed so that a stranger can check it", async () => {
    const { record } = station();
    const raised = step(alarmOn(gauge), "raise", now, { value: 2.41 });
    record(raised);
    await until(() => received.length === 1, "the post");
    const { headers, body, id } = received[0] as Received;
    expect(id).toBe(`${raised.id}.1`);
    expect(headers["idempotency-key"]).toBe(id);
    expect(headers["content-type"]).toBe("application/json");
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signed = `${id}.${headers["webhook-timestamp"]}.${body}`;
    const expected = createHmac("sha256", key).update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
    expect(Number(headers["webhook-timestamp"])).toBe(now / 1000);
    const { type, timestamp, data } = JSON.parse(body);
    expect([type, timestamp, data.revision]).toEqual([
      "alarm.raise",
      "2026-09-21T14:13:20.000Z",
      1,
    ]);
    expect(alarmSchema.parse(data.alarm)).toEqual(raised);
  });

  test("is signed with the old and the new secret while they are exchanged", async () => {
    const { record } = station({ secrets: () => "old\nnew\n" });
    record(step(alarmOn(gauge), "raise", now));
    await until(() => received.length === 1, "the post");
    const { headers, body, id } = received[0] as Received;
    const signatures = ["old", "new"].map((key) => {
      const signed = `${id}.${headers["webhook-timestamp"]}.${body}`;
      return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
    });
    expect(headers["webhook-signature"]).toBe(signatures.join(" "));
  });

  test.each([500, 503, 429, 401, 404])("comes again after %i, the same in all", async (status) => {
    answer = (_, response) => response.writeHead(received.length < 3 ? status : 200).end();
    const { record, announcer, refused } = station();
    record(step(alarmOn(gauge), "raise", now));
    await until(() => announcer.standing()[0]?.waiting === 0, "it to be taken");
    expect(received.length).toBe(3);
    expect(new Set(received.map(({ id, body }) => id + body)).size).toBe(1);
    expect(refused).toEqual([]);
  });

  test("is given up when the answer says that this body will never do, and told of", async () => {
    answer = ({ id }, response) => response.writeHead(id.startsWith("a1.") ? 422 : 200).end();
    const { record, announcer, refused, metrics } = station();
    record(...storm(3));
    await until(() => announcer.standing()[0]?.waiting === 0, "all to be dealt with");
    const { host } = new URL(url);
    expect(refused).toEqual([`hook 2 ${host} answers 422`, `hook 5 ${host} answers 422`]);
    const times = Map.groupBy(received, ({ id }) => id);
    for (const id of ["a0.1", "a2.3", "a0.4", "a2.6"]) expect(times.get(id)?.length, id).toBe(1);
    expect(await metrics.metrics()).toContain('kenh_alarm_announced_total{way="hook"} 4');
    expect(await metrics.metrics()).toContain('kenh_alarm_announce_refused_total{way="hook"} 2');
  });

  test("follows no redirect, says so, and keeps address and secret out of the log", async () => {
    let elsewhere = 0;
    const other = createServer((_, response) => {
      elsewhere += 1;
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    closers.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    answer = (_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end();
    const { record, announcer, logged } = station();
    record(step(alarmOn(gauge), "raise", now));
    const standing = await until(
      () => announcer.standing().find(({ error }) => error !== null),
      "the failure",
    );
    expect(standing.error).toContain("answers 307, a redirect: write the address");
    expect(standing.waiting).toBe(1);
    expect(elsewhere).toBe(0);
    expect(logged.join("")).toContain("can't be announced");
    expect(logged.join("")).not.toMatch(/very-secret|mot khoa|whsec_/);
  });

  test("ignores the environment's proxies", async () => {
    process.env.HTTP_PROXY = "http://127.0.0.1:9";
    process.env.NODE_USE_ENV_PROXY = "1";
    closers.push(() => {
      delete process.env.HTTP_PROXY;
      delete process.env.NODE_USE_ENV_PROXY;
    });
    const { record } = station();
    record(step(alarmOn(gauge), "raise", now));
    await until(() => received.length === 1, "the post");
  });

  test("that never answers is given up in time and tried again, and delays no other way", async () => {
    const others: string[] = [];
    const other: Way = {
      name: "other",
      async announce(changes) {
        others.push(...changes.map(({ json }) => json));
      },
    };
    answer = (_, response) => {
      if (received.length > 2) take(received[0] as Received, response);
    };
    const { record, announcer } = station({ timeoutMs: 100 }, undefined, [other]);
    record(step(alarmOn(gauge), "raise", now));
    await until(() => others.length === 1, "the other way");
    await until(() => announcer.standing()[0]?.error, "the failure");
    await until(() => announcer.standing()[0]?.waiting === 0, "it to be taken");
    // Twice without an answer, and as often as one comes too late on a slow machine.
    expect(received.length).toBeGreaterThanOrEqual(3);
  });

  test("keeps the order of each alarm, and so many under way at most", async () => {
    let underWay = 0;
    let most = 0;
    answer = (_, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.end();
      }, 5);
    };
    const { record, announcer } = station({ inFlight: 3 });
    record(...storm(40));
    await until(() => announcer.standing()[0]?.waiting === 0, "all to be taken");
    expect(received.length).toBe(80);
    expect(most).toBe(3);
    for (const [, posts] of Map.groupBy(received, ({ id }) => id.split(".")[0])) {
      const types = posts.map(({ body }) => JSON.parse(body).type);
      expect(types).toEqual(["alarm.raise", "alarm.clear"]);
    }
  });

  test("loses nothing when the station dies again and again, and repeats under the same key alone", async () => {
    const file = join(folder.path, "alarms.db");
    const all = storm(150);
    let allowed = 0;
    const bodies = new Map<string, Set<string>>();
    answer = ({ id, body }, response) => {
      bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
      if (received.length < allowed) response.end();
      else response.destroy();
    };
    for (let life = 0; life < 6; life += 1) {
      allowed = received.length + 40;
      const { record, stop, announcer } = station({}, file);
      record(...all.splice(0, 50));
      await until(() => announcer.standing()[0]?.failingSince != null, "the receiver to be away");
      await stop();
    }
    answer = take;
    const { announcer } = station({}, file);
    await until(() => announcer.standing()[0]?.waiting === 0, "the rest");
    const ids = new Set(received.map(({ id }) => id.split(".")[1]));
    expect(ids.size).toBe(300);
    expect([...bodies.values()].every(({ size }) => size === 1)).toBe(true);
  });
});
