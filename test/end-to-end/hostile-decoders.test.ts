import { parseAgentConfig, type WatchedSample, watchAgent } from "@kenh/edge-agent";
import { connectAsync } from "mqtt";
import { describe, expect, test } from "vitest";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startMosquitto } from "../support/mosquitto.ts";

/** What a decoder may do, by the node that it is given to. */
const hostile: Readonly<Record<string, string>> = {
  loop: "for (;;) {}",
  bomb: "var a = []; for (;;) a.push(new Array(1e5).join('x'));",
  megabyte: "return { data: { d: 1, s: new Array(1e6).join('x') } };",
  polluting: "Object.prototype.polluted = 1; JSON.stringify = null; return { data: {} };",
  escaping: "return { data: { d: process.env.HOME } };",
  requiring: "return { data: { d: require('fs').readFileSync('/etc/passwd') } };",
  lying: "return { data: { d: { valueOf: 5 } } };",
};
const good = "return { data: { d: input.bytes[0] } };";

const skipped = absent("mosquitto");
describe.skipIf(skipped)(`hostile decoders in an agent ${skipped ?? ""}`, () => {
  test("are counted one by one, and every other device goes on", async () => {
    using folder = temporaryFolder("contained");
    const broker = await startMosquitto(folder.path);
    const nodes = { ...hostile, good };
    const device = (name: string) => `82/29869/thu/${name}`;
    const config = await parseAgentConfig(
      JSON.stringify({
        version: 1,
        ...{ name: "gw", identity: device("gw"), dataDir: "data" },
        broker: { url: broker.url },
        clock: { doubt: "tell" },
        drivers: [
          {
            ...{ name: "nodes", kind: "lorawan", device: device("nodes") },
            config: {
              ...{ url: broker.url, network: "chirpstack", radio: false },
              devices: Object.fromEntries(
                Object.entries(nodes).map(([name, body]) => [
                  name,
                  {
                    device: device(name),
                    decoder: `function decodeUplink(input) { ${body} }`,
                    points: [{ path: "d", quantity: "water_level_m" }],
                  },
                ]),
              ),
            },
          },
          {
            ...{ name: "gauge", kind: "simulate", device: device("gauge") },
            config: { model: "tide-gauge", intervalMs: 100 },
          },
        ],
      }),
      "agent.yaml",
      folder.path,
    );
    const samples: WatchedSample[] = [];
    const stop = new AbortController();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const watched = watchAgent(config, { onSample: (s) => samples.push(s), log }, stop.signal);
    const client = await connectAsync(broker.url);
    const of = (name: string) => samples.filter((sample) => sample.device === device(name));
    let count = 0;
    const send = (name: string, byte = 1) =>
      client.publishAsync(
        `application/1/device/${name}/event/up`,
        JSON.stringify({
          ...{ deduplicationId: `u-${count++}`, time: new Date().toISOString(), fCnt: count },
          ...{ deviceInfo: { devEui: name }, fPort: 1 },
          data: Buffer.of(byte).toString("base64"),
        }),
        { qos: 1 },
      );
    await until(async () => {
      await send("good");
      return of("good").length > 0;
    }, "the first good uplink");
    const before = of("gauge").length;
    for (const name of Object.keys(hostile)) await send(name);
    // By a value of its own: of the first good uplinks some may still be on their way.
    await send("good", 2);
    await until(
      () => of("good").some(({ values }) => values["water_level_m"] === 2),
      "the good one behind them all",
    );
    await until(() => of("gauge").length > before, "the gauge to go on");
    for (const name of Object.keys(hostile)) {
      expect(
        of(name).flatMap(({ values }) => Object.keys(values)),
        name,
      ).toEqual([]);
    }
    stop.abort();
    const states = await watched;
    expect(states.get("nodes")).toMatchObject({ restarts: 0 });
    expect(states.get("nodes")?.unreadable).toBeGreaterThanOrEqual(Object.keys(hostile).length);
    expect(states.get("gauge")).toMatchObject({ restarts: 0, unreadable: 0 });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    await client.endAsync();
    await broker.stop();
  });
});
