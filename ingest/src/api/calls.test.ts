import type { Alarm, Problem } from "@kenh/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditChain, AuditLine } from "../audit.ts";
import { gauge, neighbour, type Station, startStation } from "./station.fixture.ts";

let station: Station;
beforeEach(async () => {
  station = await startStation();
});
afterEach(() => station.stop());

/** An alarm on each device. */
async function raised(...devices: string[]): Promise<Alarm[]> {
  for (const device of devices) {
    await station.send(device, { ts: Date.now() - 1000, values: { water_level_m: 2.5 } });
  }
  const found = station.alarms.list({ visible: () => true }).map((json) => JSON.parse(json));
  return devices.map((device) => found.find((alarm: Alarm) => alarm.device === device) as Alarm);
}

async function post<T>(token: string, path: string, body: unknown, headers = {}) {
  const response = await station.call(token, `/api/v1/alarms/${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.status, body: (await response.json()) as T };
}

const lines = (query = "", token = station.token("engineer", "*")) =>
  station
    .call(token, `/api/v1/audit${query}`)
    .then((response) => response.json() as Promise<{ lines: AuditLine[]; next: number | null }>);

interface Bulk {
  readonly results: readonly {
    readonly id: string;
    readonly alarm?: Alarm;
    readonly problem?: Problem;
  }[];
}

describe("several alarms in one call", () => {
  test("each has its own result, and one that may not be known of is one that is not there", async () => {
    const [own, other] = (await raised(gauge, neighbour)) as [Alarm, Alarm];
    const token = station.token("operator", "82/29869");
    const { status, body } = await post<Bulk>(token, "acknowledge", {
      alarms: [
        { id: own.id, version: own.version },
        { id: own.id, version: own.version },
        { id: other.id, version: other.version },
        { id: "none", version: 1 },
      ],
      comment: "đang xử lý",
      name: "Lan",
    });
    expect(status).toBe(200);
    const [done, again, hidden, none] = body.results;
    expect(done?.alarm).toMatchObject({ id: own.id, state: "acknowledged" });
    expect(done?.alarm?.history.at(-1)).toMatchObject({ comment: "đang xử lý" });
    expect(again?.problem).toMatchObject({ status: 409, type: "urn:kenh:problem:stale-version" });
    expect(hidden?.problem?.detail?.replace(other.id, "none")).toBe(none?.problem?.detail);
    expect(station.alarms.get(other.id)?.state).toBe("unacknowledged");

    const log = (await lines()).lines;
    expect(log.map(({ alarm, result, name }) => [alarm, result, name])).toEqual([
      ["none", "not-found", "Lan"],
      [other.id, "not-found", "Lan"],
      [own.id, "stale-version", "Lan"],
      [own.id, "done", "Lan"],
    ]);
    expect(new Set(log.map(({ action }) => action)).size).toBe(1);
  });

  test("with an Idempotency-Key the same call gives the same answer and changes nothing", async () => {
    const [own] = (await raised(gauge)) as [Alarm];
    const token = station.token("operator", "82");
    const call = { alarms: [{ id: own.id, version: own.version }] };
    const first = await post<Bulk>(token, "acknowledge", call, { "idempotency-key": "k1" });
    const { revision } = station.alarms;
    expect(await post<Bulk>(token, "acknowledge", call, { "idempotency-key": "k1" })).toEqual(
      first,
    );
    expect(station.alarms.revision).toBe(revision);
  });

  test("every other call of an operator takes several too, with what it asks for once", async () => {
    const several = await raised(gauge, neighbour);
    const operator = station.token("operator", "82");
    const versions = () =>
      several.map(({ id }) => ({ id, version: station.alarms.get(id)?.version ?? 0 }));
    const until = Date.now() + 3_600_000;
    for (const [call, body, states] of [
      ["comment", { comment: "đã báo" }, "unacknowledged"],
      ["shelve", { comment: "rửa cảm biến", until }, "shelved"],
      ["unshelve", {}, "unacknowledged"],
    ] as const) {
      const answer = await post<Bulk>(operator, call, { alarms: versions(), ...body });
      expect(answer.body.results.map(({ alarm }) => alarm?.state)).toEqual([states, states]);
    }
    expect((await post(operator, "shelve", { alarms: versions() })).status).toBe(400);
    expect((await post(operator, "return-to-service", { alarms: versions() })).status).toBe(403);
    for (const { device, rule } of several) {
      const out = { device, rule, comment: "thay" };
      await post(station.token("engineer", "*"), "out-of-service", out);
    }
    const engineer = station.token("engineer", "82");
    const back = await post<Bulk>(engineer, "return-to-service", { alarms: versions() });
    expect(back.body.results.map(({ alarm }) => alarm?.state)).toEqual([
      "unacknowledged",
      "unacknowledged",
    ]);
  });

  test.each([
    { what: "an empty list", body: { alarms: [] } },
    {
      what: "a list that is too long",
      body: { alarms: Array.from({ length: 501 }, () => ({ id: "a", version: 1 })) },
    },
    { what: "no list", body: {} },
  ])("is refused for $what", async ({ body }) => {
    expect((await post(station.token("operator", "*"), "acknowledge", body)).status).toBe(400);
  });
});

describe("a rule on a device is taken out of service", () => {
  test("before there is an alarm of it, by an engineer, with a reason", async () => {
    const call = { device: gauge, rule: "water.bd3", comment: "thay cảm biến" };
    const operator = station.token("operator", "*");
    expect((await post(operator, "out-of-service", call)).status).toBe(403);
    const engineer = station.token("engineer", "82/29869");
    const { status, body } = await post<Alarm>(engineer, "out-of-service", call);
    expect([status, body.state]).toEqual([200, "out-of-service"]);
    expect((await post(engineer, "out-of-service", { ...call, comment: "" })).status).toBe(400);
    expect((await post(engineer, "out-of-service", { ...call, device: neighbour })).status).toBe(
      404,
    );
    const results = (await lines()).lines.map(({ result }) => result);
    expect(results).toEqual(["not-found", "bad-request", "done", "forbidden"]);
  });
});

describe("the audit log", () => {
  test("has who called, from where, with what and what came of it, refusals as well", async () => {
    const [own] = (await raised(gauge)) as [Alarm];
    const operator = station.token("operator", "82/29869");
    const reader = station.token("reader", "82/29869");
    const far = station.token("operator", "82/30000");
    const until = Date.now() + 3_600_000;
    await post(reader, `${own.id}/acknowledge`, { version: own.version });
    await post(far, `${own.id}/acknowledge`, { version: own.version });
    await post(operator, `${own.id}/shelve`, "{");
    await post(operator, `${own.id}/shelve`, { version: 1 });
    await post(operator, `${own.id}/shelve`, { version: 99, comment: "rửa", until });
    await post(
      operator,
      `${own.id}/shelve`,
      { version: own.version, comment: "rửa cảm biến", until, name: "Lan" },
      { "x-forwarded-for": "10.1.2.3" },
    );
    await station.call(undefined, `/api/v1/alarms/${own.id}/shelve`, { method: "POST" });

    const found = (await lines()).lines;
    expect(found.map(({ seq, call, role, result }) => [seq, call, role, result])).toEqual([
      [6, "shelve", "operator", "done"],
      [5, "shelve", "operator", "stale-version"],
      [4, "shelve", "operator", "bad-request"],
      [3, "shelve", "operator", "bad-request"],
      [2, "acknowledge", "operator", "not-found"],
      [1, "acknowledge", "reader", "forbidden"],
    ]);
    expect(found[0]).toMatchObject({
      address: expect.stringMatching(/127\.0\.0\.1 for 10\.1\.2\.3$/),
      token: station.access.grant(operator)?.id,
      scope: "82/29869",
      name: "Lan",
      alarm: own.id,
      device: gauge,
      version: own.version,
      comment: "rửa cảm biến",
      until,
    });
    // Who tried from elsewhere is told to those whose device it is.
    expect(found[4]).toMatchObject({ scope: "82/30000", device: gauge });
  });

  test("is for engineers, in pages, of their scope alone", async () => {
    const [own, other] = (await raised(gauge, neighbour)) as [Alarm, Alarm];
    const everywhere = station.token("operator", "*");
    for (const { id, version } of [own, other, own]) {
      await post(everywhere, `${id}/comment`, { version, comment: "xem" });
    }
    const operator = await station.call(everywhere, "/api/v1/audit");
    expect(operator.status).toBe(403);
    const engineer = station.token("engineer", "82/29869");
    expect((await lines("", engineer)).lines.map(({ seq }) => seq)).toEqual([3, 1]);
    const first = await lines("?limit=2");
    expect([first.lines.map(({ seq }) => seq), first.next]).toEqual([[3, 2], 2]);
    expect((await lines(`?limit=2&before=${first.next}`)).lines.map(({ seq }) => seq)).toEqual([1]);
    expect((await lines(`?alarm=${other.id}`)).lines.map(({ seq }) => seq)).toEqual([2]);
    const chain = await station.call(engineer, "/api/v1/audit/chain");
    expect((await chain.json()) as AuditChain).toMatchObject({ lines: 3, brokenAt: null });
  });
});

describe("beside the list", () => {
  test("the answer tells of floods, and the key figures are those of the scope", async () => {
    await raised(gauge, neighbour);
    const token = station.token("reader", "82/29869");
    const list = await station.call(token, "/api/v1/alarms");
    const { floods } = (await list.json()) as { floods: unknown };
    expect(floods).toEqual([expect.objectContaining({ unit: "82/29869", active: false })]);
    const kpis = async (query: string, by = token) =>
      (await (await station.call(by, `/api/v1/alarms/kpis${query}`)).json()) as { alarms: number };
    expect((await kpis("")).alarms).toBe(1);
    const all = station.token("reader", "*");
    expect((await kpis("", all)).alarms).toBe(2);
    expect((await kpis("?unit=30000", all)).alarms).toBe(1);
    expect((await kpis("?to=2020-01-01T00:00:00Z", all)).alarms).toBe(0);
    const wrong = await station.call(all, "/api/v1/alarms/kpis?from=5&to=5");
    expect(wrong.status).toBe(400);
  });

  test("rules tell nothing of devices outside the scope", async () => {
    const token = station.token("reader", "82/29869");
    const { rules } = (await (await station.call(token, "/api/v1/rules")).json()) as {
      rules: { id: string; devices?: string[] }[];
    };
    expect(rules.some(({ id }) => id === "water.bd3")).toBe(true);
    expect(JSON.stringify(rules)).not.toContain(neighbour);
  });

  test("ways are for engineers", async () => {
    expect((await station.call(station.token("operator", "*"), "/api/v1/ways")).status).toBe(403);
    const ways = await station.call(station.token("engineer", "82"), "/api/v1/ways");
    expect(await ways.json()).toEqual({ ways: [], refused: [] });
  });
});
