import { getEventListeners } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flags, quantityFileSchema, sampleSchema } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type CameraSimulator,
  notification,
  startCameraSimulator,
} from "../../../../test/support/camera-simulator.ts";
import { freePort, until } from "../../../../test/support/counterpart.ts";
import { startFaultProxy } from "../../../../test/support/fault-proxy.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../../test/support/folder.ts";
import { jpegOf, noPictures } from "../../../../test/support/picture.ts";
import {
  noRtspServer,
  type RtspServer,
  startRtspServer,
} from "../../../../test/support/rtsp-server.ts";
import type { DriverSample } from "../../driver.ts";
import { createBoard } from "./board.ts";
import { driver, watch } from "./camera.ts";
import { conditionOf } from "./condition.ts";
import { configSchema, defaults } from "./config.ts";
import { alertConditions, alertOf } from "./isapi.ts";
import { notificationsOf } from "./notification.ts";
import { parseXml } from "./xml.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const login = { username: "admin", password: "p@ss" };
const often = { staggerMs: 0, intervalMs: 1000, timeoutMs: 3000 };
const { missing } = flags;

/** Runs the driver and keeps all that it yields and reports; `stop` waits until it has let go. */
function running(raw: Record<string, unknown>) {
  const stopping = new AbortController();
  const samples: DriverSample[] = [];
  const reports: string[] = [];
  const config = configSchema.parse({ host: "127.0.0.1", ...often, ...raw });
  let failure: unknown;
  const ended = (async () => {
    const clock = { now: Date.now, random: () => 0 };
    const report = ({ reason }: { reason: string }) => void reports.push(reason);
    for await (const sample of watch(config, stopping.signal, report, clock)) samples.push(sample);
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    samples,
    reports,
    /** The first sample, from the one with this number on, that fits. */
    async sample(what: string, fits: (sample: DriverSample) => boolean, from = 0) {
      return await until(() => {
        if (failure) throw failure;
        return samples.slice(from).find(fits);
      }, what).catch((cause: unknown) => {
        const seen = JSON.stringify({ reports, last: samples.at(-1) });
        throw new Error(`no sample with ${what}; ${seen}`, { cause });
      });
    },
    async stop() {
      stopping.abort();
      await ended;
      expect(failure).toBeUndefined();
      expect(getEventListeners(stopping.signal, "abort")).toEqual([]);
      for (const { device, urgent, ...sample } of samples) sampleSchema.parse(sample);
    },
  };
}

describe("the dossier", () => {
  test("the sample of the README is accepted, and its table has the defaults", () => {
    const readme = readFileSync(here("README.md"), "utf8");
    const [entry] = parse(/```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "") as {
      config: unknown;
    }[];
    expect(driver.configSchema.safeParse(entry?.config).error).toBeUndefined();
    const listed = [...readme.matchAll(/^\| `(?:\w+\.)?(\w+)` \| (\d+) \|/gm)];
    expect(Object.fromEntries(listed.map(([, name, value]) => [name, Number(value)]))).toEqual(
      defaults,
    );
  });

  test("every quantity that it names is in the registry", () => {
    const registered = ["camera", "device"].flatMap((name) =>
      quantityFileSchema
        .parse(parse(readFileSync(here(`../../../../schemas/quantities/${name}.yaml`), "utf8")))
        .quantities.map((quantity) => quantity.name),
    );
    const table = readFileSync(here("README.md"), "utf8").split("| field |")[0] ?? "";
    const named = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, cell]) =>
      [...(cell as string).matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(registered).toEqual(expect.arrayContaining(named));
  });

  test.each([
    [{ host: "c", password: "x" }, "username"],
    [{ host: "c", username: "a", password: "x", passwordFile: "y" }, "password"],
    [{ host: "c", rtsp: { url: "rtsp://a:b@c/d" } }, "rtsp"],
    [{ host: "c", rtsp: { url: "rtsp://c/d", playMs: 60_000 } }, "rtsp"],
    [{ host: "c", rtsp: false, onvif: false }, "rtsp"],
    [{ host: "c", unknown: 1 }, ""],
    [{ host: "192.168.1.64:8000" }, "host"],
    [{ host: "http://c" }, "host"],
  ])("%j is refused", (config, field) => {
    const { error } = configSchema.safeParse(config);
    expect(error?.issues.map(({ path }) => String(path[0] ?? ""))).toContain(field);
  });

  const cases = JSON.parse(readFileSync(here("golden/events.json"), "utf8")) as {
    case: string;
    feed: string;
    messages: string[];
    expected: (Record<string, unknown> | null)[];
  }[];
  test.each(cases)("golden: $case", ({ feed, messages, expected }) => {
    const board = createBoard();
    const alerts = alertConditions(() => 0);
    const found = messages.map((message) => {
      const conditions =
        feed === "pull-point"
          ? notificationsOf(parseXml(message)).flatMap((each) => conditionOf(each) ?? [])
          : alerts(alertOf(message));
      const changes = conditions.map((condition) => board.note(feed, condition));
      return changes.find((change) => change !== undefined) ?? null;
    });
    expect(found).toEqual(expected);
  });
});

const noStream = noRtspServer() ?? noPictures();
describe.skipIf(noStream)(`a camera with a stream${noStream ? ` (${noStream})` : ""}`, () => {
  let folder: TemporaryFolder;
  let stream: RtspServer;
  let camera: CameraSimulator;
  beforeAll(async () => {
    folder = temporaryFolder();
    stream = await startRtspServer(folder.path);
    camera = await startCameraSimulator({
      streamUri: stream.url.replace("127.0.0.1", "192.0.2.1"),
    });
    camera.clockOffsetMs = 3600_000;
    camera.snapshot = jpegOf("testsrc2=s=640x360");
  });
  afterAll(async () => {
    await camera.close();
    await stream.stop("SIGKILL");
    folder[Symbol.dispose]();
  });
  const whole = () => ({ ...login, onvif: { url: camera.url } });

  test("is read in full: stream, clock, picture, firmware as text", async () => {
    const driven = running({ ...whole(), rtsp: { playMs: 3000, playEveryRounds: 100 } });
    const { values, qc, ts } = await driven.sample("a round that plays", (s) => "fps" in s.values);
    expect(qc).toBeUndefined();
    expect(values).toMatchObject({
      reachable: true,
      auth_ok: true,
      stream_ok: true,
      rtp_lost_pct: 0,
      firmware: "1.0",
    });
    expect(values.fps).toBeCloseTo(10, 0);
    expect(values.idr_interval_s).toBeCloseTo(1, 1);
    expect(values.bitrate_kbps).toBeGreaterThan(50);
    expect(values.bitrate_kbps).toBeLessThan(1000);
    expect(values.first_frame_ms).toBeGreaterThan(0);
    expect(values.clock_offset_s).toBeGreaterThan(3598);
    expect(values.clock_offset_s).toBeLessThan(3602);
    expect(values.luma_mean).toBeCloseTo(128, -1);
    expect(values.luma_std).toBeGreaterThan(30);
    expect(Math.abs(ts - Date.now())).toBeLessThan(60_000);

    const from = driven.samples.length;
    camera.snapshot = jpegOf("color=black:s=640x360");
    const black = await driven.sample("a black picture", (s) => s.values.luma_mean === 0, from);
    expect(black.values.luma_std).toBe(0);
    expect(black.values.frame_hash).not.toBe(values.frame_hash);
    expect(black.values.firmware).toBeUndefined();
    camera.snapshot = undefined;
    const none = await driven.sample("no picture", (s) => s.qc?.luma_mean === missing);
    expect(none.values.reachable).toBe(true);
    expect(none.values.frame_hash).toBeUndefined();
    await driven.stop();
    camera.snapshot = jpegOf("testsrc2=s=640x360");
  });

  test("tells its events at once, and what it told is unknown when the pull-point is gone", async () => {
    camera.clockOffsetMs = 0;
    const driven = running({ ...whole(), rtsp: false, snapshot: false, intervalMs: 60_000 });
    const first = await driven.sample("the state as it stands", (s) => "tamper" in s.values);
    expect(first.values).toEqual({ tamper: false });
    const topic = "tns1:VideoSource/GlobalSceneChange/ImagingService";
    const utc = new Date(Date.now() - 3000);
    camera.notify(notification(topic, { State: "true" }, { utc }));
    const covered = await driven.sample("tamper", (s) => s.values.tamper === true);
    expect(covered).toEqual({ ts: utc.getTime(), values: { tamper: true }, urgent: true });
    const before = driven.samples.length;
    const made = camera.subscriptions;
    camera.forget();
    await driven.sample("unknown", (s) => s.qc?.tamper === missing, before);
    await driven.sample("the state again", (s) => s.values.tamper === false, before);
    expect(camera.subscriptions).toBe(made + 1);
    // A time far from the arrival speaks of the camera's clock.
    camera.notify(notification(topic, { State: "true" }, { utc: new Date(0) }));
    const late = await driven.sample("tamper", (s) => s.values.tamper === true, before);
    expect(late.ts).toBeGreaterThan(utc.getTime());
    await driven.stop();
  });

  test("refuses a wrong password: not offline, and not tried again", async () => {
    const refused = camera.refused;
    const driven = running({ ...whole(), password: "wrong", isapi: { url: camera.url } });
    await until(() => driven.samples.length >= 3, "three rounds");
    for (const { values, qc } of driven.samples) {
      expect(values).toMatchObject({ reachable: true, auth_ok: false });
      expect(qc).toMatchObject({ stream_ok: missing });
      expect(values).not.toHaveProperty("stream_ok");
      expect(values.clock_offset_s).toBeTypeOf("number");
    }
    expect(driven.reports.join()).toContain("correct the password of admin");
    expect(camera.refused - refused).toBeLessThanOrEqual(2);
    await driven.stop();
  });

  test("refuses a wrong password by RTSP alone; a new one is tried at once", async () => {
    const rtsp = { url: stream.url, playMs: 1500, playEveryRounds: 100 };
    const passwordFile = join(folder.path, "password");
    writeFileSync(passwordFile, "wrong\n");
    const driven = running({ username: "admin", passwordFile, rtsp, onvif: false });
    const { values, qc } = await driven.sample("a round", () => true);
    expect(values).toMatchObject({ reachable: true, auth_ok: false });
    expect(qc).toMatchObject({ stream_ok: missing, fps: missing });
    expect(driven.reports.join()).toContain("refuses the login of admin");
    writeFileSync(passwordFile, "p@ss\n");
    const letIn = await driven.sample("the login", (s) => s.values.auth_ok === true);
    expect(letIn.urgent).toBe(true);
    await driven.stop();
  });

  test("has no such path: reachable, let in, no stream", async () => {
    const rtsp = { url: `${stream.url}-2` };
    const driven = running({ ...login, rtsp, onvif: false });
    const { values, qc } = await driven.sample("a round", () => true);
    expect(values).toMatchObject({ reachable: true, stream_ok: false });
    expect(qc).toMatchObject({ fps: missing });
    expect(driven.reports.join()).toContain("404 Not Found: check the path");
    await driven.stop();
  });

  test("dies and comes back: each change urgent, nothing invented in between", async () => {
    using own = temporaryFolder();
    let server = await startRtspServer(own.path);
    const rtsp = { url: server.url, playMs: 2000, playEveryRounds: 1 };
    const driven = running({ ...login, rtsp, onvif: false });
    await driven.sample("a frame", (s) => s.values.stream_ok === true);
    await server.stop("SIGKILL");
    const gone = await driven.sample("its absence", (s) => s.values.reachable === false);
    expect(gone.urgent).toBe(true);
    expect(gone.values).toEqual({ reachable: false, stream_ok: false });
    expect(gone.qc).toEqual({
      rtt_ms: missing,
      auth_ok: missing,
      fps: missing,
      bitrate_kbps: missing,
      rtp_lost_pct: missing,
      first_frame_ms: missing,
      idr_interval_s: missing,
    });
    const from = driven.samples.length;
    server = await startRtspServer(own.path, server.port);
    const back = await driven.sample("its return", (s) => s.values.stream_ok === true, from);
    expect(back.values).toMatchObject({ reachable: true, auth_ok: true });
    expect(driven.samples.slice(from).some((s) => s.urgent)).toBe(true);
    await driven.stop();
    await server.stop("SIGKILL");
  });

  test("is stopped in the middle of playing: at once, and no connection stays", async () => {
    const proxy = await startFaultProxy(stream.port);
    const rtsp = { url: `rtsp://127.0.0.1:${proxy.port}/cam1`, playMs: 8000 };
    const driven = running({ ...login, rtsp, onvif: false });
    // The first connection only measures; the second plays.
    await until(() => proxy.accepted() >= 2, "the stream to be asked for");
    await driven.stop();
    expect(driven.samples).toEqual([]);
    await until(() => proxy.open() === 0, "the connections to be let go");
    await proxy.close();
  });

  test("probes", async () => {
    const look = async (text: string) => {
      const address = new URL(text.replace("//", "//admin:p%40ss@"));
      const config = driver.addresses?.configOf(address) as { rtsp?: object };
      const short = { ...config, rtsp: { ...config.rtsp, playMs: 1000 } };
      return await driver.prepare(short).probe?.(new AbortController().signal);
    };
    const [byStream, byService, byHost] = await Promise.all([
      look(stream.url),
      look(camera.url),
      look(`onvif://127.0.0.1:${camera.port}`),
    ]);
    expect(byStream).toContainEqual({ point: "stream_ok", value: true });
    for (const found of [byService, byHost]) {
      expect(found).toContainEqual({ point: "model", value: "Simulator" });
      expect(found).toContainEqual({ point: "profiles", value: "main, sub" });
      expect(found).toContainEqual({ point: "stream", value: stream.url });
      expect(found).toContainEqual({ point: "stream_ok", value: true });
    }
    await expect(look(`rtsp://127.0.0.1:${await freePort()}/x`)).rejects.toThrow("check power");
  });
});

describe.concurrent("a camera that answers badly", () => {
  test.each([
    ["garbage", "no SOAP"],
    ["half", "ended in the middle"],
    ["silence", "did not answer within"],
  ] as const)("ONVIF: %s", async (fault, why) => {
    const camera = await startCameraSimulator();
    camera.fault = fault;
    const onvif = { url: camera.url };
    const driven = running({ ...login, onvif, snapshot: false, timeoutMs: 500 });
    const { values, qc } = await driven.sample("a round", () => true);
    expect(values).toEqual({ reachable: true, rtt_ms: values.rtt_ms });
    expect(qc).toMatchObject({ clock_offset_s: missing, auth_ok: missing, stream_ok: missing });
    expect(driven.reports.join()).toContain(why);
    const from = driven.samples.length;
    camera.fault = "none";
    await driven.sample("its recovery", (s) => s.values.auth_ok === true, from);
    await driven.stop();
    await camera.close();
  });

  test.each([
    ["garbage", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n"), "speaks no RTSP"],
    ["half an answer", Buffer.from("RTSP/1.0 200 OK\r\nCSeq: 1\r\n"), "did not answer within"],
    ["silence", Buffer.alloc(0), "did not answer within"],
    ["a hang-up", undefined, "hung up"],
  ])("RTSP: %s", async (_, answer, why) => {
    let open = 0;
    const server = createServer((socket) => {
      open += 1;
      socket.on("close", () => open--);
      socket.on("error", () => {});
      socket.on("data", () => (answer ? socket.write(answer) : socket.destroy()));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const rtsp = { url: `rtsp://127.0.0.1:${port}/x` };
    const driven = running({ rtsp, onvif: false, timeoutMs: 300 });
    const { values, qc } = await driven.sample("a round", () => true);
    expect(values).toMatchObject({ reachable: true, stream_ok: false });
    expect(qc).toMatchObject({ auth_ok: missing, fps: missing });
    expect(driven.reports.join()).toContain(why);
    await driven.stop();
    await until(() => open === 0, "the connections to be let go");
    await new Promise((resolve) => server.close(resolve));
  });

  test("without pull-points it is watched all the same", async () => {
    const camera = await startCameraSimulator();
    camera.fault = "no-pull-point";
    const driven = running({ ...login, onvif: { url: camera.url }, snapshot: false });
    await until(() => driven.samples.length >= 2, "two rounds");
    expect(driven.reports.join()).toContain("ActionNotSupported");
    expect(driven.samples.at(-1)?.values).toMatchObject({ reachable: true, auth_ok: true });
    await driven.stop();
    await camera.close();
  });

  test("events switched off are not asked for", async () => {
    const camera = await startCameraSimulator();
    const onvif = { url: camera.url, events: false };
    const driven = running({ ...login, onvif, snapshot: false });
    await until(() => driven.samples.length >= 2, "two rounds");
    expect(camera.asked).not.toContain("CreatePullPointSubscription");
    await driven.stop();
    await camera.close();
  });
});

test("Hikvision: heartbeats are no alarm, a covered lens is, and a lost stream is opened again", async () => {
  const camera = await startCameraSimulator();
  const isapi = { url: new URL("/ISAPI/Event/notification/alertStream", camera.url).href };
  const driven = running({ ...login, rtsp: false, onvif: false, isapi, intervalMs: 60_000 });
  const alert = (type: string, state: string) =>
    camera.alert(
      `<EventNotificationAlert><channelID>1</channelID><eventType>${type}</eventType><eventState>${state}</eventState></EventNotificationAlert>`,
    );
  await until(() => camera.alertStreams === 1, "the alert stream");
  await driven.sample("a round", (s) => s.values.reachable === true);
  alert("videoloss", "inactive");
  alert("shelteralarm", "active");
  alert("shelteralarm", "active");
  alert("videoloss", "inactive");
  alert("shelteralarm", "inactive");
  await driven.sample("the end of it", (s) => s.values.tamper === false);
  const told = driven.samples.filter((s) => s.values.reachable === undefined);
  expect(told.map(({ values, urgent }) => ({ ...values, urgent }))).toEqual([
    { tamper: true, urgent: true },
    { tamper: false, urgent: true },
  ]);
  camera.hangUp();
  await driven.sample("unknown", (s) => s.qc?.tamper === missing);
  await until(() => camera.alertStreams === 1, "the alert stream again");
  await driven.stop();
  await until(() => camera.alertStreams === 0, "the stream to be let go");
  await camera.close();
});
