import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { topicOf } from "@kenh/schemas";
import { generate } from "mqtt-packet";
import { connectPacket, publishPacket } from "../../broker/testing/raw-client.ts";
import { startRig } from "../../broker/testing/rig.ts";

/**
 * What connected devices cost one broker: `node test/broker/connections.ts --clients 10000`.
 * The broker runs in a process of its own, which is the one that is measured. Both processes need
 * as many open files as there are clients (`ulimit -n`).
 */
const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    seconds: { type: "string", default: "30" },
    intervalSeconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const clients = Number(values.clients);
const seconds = Number(values.seconds);
const intervalSeconds = Number(values.intervalSeconds);
const identityOf = (i: number) => `82/29869/site-${Math.floor(i / 100)}/device-${i}`;

interface Usage {
  readonly rssMiB: number;
  readonly cpuMs: number;
  readonly connections: number;
}

async function serve(): Promise<void> {
  const rig = await startRig({
    config: { reloadMs: 1000, limits: { connections: clients + 100 } },
  });
  const passwords: string[] = [];
  for (let i = 0; i < clients; i++) {
    passwords.push((await rig.account(identityOf(i))).password);
  }
  process.on("message", async (message) => {
    if (message === "stop") {
      await rig[Symbol.asyncDispose]();
      process.disconnect();
      return;
    }
    global.gc?.();
    rig.arrivals.length = 0; // what the test notes is not the broker's
    const { user, system } = process.cpuUsage();
    process.send?.({
      rssMiB: process.memoryUsage().rss / 2 ** 20,
      cpuMs: (user + system) / 1000,
      connections: await rig.metric("connections"),
    } satisfies Usage);
  });
  process.send?.({ port: rig.port, passwords });
}

async function measure(): Promise<Record<string, number>> {
  const broker = fork(import.meta.filename, process.argv.slice(2), {
    execArgv: ["--expose-gc"],
    env: { ...process.env, KENH_SERVE: "1" },
  });
  const [{ port, passwords }] = (await once(broker, "message")) as [
    { port: number; passwords: string[] },
  ];
  const usage = async () => {
    broker.send("usage");
    return (await once(broker, "message"))[0] as Usage;
  };
  const empty = await usage();
  const from = performance.now();
  const sockets: Socket[] = [];
  for (let i = 0; i < clients; i += 100) {
    const batch = passwords
      .slice(i, i + 100)
      .map((_, n) => login(port, i + n, passwords[i + n] ?? ""));
    sockets.push(...(await Promise.all(batch)));
  }
  const connectSeconds = (performance.now() - from) / 1000;
  const connected = await usage();
  await delay(seconds * 1000);
  const idle = await usage();
  const latencies = await publish(sockets);
  const busy = await usage();
  for (const socket of sockets) socket.destroy();
  broker.send("stop");
  await once(broker, "exit");
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(share * latencies.length)] ?? Number.NaN;
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    clients: connected.connections,
    "connects per second": round(clients / connectSeconds),
    "CPU ms per connect": round((connected.cpuMs - empty.cpuMs) / clients),
    "RSS MiB without clients": round(empty.rssMiB),
    "RSS MiB with clients": round(idle.rssMiB),
    "RSS KiB per client": round(((idle.rssMiB - empty.rssMiB) * 1024) / clients),
    "CPU % idle": round((idle.cpuMs - connected.cpuMs) / seconds / 10),
    "messages per second": round(latencies.length / seconds),
    "CPU % with messages": round((busy.cpuMs - idle.cpuMs) / seconds / 10),
    "PUBACK ms p50": round(at(0.5)),
    "PUBACK ms p99": round(at(0.99)),
  };
}

async function login(port: number, i: number, password: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(
    generate(
      connectPacket({ username: identityOf(i), password }, { clientId: `d${i}`, keepalive: 600 }),
    ),
  );
  const [connack] = (await once(socket, "data")) as [Buffer];
  if (connack.toString("hex") !== "20020000") throw new Error(`CONNACK ${connack.toString("hex")}`);
  return socket;
}

/** Each device sends once an interval, evenly spread; gives the milliseconds to each PUBACK. */
async function publish(sockets: readonly Socket[]): Promise<number[]> {
  const latencies: number[] = [];
  const answers: Promise<void>[] = [];
  const end = performance.now() + seconds * 1000;
  const gapMs = (intervalSeconds * 1000) / sockets.length;
  let due = performance.now();
  for (let i = 0; due < end; i++, due += gapMs) {
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    const socket = sockets[i % sockets.length];
    if (!socket) break;
    const sent = performance.now();
    const topic = topicOf(identityOf(i % sockets.length), "telemetry");
    socket.write(generate(publishPacket(topic, '{"water_level_m":1.93}', 1 + (i % 65_535))));
    answers.push(once(socket, "data").then(() => void latencies.push(performance.now() - sent)));
  }
  await Promise.all(answers);
  return latencies;
}

if (process.env.KENH_SERVE) await serve();
else {
  const report = await measure();
  if (values.json) console.log(JSON.stringify(report));
  else console.table(report);
}
