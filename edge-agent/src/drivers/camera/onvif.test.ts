import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { startCameraSimulator } from "../../../../test/support/camera-simulator.ts";
import { absent, start, until } from "../../../../test/support/counterpart.ts";
import { noNamespaces, startNamespacePair } from "../../../../test/support/namespace-pair.ts";
import { matchesOf } from "./discovery.ts";
import { describe as describeCamera, readClock, uriAt } from "./onvif.ts";

const context = (offsetMs = 0) => ({
  credentials: { username: "admin", password: "p@ss" },
  cameraNow: () => Date.now() + offsetMs,
  timeoutMs: 3000,
  signal: new AbortController().signal,
});

describe("the client", () => {
  test("reads the clock without a login and dates its own by it", async () => {
    const camera = await startCameraSimulator({ streamUri: "rtsp://192.0.2.1/main?a=1&amp;b=2" });
    camera.clockOffsetMs = -86_400_000;
    const url = new URL(camera.url);
    const anonymous = { ...context(), credentials: undefined };
    const offset = (await readClock(url, anonymous)) - Date.now();
    expect(offset).toBeGreaterThan(-86_400_000 - 3000);
    expect(offset).toBeLessThan(-86_400_000 + 3000);
    const ask = (offsetMs: number) =>
      describeCamera(url, "127.0.0.1", undefined, context(offsetMs));
    await expect(ask(0)).rejects.toThrow("NotAuthorized");
    expect(await ask(offset)).toEqual({
      information: {
        manufacturer: "Kenh",
        model: "Simulator",
        firmware: "1.0",
        serial: "000123",
      },
      profiles: ["main", "sub"],
      streamUri: new URL("rtsp://127.0.0.1/main?a=1&b=2"),
      snapshotUri: new URL(`http://127.0.0.1:${camera.port}/snapshot?channel=1&type=0`),
      eventService: new URL(`http://127.0.0.1:${camera.port}/onvif/event_service`),
    });
    await camera.close();
  });

  test("logs in by HTTP Digest where the camera asks for that first", async () => {
    const camera = await startCameraSimulator({ digestBeforeSoap: true });
    const url = new URL(camera.url);
    const { information } = await describeCamera(url, "127.0.0.1", "sub", context());
    expect(information.model).toBe("Simulator");
    const wrong = { ...context(), credentials: { username: "admin", password: "no" } };
    const refused = describeCamera(url, "127.0.0.1", undefined, wrong);
    await expect(refused).rejects.toThrow("refuses the login of admin");
    await camera.close();
  });

  test("a camera without a stream is described all the same; a profile must exist", async () => {
    const camera = await startCameraSimulator();
    const url = new URL(camera.url);
    const { streamUri } = await describeCamera(url, "127.0.0.1", undefined, context());
    expect(streamUri).toBeUndefined();
    const wrong = describeCamera(url, "127.0.0.1", "third", context());
    await expect(wrong).rejects.toThrow('no profile "third"; it has main, sub');
    await camera.close();
  });
});

test.each([
  ["rtsp://10.0.0.5:8554/a?b=c", "rtsp://h:8554/a?b=c"],
  ["rtsp://admin:secret@10.0.0.5/a", "rtsp://h/a"],
  ["http://[fe80::1]/onvif", "http://h/onvif"],
  ["nothing", undefined],
  [undefined, undefined],
])("%s becomes %s at the host where we know it", (text, expected) => {
  expect(uriAt("h", text)?.href).toBe(expected);
});

test("an answer to another's probe, and garbage, are no camera", () => {
  expect(matchesOf("<a", "urn:uuid:1")).toEqual([]);
  const answer = `<Envelope><Header><RelatesTo>urn:uuid:2</RelatesTo></Header><Body><ProbeMatches><ProbeMatch><XAddrs>http://c/</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>`;
  expect(matchesOf(answer, "urn:uuid:1")).toEqual([]);
  expect(matchesOf(answer, "urn:uuid:2")).toHaveLength(1);
});

const noUtil = absent("onvif-util", "onvif-tools") ?? noNamespaces();
test.skipIf(noUtil)(
  `our simulator satisfies onvif-util, and discovery finds it${noUtil ? ` (${noUtil})` : ""}`,
  async () => {
    await using pair = startNamespacePair();
    const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const simulator = "../../../../test/support/camera-simulator.ts";
    const camera = start(...pair.inFirst(process.execPath, path(simulator)));
    await until(() => camera.output().includes("camera at 10.77.0.2"), "the simulator");
    const client = (input: string, ...command: [string, ...string[]]) => {
      const [program, args] = pair.inSecond(...command);
      return spawnSync(program, args, { input, encoding: "utf8", timeout: 60_000 }).stdout;
    };
    // How long it listens is its own affair: it is asked until the answer comes in that time.
    const asked = () => client("", "onvif-util", "-a");
    await until(() => /Found 1 cameras\s+10\.77\.0\.2 .*Simulator/.test(asked()), "one camera");
    const questions = "get time\nget profiles\nget rtsp\nquit\n";
    const told = client(questions, "onvif-util", "-u", "admin", "-p", "p@ss", "10.77.0.2");
    expect(told).toContain("successfully connected to host");
    expect(told).toContain("serial: 000123");
    // Of whole seconds: one may begin between the two clocks' readings.
    expect(told).toMatch(/Time Offset: -?\d seconds/);
    expect(told).toContain("Token 1: sub");
    expect(told).toContain("rtsp://10.77.0.2:554/main");
    const refused = client("quit\n", "onvif-util", "-u", "admin", "-p", "no", "10.77.0.2");
    expect(refused).toContain("NotAuthorized");

    const discovery = `const { discover } = await import(${JSON.stringify(path("discovery.ts"))});
      console.log(JSON.stringify(await discover(1000, new AbortController().signal)));`;
    const found = await until(() => {
      const text = client("", process.execPath, "--input-type=module", "-e", discovery);
      const cameras = JSON.parse(text) as object[];
      return cameras.length > 0 && cameras;
    }, "an answer to the probe");
    expect(found).toEqual([
      {
        url: "http://10.77.0.2:80/onvif/device_service",
        name: "Cổng 1",
        hardware: "Simulator",
      },
    ]);
    await camera.stop();
  },
);
