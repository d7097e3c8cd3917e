import { Agent } from "node:http";
import { generate } from "mqtt-packet";
import { influxdbLimits } from "../../ingest/src/stores/influxdb.ts";
import { encodeBatch } from "../../ingest/src/stores/line-protocol.ts";
import type { Point } from "../../ingest/src/stores/store.ts";
import { answerCalls } from "./child.ts";
import { type Login, Publisher } from "./connection.ts";
import {
  devicesPerGateway,
  type LoadDevice,
  makeDevices,
  nextMessage,
  nextPoints,
} from "./load.ts";
import { postBody } from "./post.ts";

/** Points in a body of the raw POST. */
const bodyPoints = 5000;
/** Bodies in the store at once, as the pipeline does. */
const rawConcurrency = influxdbLimits.maxConcurrentWrites;
/** How often a paced run looks what is due. */
const paceMs = 1;

/** Devices ever used: their sequences and times go on when fewer or more of them send. */
let made: LoadDevice[] = [];
let devices: LoadDevice[] = [];
let publishers: Publisher[] = [];
/** Packets for each publisher. */
let prepared: Buffer[][] = [];
let bodies: Buffer[] = [];

/** Makes packets in the order of the devices, a message each in turn; gives the readings in them. */
function prepare({ messages, samples }: { messages: number; samples: number }): number {
  const now = Date.now();
  const counts = new Array<number>(publishers.length).fill(0);
  prepared = publishers.map(() => []);
  let readings = 0;
  for (let n = 0; n < messages; n++) {
    const at = n % devices.length;
    const device = devices[at] as LoadDevice;
    const gateway = Math.floor(at / devicesPerGateway);
    const messageId = ((counts[gateway] ?? 0) % 65_535) + 1;
    counts[gateway] = messageId;
    prepared[gateway]?.push(
      generate({
        cmd: "publish",
        topic: device.topic,
        payload: nextMessage(device, samples, now),
        qos: 1,
        dup: false,
        retain: false,
        messageId,
      }),
    );
    readings += device.names.length * samples;
  }
  return readings;
}

/** Sends what is prepared as fast as the windows allow; resolves when all is acknowledged. */
async function flood({ window }: { window: number }): Promise<void> {
  await Promise.all(
    publishers.map((publisher, at) => {
      const packets = prepared[at] ?? [];
      if (packets.length === 0) return undefined;
      return new Promise<void>((resolve) => {
        publisher.window = window;
        publisher.onAck = () => {};
        publisher.onDone = resolve;
        publisher.take(packets);
        publisher.pump();
      });
    }),
  );
}

/** Sends what is prepared at an even rate, whatever is outstanding; gives each time to PUBACK in ms, sorted. */
async function pace({ perSecond }: { perSecond: number }): Promise<Float64Array> {
  const total = prepared.reduce((sum, packets) => sum + packets.length, 0);
  const sentAt = publishers.map((_, at) => new Float64Array(prepared[at]?.length ?? 0));
  const sent = publishers.map(() => 0);
  const times = new Float64Array(total);
  let acked = 0;
  const done = Promise.withResolvers<void>();
  publishers.forEach((publisher, at) => {
    publisher.window = 0;
    publisher.onDone = () => {};
    publisher.onAck = (packet) => {
      times[acked++] = performance.now() - (sentAt[at]?.[packet] ?? 0);
      if (acked === total) done.resolve();
    };
    publisher.take(prepared[at] ?? []);
  });
  const start = performance.now();
  let due = 0;
  let next = 0;
  let out = 0;
  const timer = setInterval(() => {
    due = Math.min(total, ((performance.now() - start) * perSecond) / 1000);
    while (out < due) {
      const at = next++ % publishers.length;
      const marks = sentAt[at] as Float64Array;
      const place = sent[at] as number;
      if (place >= marks.length) continue;
      marks[place] = performance.now();
      sent[at] = place + 1;
      publishers[at]?.sendNext();
      out++;
    }
    if (out === total) clearInterval(timer);
  }, paceMs);
  await done.promise;
  return times.sort();
}

/** What is encoded, and in which order: message after message as it is sent, or each instant of all devices. */
export interface Encoding {
  readonly messages: number;
  readonly samples: number;
  readonly by: "message" | "time";
}

/** Encodes bodies of 5,000 points. */
function encode({ messages, samples, by }: Encoding): number {
  const now = Date.now();
  bodies = [];
  let points: Point[] = [];
  let readings = 0;
  for (let n = 0; n < messages; n++) {
    const device = devices[n % devices.length] as LoadDevice;
    points.push(...nextPoints(device, samples, now));
    readings += device.names.length * samples;
    const isLast = n === messages - 1;
    if (by === "time") {
      if (!isLast && (n + 1) % devices.length > 0) continue;
      points.sort((a, b) => a.ts - b.ts);
    }
    while (points.length >= bodyPoints || (isLast && points.length > 0)) {
      bodies.push(Buffer.from(encodeBatch(points.slice(0, bodyPoints))));
      points = points.slice(bodyPoints);
    }
  }
  return readings;
}

/** Posts the bodies to `url`, two at a time. */
async function post({ url }: { url: string }): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  async function work(): Promise<void> {
    for (let body = bodies[next++]; body; body = bodies[next++]) await postBody(url, body, agent);
  }
  await Promise.all(Array.from({ length: rawConcurrency }, work));
  agent.destroy();
}

const calls = {
  /** Makes the devices, and connects a publisher for each gateway. */
  async open({ port, logins, count }: { port: number; logins: Login[]; count: number }) {
    for (const publisher of publishers) publisher.close();
    if (made.length < count) made = [...made, ...makeDevices(count).slice(made.length)];
    devices = made.slice(0, count);
    publishers = logins.map((login) => new Publisher(port, login));
    await Promise.all(publishers.map((publisher) => publisher.open()));
  },
  prepare,
  flood,
  pace,
  encode,
  post,
};
export type SenderCalls = typeof calls;
answerCalls(calls);
