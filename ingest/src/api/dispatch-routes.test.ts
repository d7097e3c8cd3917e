import type { Alarm, Dispatch, Handover, HandoverFacts } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gauge, type Station, startStation } from "./station.fixture.ts";

const own = "82/29869/kinh-te";
const department = "82/so-nnmt";
let station: Station;
let alarm: string;
let operator: string;
/** Of the province's department, and of the ward's office. */
let agency: string;
let office: string;
beforeAll(async () => {
  station = await startStation();
  const label = { vi: "Phòng Kinh tế", en: "Economy office" };
  for (const key of [own, department, "82/30000/khac", "83/so-nnmt"]) {
    station.registry.change([{ kind: "agency", value: { agency: key, label }, at: key }], {
      actor: null,
      how: "test",
    } as never);
  }
  await station.send(gauge, { ts: Date.now(), values: { water_level_m: 2.5 } });
  alarm = (JSON.parse(station.alarms.list({ visible: () => true })[0] ?? "") as Alarm).id;
  operator = station.token("operator", "82/29869");
  agency = station.token("operator", department);
  office = station.token("operator", own);
});
afterAll(() => station.stop());

const order = { agency: department, minutes: 30, instruction: "Kiểm tra cống số 3" };
async function post(token: string, path: string, body: object, headers = {}) {
  const response = await station.call(token, `/api/v1/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
async function get<T>(token: string, path: string) {
  const response = await station.call(token, `/api/v1/${path}`);
  return { status: response.status, body: (await response.json()) as T };
}
const dispatchOf = (made: { body: object }) => made.body as Dispatch;
const linesOf = () => station.audit.list({ limit: 100, scope: "*" });

describe("a dispatch", () => {
  let given: Dispatch;

  test("goes to an agency that there is, and of another it is told which there are", async () => {
    const wrong = await post(operator, `alarms/${alarm}/dispatch`, { ...order, agency: "82/so" });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain(own);
    expect(wrong.body.detail).toContain(department);
    expect(wrong.body.detail).not.toMatch(/82\/30000|83\//);
    const both = { ...order, deadline: Date.now() + 3_600_000 };
    expect((await post(operator, `alarms/${alarm}/dispatch`, both)).status).toBe(400);
    const past = { agency: department, instruction: "x", deadline: Date.now() - 1 };
    expect((await post(operator, `alarms/${alarm}/dispatch`, past)).status).toBe(400);
    const reader = station.token("reader", "82/29869");
    expect((await post(reader, `alarms/${alarm}/dispatch`, order)).status).toBe(403);
    const made = await post(operator, `alarms/${alarm}/dispatch`, { ...order, name: "Lan" });
    expect(made.status).toBe(200);
    given = dispatchOf(made);
    expect(given).toMatchObject({ agency: department, state: "assigned", version: 1 });
    expect(given.place.vi).toContain("Mực nước");
    const seen = await get<Alarm>(operator, `alarms/${alarm}`);
    expect(seen.body.dispatch).toMatchObject({ id: given.id, state: "assigned" });
    expect(linesOf()[0]).toMatchObject({
      ...{ call: "dispatch", alarm, device: gauge, name: "Lan", result: "done", version: 1 },
      ...{ until: given.deadline, comment: `${department}: ${order.instruction}` },
    });
  });

  test("is answered by its agency, which sees nothing else, and by nobody who sees neither", async () => {
    expect((await get(agency, `alarms/${alarm}`)).status).toBe(404);
    const list = await get<{ dispatches: Dispatch[] }>(agency, "dispatches");
    expect(list.body.dispatches.map(({ id }) => id)).toEqual([given.id]);
    for (const other of [office, station.token("admin", "82/30000")]) {
      expect((await get(other, `dispatches/${given.id}`)).status).toBe(404);
      const tried = await post(other, `dispatches/${given.id}/accept`, { version: 1 });
      expect(tried.status).toBe(404);
    }
    const call = { version: 1, comment: "không cần nữa" };
    expect((await post(agency, `dispatches/${given.id}/withdraw`, call)).status).toBe(403);
    expect((await post(agency, `dispatches/${given.id}/accept`, { version: 0 })).status).toBe(409);
    const key = { "idempotency-key": "k1" };
    const once = await post(agency, `dispatches/${given.id}/accept`, { version: 1 }, key);
    expect(dispatchOf(once)).toMatchObject({ state: "accepted", version: 2 });
    const twice = await post(agency, `dispatches/${given.id}/accept`, { version: 1 }, key);
    expect(twice.body).toEqual(once.body);
    expect(dispatchOf(once).history.at(-1)?.scope).toBe(department);
  });

  test("sent back with its reason it goes to another, and the first agency sees no more of it", async () => {
    const why = { version: 2, comment: "không thuộc thẩm quyền" };
    const back = await post(agency, `dispatches/${given.id}/return`, why);
    expect(dispatchOf(back).state).toBe("returned");
    const next = { ...order, agency: own, version: 3, comment: "chuyển phòng" };
    const moved = await post(operator, `dispatches/${given.id}/reassign`, next);
    expect(dispatchOf(moved)).toMatchObject({ agency: own, previous: given.id });
    expect(
      linesOf()
        .slice(0, 2)
        .map(({ call }) => call),
    ).toEqual(["dispatch", "dispatch-withdraw"]);
    expect((await get(agency, `dispatches/${dispatchOf(moved).id}`)).status).toBe(404);
    const { id } = dispatchOf(moved);
    const handled = await post(office, `dispatches/${id}/handle`, { version: 1, comment: "xong" });
    expect(dispatchOf(handled)).toMatchObject({ state: "handled", late: false });
    const late = await get<{ dispatches: Dispatch[] }>(
      operator,
      "dispatches?state=handled,overdue",
    );
    expect(late.body.dispatches.map((one) => one.id)).toEqual([id]);
    expect(linesOf().filter(({ result }) => result !== "done").length).toBeGreaterThan(3);
  });

  test("who may be asked is told to who may see the alarm", async () => {
    const path = `dispatches/agencies?alarm=${alarm}`;
    const named = await get<{ agencies: { agency: string }[] }>(operator, path);
    expect(named.body.agencies.map((one) => one.agency)).toEqual([own, department].toSorted());
    expect((await get(agency, path)).status).toBe(404);
  });
});

describe("a hand-over", () => {
  test("is drafted from the facts, signed by two people, and stays as it was", async () => {
    const again = await post(operator, `alarms/${alarm}/dispatch`, { ...order, agency: own });
    expect(again.status).toBe(200);
    const draft = await get<{ unit: string; facts: HandoverFacts }>(operator, "handovers/draft");
    expect(draft.body.facts).toMatchObject({
      open: { total: 1, unacknowledged: 1, byPriority: { 1: 1 } },
      dispatches: { total: 1, overdue: 0 },
      silentDevices: { total: 1 },
    });
    const said = { text: "Nước đang lên.\nTheo dõi cống số 3.", name: "Lan" };
    const key = { "idempotency-key": "h1" };
    const note = (await post(operator, "handovers", said, key)).body as unknown as Handover;
    expect(note).toMatchObject({ unit: "82/29869", incoming: null, outgoing: { text: said.text } });
    expect(note.facts.counts).toMatchObject({
      ...{ raised: 1, dispatched: 3, handled: 1, handledLate: 0, acknowledged: 0 },
    });
    expect((await post(operator, "handovers", said, key)).body).toEqual(note);
    // The next one waits until this one is taken over.
    expect((await post(operator, "handovers", said)).status).toBe(409);
    const self = await post(operator, `handovers/${note.id}/take-over`, { name: "Lan" });
    expect(self.status).toBe(409);
    const { version } = station.alarms.get(alarm) as Alarm;
    await post(operator, `alarms/${alarm}/acknowledge`, { version });
    const right = { ...said, text: "Cống số 4, không phải số 3.", corrects: note.id };
    const second = (await post(operator, "handovers", right)).body as unknown as Handover;
    expect(second.facts.since).toBe(note.facts.since);
    expect(second.facts.open.listed[0]?.acknowledgedBy).toMatch(/^[0-9a-f]+$/);
    expect((await post(operator, `handovers/${note.id}/take-over`, {})).status).toBe(409);
    const taken = await post(operator, `handovers/${second.id}/take-over`, {
      ...{ name: "Hùng", text: "Đã nhận ca." },
    });
    expect(taken.body).toMatchObject({ incoming: { text: "Đã nhận ca." } });
    expect((await post(operator, `handovers/${second.id}/take-over`, { name: "X" })).status).toBe(
      409,
    );
    const first = (await get<Handover>(operator, `handovers/${note.id}`)).body;
    expect(first).toEqual({ ...note, correctedBy: second.id });
    const third = (await post(operator, "handovers", said)).body as unknown as Handover;
    expect(third.facts.since).toBe(second.at);
    const list = await get<{ handovers: Handover[] }>(operator, "handovers?unit=82/29869");
    expect(list.body.handovers.map(({ id }) => id)).toEqual([third.id, second.id, note.id]);
    expect(linesOf().filter(({ call }) => call === "handover-take-over").length).toBe(4);
    const other = station.token("admin", "82/30000");
    expect((await get(other, `handovers/${note.id}`)).status).toBe(404);
    expect((await get<{ handovers: [] }>(other, "handovers")).body.handovers).toEqual([]);
    expect((await post(other, "handovers", { ...said, unit: "82/29869" })).status).toBe(404);
  });
});
