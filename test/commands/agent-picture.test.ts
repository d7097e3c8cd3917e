import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAgent, loadAgentConfig, type PictureCard } from "@kenh/edge-agent";
import { connectAsync } from "mqtt";
import { describe, expect, test } from "vitest";
import { type CameraSimulator, startCameraSimulator } from "../support/camera-simulator.ts";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { jpegOf, noPictures } from "../support/picture.ts";
import { kenh } from "../support/station.ts";

const device = "82/29869/cau-cao-lanh/camera-01";
const purpose = "xem rác chắn cống sau mưa";
const silent = { info() {}, warn() {}, error() {} };
const noCamera = noPictures() ?? absent("mosquitto");

/** The configuration of an agent that watches the camera, in a folder of its own. */
function configured(folder: string, camera: CameraSimulator, broker = "mqtt://127.0.0.1:9") {
  const file = join(folder, "agent.yaml");
  const config = { host: "127.0.0.1", username: "admin", password: "p@ss", rtsp: false };
  const driver = { kind: "camera", device, config: { ...config, onvif: { url: camera.url } } };
  const own = { version: 1, name: "gw-01", identity: "82/29869/ubnd/gw-01", dataDir: "data" };
  writeFileSync(file, JSON.stringify({ ...own, broker: { url: broker }, drivers: [driver] }));
  return file;
}

describe.skipIf(noCamera)(`kenh agent picture${noCamera ? ` (${noCamera})` : ""}`, () => {
  test("gives a picture for a purpose, keeps it a while, and writes down who had it", async () => {
    using folder = temporaryFolder();
    const camera = await startCameraSimulator();
    const picture = jpegOf("testsrc2=s=640x360");
    camera.snapshot = picture;
    const broker = await startMosquitto(folder.path);
    const file = configured(folder.path, camera, broker.url);
    const ear = await connectAsync(broker.url);
    const heard: Buffer[] = [];
    ear.on("message", (_, payload) => heard.push(payload));
    await ear.subscribeAsync("#", { qos: 1 });
    const data = join(folder.path, "data");
    const album = join(data, "pictures");
    const agent = createAgent(await loadAgentConfig(file), { log: silent });
    try {
      await agent.start();
      const args = ["--config", file, "--by", "Trần Văn A", "--json"];
      const taken = await kenh("agent", "picture", device, "--purpose", purpose, ...args);
      expect(taken.stderr).toBe("");
      const card = JSON.parse(taken.stdout) as PictureCard;
      expect(card).toMatchObject({ device, by: "Trần Văn A", purpose, bytes: picture.length });
      expect(card.until - card.takenAt).toBe(15 * 60_000);
      expect(statSync(join(album, `${card.id}.jpg`)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(album, `${card.id}.jpg`))).toEqual(picture);

      const copy = join(folder.path, "copy.jpg");
      const why = ["--purpose", "gửi đội sửa chữa", "--by", "Lê Thị B", "--config", file];
      expect((await kenh("agent", "picture", "export", card.id, copy, ...why)).code).toBe(0);
      expect(readFileSync(copy)).toEqual(picture);
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      const again = await kenh("agent", "picture", "export", card.id, copy, ...why);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("already")]);

      const short = ["--purpose", purpose, "--for", "1s", "--config", file, "--json"];
      const { stdout } = await kenh("agent", "picture", "take", device, ...short);
      const brief = JSON.parse(stdout) as PictureCard;
      await until(
        () => !readdirSync(album).some((name) => name.startsWith(brief.id)),
        "the agent to delete what is over",
      );
      await kenh("agent", "picture", "delete", card.id, "--by", "Lê Thị B", "--config", file);
      expect(readdirSync(album)).toEqual([]);

      const log = await kenh("agent", "picture", "log", "--config", file, "--json");
      const { entries } = JSON.parse(log.stdout) as { entries: Record<string, string>[] };
      expect(entries.map(({ event, by }) => [event, by])).toEqual([
        ["requested", "Trần Văn A"],
        ["taken", "Trần Văn A"],
        ["exported", "Lê Thị B"],
        ["requested", expect.any(String)],
        ["taken", expect.any(String)],
        ["deleted", "kenh-agent"],
        ["deleted", "Lê Thị B"],
      ]);
      for (const { device: of, purpose: what } of entries) {
        expect([of, what?.length]).toEqual([device, expect.any(Number)]);
      }
      expect(entries.find(({ event }) => event === "exported")).toMatchObject({ detail: copy });
    } finally {
      await agent.stop();
      await ear.endAsync();
      await broker.stop();
      await camera.close();
    }
    // Numbers have gone out, and no part of a picture.
    expect(heard.length).toBeGreaterThan(0);
    const middle = picture.subarray(picture.length / 2, picture.length / 2 + 24);
    for (const payload of heard) {
      expect(payload.includes(middle) || payload.includes(middle.toString("base64"))).toBe(false);
      expect(payload.length).toBeLessThan(2000);
    }
  });

  test("is deleted at the next start when nobody was there to do it", async () => {
    using folder = temporaryFolder();
    const camera = await startCameraSimulator();
    camera.snapshot = jpegOf("testsrc2=s=320x180");
    const file = configured(folder.path, camera);
    const args = ["--purpose", purpose, "--for", "1s", "--config", file];
    expect((await kenh("agent", "picture", device, ...args)).code).toBe(0);
    const album = join(folder.path, "data/pictures");
    expect(readdirSync(album)).toHaveLength(2);
    const agent = createAgent(await loadAgentConfig(file), {
      log: silent,
      now: () => Date.now() + 2000,
    });
    await agent.start();
    await until(() => readdirSync(album).length === 0, "the start to delete it");
    await agent.stop();
    await camera.close();
  });

  test.each([
    [[], "purpose", 2],
    [["--purpose", " "], "what it is for", 1],
    [["--purpose", purpose, "--for", "25h"], "at most 24 h", 1],
    [["--purpose", purpose, "--for", "soon"], "15m", 2],
  ])("%j is refused, and no camera is asked", async (args, reason, code) => {
    using folder = temporaryFolder();
    const camera = await startCameraSimulator();
    const file = configured(folder.path, camera);
    const refused = await kenh("agent", "picture", device, "--config", file, ...args);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(reason)]);
    expect(camera.asked).toEqual([]);
    await camera.close();
  });

  test("what is no camera, has no picture or refuses the login is told, and the request is logged", async () => {
    using folder = temporaryFolder();
    const camera = await startCameraSimulator({ password: "khác" });
    const file = configured(folder.path, camera);
    const args = ["--purpose", purpose, "--config", file];
    const unknown = await kenh("agent", "picture", "82/29869/ubnd/ups-01", ...args);
    expect(unknown.stderr).toContain(`its cameras are ${device}`);
    const wrong = await kenh("agent", "picture", device, ...args);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/login|authorized/i)]);
    const log = await kenh("agent", "picture", "log", "--config", file, "--json");
    expect(JSON.parse(log.stdout).entries).toMatchObject([
      { event: "requested" },
      { event: "failed", detail: expect.stringMatching(/login|authorized/i) },
    ]);
    await camera.close();
  });
});
