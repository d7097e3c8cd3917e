import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { kenh, type RunningStation, startStation } from "../support/station.ts";

const contracts = `
version: 1
authority: { name: Văn phòng, symbol: VP, place: Đồng Tháp, signer: { title: Chánh Văn phòng } }
agencies:
  - agency: 82/so-gddt
    label: { vi: "Sở Giáo dục và Đào tạo", en: "Department of Education" }
  - agency: 82/so-yt
    label: { vi: "Sở Y tế", en: "Department of Health" }
datasets:
  - id: si-so
    label: { vi: "Sĩ số các trường", en: "Pupils present" }
    agency: 82/so-gddt
    kind: periodic
    period: 1d
    lateness: 12h
    from: 2026-01-01
    openness: { level: shared }
    records:
      time: ngay
      key: [ngay, truong]
      fields:
        - { name: ngay, type: date }
        - { name: truong, type: text }
        - { name: si_so, type: integer, min: 0, max: 5000 }
  - id: giuong-benh
    label: { vi: "Giường bệnh trống", en: "Free beds" }
    agency: 82/so-yt
    kind: periodic
    period: 1d
    lateness: 12h
    from: 2026-01-01
    openness: { level: shared }
    devices: { match: ["82/so-yt/*/*"] }
`;
const vietnam = (offsetMs = 0) => new Date(Date.now() + 7 * 3_600_000 + offsetMs).toISOString();
const today = vietnam().slice(0, 10);
const month = today.slice(0, 7);

let folder: TemporaryFolder;
let station: RunningStation;
let operator: string;
let stranger: string;

async function tokenOf(role: string, scope: string): Promise<string> {
  const args = [
    "token",
    "create",
    "--role",
    role,
    "--scope",
    scope,
    "--data",
    folder.path,
    "--json",
  ];
  return (JSON.parse((await kenh(...args)).stdout) as { token: string }).token;
}

beforeAll(async () => {
  folder = temporaryFolder("kenh-handing-over");
  mkdirSync(join(folder.path, "contracts"));
  writeFileSync(join(folder.path, "contracts", "province.yaml"), contracts);
  station = await startStation({ folder });
  operator = await tokenOf("operator", "82/so-gddt");
  stranger = await tokenOf("admin", "82/so-yt");
});
afterAll(async () => {
  await station.stop();
  folder[Symbol.dispose]();
});

function post(token: string, body: string, type: string): Promise<Response> {
  return fetch(`${station.http}/api/v1/datasets/si-so/records`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": type, connection: "close" },
    body,
  });
}
const account = async () =>
  (await station.ledger("82/so-gddt/datasets/si-so")).epochs.map((epoch) => epoch);

describe("an agency hands a file over", () => {
  const [, monthText, day] = today.split("-");
  const csv = `\uFEFFngay;truong;si_so\r\n${day}/${monthText}/${month.slice(0, 4)};THPT Cao Lãnh;1200\r\n${today};"Trường ""A""";x\r\n`;

  test("as CSV from Excel: stored or set aside by name, and counted", async () => {
    const response = await post(operator, csv, "text/csv");
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        ...{ received: 2, stored: 1, duplicate: 0, quarantined: 1 },
        faults: [
          { row: 2, reason: "type-mismatch", detail: 'si_so is "x"; it must be a whole number' },
        ],
      },
    ]);
    expect(await account()).toMatchObject([
      { epoch: "records", received: 2, stored: 1, duplicate: 0, quarantined: 1, pending: 0 },
    ]);
    const { items } = await station.get<{ items: { topic: string }[] }>("/api/v1/quarantine");
    expect(items.map(({ topic }) => topic)).toEqual(["datasets/si-so"]);
  });

  test("the same again changes nothing, as JSON too", async () => {
    expect(await (await post(operator, csv, "text/csv")).json()).toMatchObject({ duplicate: 2 });
    const records = [{ ngay: today, truong: "THPT Cao Lãnh", si_so: 1200 }];
    const again = await post(operator, JSON.stringify({ records }), "application/json");
    expect(await again.json()).toMatchObject({ received: 1, duplicate: 1 });
  });

  test("it is read back, and to another agency there is no such dataset", async () => {
    const read = (token: string) =>
      fetch(`${station.http}/api/v1/datasets/si-so/records`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect(await (await read(operator)).json()).toMatchObject({
      records: [{ record: { ngay: today, truong: "THPT Cao Lãnh", si_so: 1200 } }],
      next: null,
    });
    const answers = [await read(stranger), await post(stranger, "[]", "application/json")];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  });

  test("what is no table, too much and too large is refused whole", async () => {
    expect((await post(operator, 'a,"b', "text/csv")).status).toBe(400);
    expect((await post(operator, "ngay=1", "text/plain")).status).toBe(400);
    const many = JSON.stringify(Array.from({ length: 5001 }, () => ({})));
    expect((await post(operator, many, "application/json")).status).toBe(413);
    expect((await post(operator, " ".repeat(2_200_000), "application/json")).status).toBe(413);
    expect((await account())[0]).toMatchObject({ received: 5 });
  });

  test("the book of the month has it, through a kill", async () => {
    const before = await account();
    await station.stop("SIGKILL");
    station = await startStation({ folder });
    expect(await account()).toEqual(before);
    const { datasets } = await station.get<{
      datasets: { id: string; state: string; lastArrivalAt: number | null }[];
    }>("/api/v1/datasets");
    expect(
      datasets.map(({ id, state, lastArrivalAt }) => [id, state, lastArrivalAt !== null]),
    ).toEqual([
      ["si-so", "up-to-date", true],
      ["giuong-benh", "not-connected", false],
    ]);
  });
});

test("kenh report sharing prints the list of the month that goes on, in every form", async () => {
  const report = async (...args: string[]) => {
    const done = await kenh("report", "sharing", "--month", month, "--data", folder.path, ...args);
    expect([done.code, done.stderr]).toEqual([0, ""]);
    return done.stdout;
  };
  const json = JSON.parse(await report("--json"));
  expect(json).toMatchObject({ month, edition: 0, authority: { symbol: "VP" } });
  expect(json.agencies[0]).toMatchObject({ agency: "82/so-yt", listed: true });
  expect(await report()).toContain(
    "1 of 2 agencies late or not sharing\nagency    dataset      state          since",
  );
  const file = (form: string) => join(folder.path, `report.${form}`);
  const forms = ["csv", "html", "pdf"];
  expect(await report(...forms.flatMap((form) => [`--${form}`, file(form)]))).toBe("");
  const [csv, html, pdf] = forms.map((form) => readFileSync(file(form), "utf8"));
  expect(csv).toMatch(/^\uFEFFTháng,.*\r\n/);
  expect(html).toContain("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
  expect(pdf).toMatch(/^%PDF-/);
  const notYet = ["report", "correct", "--month", month, "--note", "x", "--data", folder.path];
  expect((await kenh(...notYet)).stderr).toContain(`${month} is not closed`);
});

test("what is handed over stands in the metrics and the audit log", async () => {
  await until(async () => {
    const text = await (await fetch(`${station.http}/metrics`)).text();
    return text.includes('kenh_sharing_datasets{state="not-connected"} 1');
  }, "the datasets among the metrics");
  const { lines } = await station.get<{ lines: { call: string; device: string }[] }>(
    "/api/v1/audit?device=82/so-gddt/datasets/si-so",
  );
  expect(lines.map(({ call }) => call)).toEqual(Array.from({ length: 3 }, () => "dataset.records"));
});
