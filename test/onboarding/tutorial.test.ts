import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { expect, test } from "vitest";
import { absent, freePort, start, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { kenhProgram } from "../support/station.ts";

const page = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");

/** The commands of a page, in their order. */
const commands = (text: string): string[] =>
  [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);

const skipped =
  absent("mosquitto") ?? absent("mosquitto_sub", "mosquitto-clients") ?? absent("curl");

test("the tutorial has the same commands in both languages", () => {
  expect(commands(page("vi/cam-bien-moi.md"))).toEqual(commands(page("tutorial.md")));
});

test.skipIf(skipped)(
  `the commands of the tutorial lead to the sensor's value ${skipped ?? ""}`,
  async () => {
    using folder = temporaryFolder("tutorial");
    const broker = await startMosquitto(folder.path);
    const client = await connectAsync(broker.url);
    const devEui = "70b3d57ed0061234";
    let count = 0;
    const sensor = setInterval(() => {
      const uplink = {
        ...{ deduplicationId: `u-${count++}`, time: new Date().toISOString(), fCnt: count },
        ...{ deviceInfo: { devEui }, fPort: 2, object: { water_level_cm: 193, battery: 3.58 } },
      };
      client.publish(`application/7/device/${devEui}/event/up`, JSON.stringify(uplink), { qos: 1 });
    }, 250);
    // The machine of the reader: `npx kenh` is this checkout's, and its ports are free ones.
    const bin = join(folder.path, "bin");
    mkdirSync(bin);
    const npx = join(bin, "npx");
    writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${kenhProgram}" "$@"\n`);
    chmodSync(npx, 0o755);
    const [http, mqtt] = [String(await freePort()), String(await freePort())];
    const script = commands(page("tutorial.md"))
      .join("\n")
      .replaceAll("10.0.0.2 -p 1883", `127.0.0.1 -p ${broker.ports[0]}`)
      .replaceAll("10.0.0.2:1883", `127.0.0.1:${broker.ports[0]}`)
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${http}`);
    const file = join(folder.path, "tutorial.sh");
    writeFileSync(file, `set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n${script}\n`);
    const run = start("bash", [file], {
      cwd: folder.path,
      env: {
        ...process.env,
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        KENH_HTTP_PORT: http,
        KENH_MQTT_PORT: mqtt,
      },
    });
    try {
      await until(() => run.child.exitCode !== null, "the commands of the tutorial", 250_000).catch(
        (error: Error) => {
          throw new Error(`${error.message}: ${run.output().slice(-3000)}`);
        },
      );
      expect(run.child.exitCode, run.output()).toBe(0);
      expect(run.output()).toMatch(/"water_level_m":\{[^}]*"value":1\.93/);
      expect(run.output()).toMatch(/muc-nuoc-02 +\S+ +\d+ +\d+ +0 +0/);
    } finally {
      await run.stop();
      clearInterval(sensor);
      await client.endAsync(true);
      await broker.stop();
    }
  },
);
