import { join } from "node:path";
import { pino } from "pino";
import { Registry as Metrics } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { certificateAuthority } from "../../../../test/support/certificates.ts";
import { absent, freePort, until } from "../../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { noSmtpServer, startSmtpServer } from "../../../../test/support/smtp-server.ts";
import { createAnnouncer } from "./announce.ts";
import { byEmail, type EmailConfig } from "./email.ts";
import { alarmOn, gauge, openOutbox, step } from "./outbox.fixture.ts";
import type { Places } from "./words.ts";

const skipped = noSmtpServer() ?? absent("openssl");
const now = 1_790_000_000_000;
const places: Places = {
  find: () => ({
    label: { vi: "Mực nước cầu Cao Lãnh", en: "Cao Lanh bridge gauge" },
    siteLabel: { vi: "Cầu Cao Lãnh", en: "Cao Lanh bridge" },
    quantities: new Map([
      [
        "water_level_m",
        {
          name: "water_level_m",
          type: "float",
          unit: "m",
          label: { vi: "Mực nước", en: "Level" },
        },
      ],
    ]),
  }),
};

let folder: TemporaryFolder;
let count = 0;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = temporaryFolder("kenh-email");
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  folder[Symbol.dispose]();
});

async function mailServer(options: Parameters<typeof startSmtpServer>[0] = {}) {
  const server = await startSmtpServer(options);
  closers.push(() => server.stop());
  return server;
}

function station(port: number, change: Partial<EmailConfig> = {}, clock = () => now) {
  const book = openOutbox(join(folder.path, `${++count}.db`));
  const stopping = new AbortController();
  const refused: string[] = [];
  const announcer = createAnnouncer(book.outbox, {
    signal: stopping.signal,
    log: pino({ level: "silent" }),
    metrics: new Metrics(),
    now: () => now,
    onRefused: (way, { revision }, { message }) => refused.push(`${way} ${revision} ${message}`),
    limits: { batch: 500, firstRetryMs: 1, maxRetryMs: 50 },
  });
  const config: EmailConfig = {
    name: "truc",
    host: "127.0.0.1",
    port,
    tls: "none",
    caFile: undefined,
    username: undefined,
    password: undefined,
    from: "Kênh <kenh@caolanh.example>",
    to: ["truc@caolanh.example"],
    digestEveryMs: 50,
    onRejected: (addresses) => refused.push(addresses.join()),
    ...change,
  };
  void announcer.use(byEmail(config, places, clock));
  closers.push(async () => {
    stopping.abort();
    await announcer.done;
    book.close();
  });
  const settled = () =>
    until(() => {
      const standing = announcer.standing();
      return standing.length === 2 && standing.every(({ waiting }) => waiting === 0);
    }, "all to be mailed");
  return { ...book, announcer, refused, settled };
}

describe.skipIf(skipped)(`e-mail${skipped ? ` (${skipped})` : ""}`, () => {
  test("tells in Vietnamese, then in English, of a raise and of its end", async () => {
    const server = await mailServer();
    const { record } = station(server.port);
    const raised = step(alarmOn(gauge), "raise", now, { value: 2.41 });
    record(raised, step(raised, "clear", now + 60_000, { value: 2.2 }));
    const [first, second] = await until(
      () => (server.mails().length === 2 ? server.mails() : undefined),
      "two mails",
    );
    expect(first?.subject).toBe(
      "[Kênh] Khẩn cấp: Mực nước trên báo động III – Cầu Cao Lãnh, Mực nước cầu Cao Lãnh",
    );
    expect(first?.to).toEqual(["truc@caolanh.example"]);
    expect(first?.importance).toBe("High");
    const text = first?.text ?? "";
    for (const line of [
      "Giá trị: 2,41 m",
      "Ngưỡng: 2,3 m",
      "Lúc: 21:13:20 21/09/2026",
      "Biện pháp: Sơ tán vùng trũng",
      "Value: 2.41 m",
      "Action: Evacuate low ground",
    ]) {
      expect(text).toContain(line);
    }
    expect(text.indexOf("Khẩn cấp")).toBeLessThan(text.indexOf("Critical"));
    expect(second?.subject).toContain(
      "[Kênh] Trở lại bình thường (Khẩn cấp): Mực nước trên báo động III",
    );
    expect(first?.messageId).toBe(`<${raised.id}.1@caolanh.example>`);
    expect(second?.references).toBe(first?.references);
  });

  test("goes over TLS alone, with a name and a password", async () => {
    const authority = certificateAuthority(folder.path);
    const certificate = authority.issue("localhost", "DNS:localhost,IP:127.0.0.1");
    const account = { user: "kenh", password: "mat khau" };
    for (const tls of ["starttls", "implicit"] as const) {
      const server = await mailServer({ tls, ...certificate, ...account });
      const signedIn = { tls, host: "localhost", username: "kenh", password: () => "mat khau" };
      const { record, settled, announcer } = station(server.port, {
        ...signedIn,
        caFile: authority.caFile,
      });
      record(step(alarmOn(gauge, { id: tls, rule: tls }), "raise", now));
      await settled();
      expect(server.mails().at(-1)).toMatchObject({ encrypted: true, user: "kenh" });

      await announcer.use(byEmail({ ...wrong(server.port), tls }, places, () => now));
      record(step(alarmOn(gauge, { id: `${tls}2`, rule: `${tls}2` }), "raise", now));
      const failed = await until(
        () => announcer.standing().find(({ error }) => error !== null),
        "a server of unknown authority to be refused",
      );
      expect(failed.error).toMatch(/certificate|issuer/);
      expect(server.mails().length).toBe(1);
      for (const close of closers.splice(0).reverse()) await close();
    }
  });

  test("goes on without encryption to no server that was to have it", async () => {
    const server = await mailServer();
    const { record, announcer } = station(server.port, { tls: "starttls" });
    record(step(alarmOn(gauge), "raise", now));
    await until(() => announcer.standing().some(({ error }) => error !== null), "the refusal");
    expect(server.mails()).toEqual([]);
  });

  test("in a flood is one digest, and priority 1 still has a mail of its own", async () => {
    const server = await mailServer();
    const { record, settled } = station(server.port);
    const alarms = Array.from({ length: 25 }, (_, at) =>
      alarmOn(`82/29869/ioc/cam-${at}`, {
        id: `a${at}`,
        rule: "cam.offline",
        priority: 3,
        message: { vi: "Mất camera", en: "Camera lost" },
      }),
    );
    record(
      step(
        alarmOn("82/29869/ioc/ups-01", { id: "ups", rule: "power.on_battery", priority: 2 }),
        "raise",
        now,
      ),
      ...alarms.map((alarm, at) => step(alarm, "raise", now + 1 + at)),
      step(alarmOn(gauge), "raise", now + 100),
    );
    await settled();
    const mails = server.mails();
    const digests = mails.filter(({ subject }) => subject.includes("dồn dập"));
    expect(digests.length).toBe(1);
    expect(digests[0]?.subject).toContain("82/29869: 26 cảnh báo dồn dập");
    expect(digests[0]?.text.match(/★ đầu tiên/g)?.length).toBe(1);
    expect(digests[0]?.text).toContain("82/29869/ioc · cam.offline · 25 cảnh báo");
    const alone = mails.filter(({ subject }) => !subject.includes("dồn dập"));
    expect(alone.map(({ subject }) => subject)).toEqual([
      expect.stringContaining("Khẩn cấp: Mực nước"),
    ]);
  });

  test("in a long flood is one digest for all that came since the last", async () => {
    const server = await mailServer();
    let clock = now;
    const { record, settled } = station(server.port, { digestEveryMs: 3000 }, () => clock);
    const storm = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => {
        const id = `a${from + at}`;
        const alarm = alarmOn(`82/29869/ioc/cam-${id}`, { id, rule: "cam.offline", priority: 3 });
        return step(alarm, "raise", now + from + at);
      });
    record(...storm(0, 20));
    await until(() => server.mails().length === 1, "the first digest");
    for (let n = 0; n < 40; n += 1) record(...storm(20 + n * 20, 20));
    expect(server.mails().length).toBe(1);
    clock = now + 3000;
    await settled();
    const subjects = server.mails().map(({ subject }) => subject);
    expect(subjects.map((subject) => /(\d+) cảnh báo/.exec(subject)?.[1])).toEqual(["20", "800"]);
  });

  test("waits for its server, and comes then, once", async () => {
    const port = await freePort();
    const { record, announcer, settled } = station(port);
    record(step(alarmOn(gauge), "raise", now));
    await until(() => announcer.standing().some(({ error }) => error !== null), "the failure");
    const server = await mailServer({ port });
    await settled();
    expect(server.mails().length).toBe(1);
  });

  test("refused for what is in it is given up; a refused address holds up no other one", async () => {
    const server = await mailServer({ refuse: ["gone@caolanh.example"] });
    const { record, settled, refused } = station(server.port, {
      to: ["gone@caolanh.example", "truc@caolanh.example"],
    });
    const bad = { vi: "refuse-me", en: "refuse-me" };
    record(
      step(alarmOn(gauge, { id: "bad", rule: "bad", message: bad }), "raise", now),
      step(alarmOn(gauge), "raise", now),
    );
    await settled();
    expect(server.mails().map(({ to }) => to)).toEqual([["truc@caolanh.example"]]);
    expect(refused).toContain("gone@caolanh.example");
    expect(refused.some((line) => line.startsWith("truc.urgent 1 127.0.0.1: "))).toBe(true);
  });
});

/** Knows neither the authority nor the password. */
function wrong(port: number): EmailConfig {
  return {
    name: "truc",
    host: "localhost",
    port,
    tls: "starttls",
    caFile: undefined,
    username: "kenh",
    password: () => "doan",
    from: "kenh@caolanh.example",
    to: ["truc@caolanh.example"],
    digestEveryMs: 50,
    onRejected: () => undefined,
  };
}
