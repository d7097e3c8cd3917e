import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { topicOf } from "@kenh/schemas";
import { connectAsync, type MqttClient } from "mqtt";
import { temporaryFolder } from "../support/folder.ts";
import { startStation } from "../support/station.ts";
import { median, quantile } from "./statistics.ts";

/** A unit at 50 times its quota, and what its neighbours notice of it: npm run bench -- --neighbours. */
const { values: options } = parseArgs({ options: { tiny: { type: "boolean" } } });
const rounds = options.tiny ? 1 : 8;
const roundMs = options.tiny ? 500 : 4000;
const quota = 200;
const excess = 50;
/** As many as send so much at once: what is not acknowledged yet is bounded, as an agent bounds it. */
const [noisyClients, window] = [10, 500];
const quietClients = 10;

interface Slice {
  readonly perSecond: number;
  readonly p99Ms: number;
}

using folder = temporaryFolder("neighbours");
writeFileSync(
  join(folder.path, "broker.yaml"),
  `version: 1\nquotas: { units: { 82/30000: { messagesPerSecond: ${quota} } } }\n`,
);
await using station = await startStation({ folder });
const connect = async (device: string): Promise<[MqttClient, string]> => {
  const password = await station.addDevice(device, "generic-water");
  return [await connectAsync(station.mqtt, { username: device, password }), device];
};
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const quiet: [MqttClient, string][] = [];
for (const n of numbers(quietClients)) quiet.push(await connect(`82/29869/a/d-${n}`));
const noisy: [MqttClient, string][] = [];
for (const n of numbers(noisyClients)) noisy.push(await connect(`82/30000/a/d-${n}`));

let ts = Date.now() - 86_400_000;
const publish = ([client, device]: [MqttClient, string]) =>
  client.publishAsync(
    topicOf(device, "telemetry"),
    JSON.stringify({ ts: ts++, values: { water_level_m: 1 } }),
    { qos: 1 },
  );

/** Each of the quiet sends its next message when it has the PUBACK of the last one. */
async function listen(): Promise<Slice> {
  const times: number[] = [];
  const begun = performance.now();
  await Promise.all(
    quiet.map(async (sender) => {
      while (performance.now() - begun < roundMs) {
        const at = performance.now();
        await publish(sender);
        times.push(performance.now() - at);
      }
    }),
  );
  const perSecond = (times.length * 1000) / (performance.now() - begun);
  return { perSecond, p99Ms: quantile(Float64Array.from(times).sort(), 0.99) };
}

/** Offers 50 times the quota until told to stop; what it has not brought through by then it goes on with. */
let offered = 0;
let through = 0;
async function flood(signal: AbortSignal): Promise<void> {
  const open = noisy.map(() => 0);
  while (!signal.aborted) {
    for (const [n, sender] of noisy.entries()) {
      for (let k = 0; k < (quota * excess) / noisyClients / 100; k++) {
        offered++;
        if ((open[n] ?? 0) >= window) continue;
        open[n] = (open[n] ?? 0) + 1;
        void publish(sender).then(() => {
          through++;
          open[n] = (open[n] ?? 0) - 1;
        });
      }
    }
    await pause(10);
  }
}

const alone: Slice[] = [];
const beside: Slice[] = [];
await listen();
for (const _ of numbers(rounds)) {
  alone.push(await listen());
  const stop = new AbortController();
  const flooding = flood(stop.signal);
  // The burst of a quota is over before it is measured.
  await pause(options.tiny ? 100 : 1000);
  beside.push(await listen());
  stop.abort();
  await flooding;
}
const of = (slices: readonly Slice[], key: keyof Slice) => median(slices.map((one) => one[key]));
const ratio = (key: keyof Slice) => of(beside, key) / of(alone, key);
const ledger = await station.settled();
process.stdout.write(
  [
    `${quietClients} devices of other units beside one unit that offers ${excess} x its quota, ${rounds} rounds in turn:`,
    `throughput ${ratio("perSecond").toFixed(3)} of that without it (${of(alone, "perSecond").toFixed(0)} messages a second)`,
    `PUBACK p99 ${ratio("p99Ms").toFixed(3)} of that without it (${of(alone, "p99Ms").toFixed(2)} ms)`,
    `the noisy unit: ${offered} offered, ${through} through, the rest held at the sender`,
    `set aside: ${ledger.total.quarantined}`,
    "",
  ].join("\n"),
);
for (const [client] of [...quiet, ...noisy]) await client.endAsync(true);
