import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModbusTCPServer } from "jsmodbus";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Counterpart, until } from "../../../../test/support/counterpart.ts";
import { temporaryFolder } from "../../../../test/support/folder.ts";
import {
  absentPymodbus,
  type Image,
  startModbusRtu,
  startModbusTcp,
} from "../../../../test/support/pymodbus.ts";
import { noSharedData } from "../../../../test/support/shared-data.ts";
import type { DriverSample, Unreadable } from "../../driver.ts";
import { configSchema } from "./config.ts";
import { crc16, tcpFraming } from "./frame.ts";
import { meterConfigs } from "./meters.fixture.ts";
import { driver } from "./modbus.ts";
import { Port } from "./port.ts";

/** Patient: a machine that is slow for a while is no silence. */
const quick = { intervalMs: 100, timeoutMs: 20_000 };
/** Where a silence is waited for. */
const brief = { timeoutMs: 1000 };

interface Run {
  readonly samples: DriverSample[];
  readonly reports: Unreadable[];
  /** Settles when the driver ends. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

const runs: Run[] = [];
afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.stop()));
});

function start(config: Record<string, unknown>): Run {
  const samples: DriverSample[] = [];
  const reports: Unreadable[] = [];
  const abort = new AbortController();
  const ended = (async () => {
    const source = driver.prepare({ ...quick, ...config });
    for await (const sample of source.run(abort.signal, (u) => reports.push(u)))
      samples.push(sample);
  })();
  ended.catch(() => {});
  const run = {
    samples,
    reports,
    ended,
    async stop() {
      abort.abort();
      await ended.catch(() => {});
    },
  };
  runs.push(run);
  return run;
}

const untimed = ({ ts: _, ...sample }: DriverSample) => sample;
const word = (address: number, quantity = "a") => ({
  quantity,
  function: 3,
  address,
  type: "u16",
});

interface Golden {
  readonly image: Image;
  readonly slaves: readonly { readonly unitId: number }[];
  readonly samples: readonly DriverSample[];
  readonly reports: readonly [string, string][];
}
const golden = fileURLToPath(new URL("golden/", import.meta.url));
const cases = readdirSync(golden).map(
  (name) => [name, JSON.parse(readFileSync(join(golden, name, "case.json"), "utf8"))] as const,
) as readonly (readonly [string, Golden])[];
const image: Image = Object.assign({}, ...cases.map(([, each]) => each.image));

describe.skipIf(absentPymodbus())("against pymodbus", () => {
  const folder = temporaryFolder("kenh-modbus");
  let tcp: Counterpart & { port: number };
  let rtu: Counterpart & { path: string };
  beforeAll(async () => {
    [tcp, rtu] = await Promise.all([
      startModbusTcp(folder.path, image),
      startModbusRtu(folder.path, image),
    ]);
  });
  afterAll(async () => {
    await Promise.all([tcp?.stop(), rtu?.stop()]);
    folder[Symbol.dispose]();
  });
  const buses = {
    tcp: () => ({ kind: "tcp", host: "127.0.0.1", port: tcp.port }),
    rtu: () => ({ kind: "serial", path: rtu.path }),
  };

  describe.each(Object.entries(buses))("over %s", (_, bus) => {
    test.each(cases)("golden case %s", async (_, { slaves, samples, reports }) => {
      const before = Date.now();
      const run = start({ bus: bus(), slaves, intervalMs: 60_000 });
      await until(() => run.samples.length >= samples.length, "the samples");
      expect(run.samples.map(untimed)).toEqual(samples);
      expect(run.reports.map(({ at }) => at).sort()).toEqual(reports.map(([at]) => at).sort());
      for (const [at, reason] of reports)
        expect(run.reports.find((report) => report.at === at)?.reason).toContain(reason);
      for (const { ts } of run.samples) {
        expect(ts).toBeGreaterThanOrEqual(before);
        expect(ts).toBeLessThanOrEqual(Date.now());
      }
    });

    test("a silent unit does not stall the others", async () => {
      const run = start({
        ...brief,
        bus: bus(),
        slaves: [
          { unitId: 99, device: "82/29869/a/silent", points: [word(0)] },
          { unitId: 4, points: [word(10)] },
        ],
      });
      await until(() => run.samples.filter(({ device }) => !device).length >= 5, "five rounds");
      const silent = run.samples.filter(({ device }) => device);
      expect(silent.map(untimed)).toEqual([
        { values: {}, qc: { a: 9 }, device: "82/29869/a/silent" },
      ]);
      expect(run.reports).toEqual([
        { at: "unit 99", reason: expect.stringContaining("no answer in 1000 ms") },
      ]);
    });

    test("nobody there is a failure that names unit and way out", async () => {
      const run = start({ ...brief, bus: bus(), slaves: [{ unitId: 99, points: [word(0)] }] });
      await expect(run.ended).rejects.toThrow(
        /nobody answers \(unit 99: no answer in 1000 ms\); check power/,
      );
      expect(run.samples).toEqual([]);
    });
  });

  test("a server that dies is a failure, and is read again when it is back", async () => {
    const config = {
      bus: { kind: "tcp", host: "127.0.0.1", port: 0 },
      slaves: [{ unitId: 1, points: [word(0)] }],
    };
    const units = { 1: { holding: { 0: [7] } } };
    using own = temporaryFolder("kenh-modbus");
    const server = await startModbusTcp(own.path, units);
    config.bus.port = server.port;
    const run = start(config);
    await until(() => run.samples.length > 0, "a sample");
    await server.stop("SIGKILL");
    // It may die with a request on its way, or between two.
    await expect(run.ended).rejects.toThrow(
      /can't be opened \(connect ECONNREFUSED|nobody answers \(unit 1: the connection was closed/,
    );
    expect(run.samples.every(({ values }) => values["a"] === 7)).toBe(true);
    const again = await startModbusTcp(own.path, units, server.port);
    const next = start(config);
    await until(() => next.samples.length > 0, "a sample of the new server");
    expect(untimed(next.samples[0] as DriverSample)).toEqual({ values: { a: 7 } });
    await next.stop();
    await again.stop();
  });

  test("a line that is pulled out is a failure, and is read again when it is back", async () => {
    using own = temporaryFolder("kenh-modbus");
    const units = { 1: { holding: { 0: [7] } } };
    for (const _ of ["first", "after it is back"]) {
      const server = await startModbusRtu(own.path, units);
      const run = start({
        ...brief,
        bus: { kind: "serial", path: server.path },
        slaves: [{ unitId: 1, points: [word(0)] }],
      });
      await until(() => run.samples.length > 0, "a sample");
      await server.stop();
      await expect(run.ended).rejects.toThrow(/nobody answers \(unit 1: |can't be opened/);
      expect(run.samples.every(({ values }) => values["a"] === 7)).toBe(true);
    }
  });

  test("a probe prints what is there, from an address alone", async () => {
    const address = new URL(`modbus://127.0.0.1:${tcp.port}?unit=4&function=3&from=10&count=4`);
    const { probe } = driver.prepare(driver.addresses?.configOf(address));
    const findings = await probe?.(AbortSignal.timeout(10_000));
    expect(findings?.map(({ point, value }) => [point, value])).toEqual([
      ["unit 4 holding register 10", 1],
      ["unit 4 holding register 11", 2],
      ["unit 4 holding register 12", null],
      ["unit 4 holding register 13", null],
    ]);
    expect(findings?.[2]?.note).toContain("exception 2");
    const nobody = new URL(`modbus://127.0.0.1:${tcp.port}?unit=99`);
    await expect(
      driver.prepare(driver.addresses?.configOf(nobody)).probe?.(AbortSignal.timeout(10_000)),
    ).rejects.toThrow("nobody answers (unit 99: no answer in 1000 ms)");
  });

  test.skipIf(noSharedData())("reads the register tables of 18 meters back right", async () => {
    const { image, slaves, expected, covered, registers } = meterConfigs();
    expect(slaves).toHaveLength(18);
    using own = temporaryFolder("kenh-modbus");
    const server = await startModbusTcp(own.path, image);
    const run = start({
      bus: { kind: "tcp", host: "127.0.0.1", port: server.port },
      slaves,
      intervalMs: 60_000,
    });
    await until(() => run.samples.length >= slaves.length, "a sample of each meter");
    for (const { device = "", values, qc } of run.samples) {
      expect({ device, values, qc }).toEqual({
        device,
        values: expected.get(device),
        qc: undefined,
      });
    }
    expect(run.reports).toEqual([]);
    expect(covered).toBe(registers);
    await run.stop();
    await server.stop();
  });
});

/** A slave or gateway that misbehaves: it answers each request with the bytes of a function. */
async function misbehaving(
  answer: (request: Buffer, socket: Socket) => Buffer | undefined,
): Promise<{ server: Server; port: number; sockets: Set<Socket>; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (request) => {
      const bytes = answer(request, socket);
      if (bytes) socket.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    sockets,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A right answer to a request over TCP: every register holds its unit. */
function rightAnswer(request: Buffer): Buffer {
  const unit = request.readUInt8(6);
  const count = request.readUInt16BE(10);
  const body = Buffer.alloc(3 + count * 2);
  body.set([unit, request.readUInt8(7), count * 2]);
  for (let at = 0; at < count; at++) body.writeUInt16BE(unit, 3 + at * 2);
  const header = Buffer.from(request.subarray(0, 6));
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]);
}

const tampered = (request: Buffer, change: (answer: Buffer) => void): Buffer => {
  const answer = rightAnswer(request);
  change(answer);
  return answer;
};

describe("malformed answers", () => {
  const faults: Record<string, [(request: Buffer, socket: Socket) => Buffer | undefined, string]> =
    {
      "half an answer": [
        (r) => rightAnswer(r).subarray(0, 9),
        "half an answer or garbage in 1000 ms (9 bytes",
      ],
      garbage: [
        () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
        "garbage instead of an answer",
      ],
      "a length of nothing": [
        (r) => tampered(r, (a) => a.writeUInt16BE(0, 4)),
        "garbage instead of",
      ],
      "the wrong unit": [
        (r) => tampered(r, (a) => a.writeUInt8(77, 6)),
        "expected address 13 got 77",
      ],
      "another function": [(r) => tampered(r, (a) => a.writeUInt8(4, 7)), "expected code 3 got 4"],
      "more bytes than there are": [(r) => tampered(r, (a) => a.writeUInt8(250, 8)), "offset"],
      "fewer bytes than asked for": [
        (r) => tampered(r, (a) => a.writeUInt8(2, 8)),
        "an answer of 2 bytes where 4",
      ],
      "the answer to another transaction": [
        (r) => tampered(r, (a) => a.writeUInt16BE(9999, 0)),
        "no answer|garbage in 1000",
      ],
      "a closed connection": [
        (_, socket) => {
          socket.destroy();
          return undefined;
        },
        "the connection was closed instead of an answer",
      ],
      "the gateway's word for it": [
        (r) => Buffer.concat([r.subarray(0, 4), Buffer.from([0, 3, 13, 0x83, 11])]),
        "exception 11: the gateway gets no answer from this unit",
      ],
    };

  test.each(Object.entries(faults))(
    "%s: that slave is missing, the other is read",
    async (_, [answer, why]) => {
      const slave = await misbehaving((request, socket) =>
        request.readUInt8(6) === 13 ? answer(request, socket) : rightAnswer(request),
      );
      const run = start({
        ...brief,
        bus: { kind: "tcp", host: "127.0.0.1", port: slave.port },
        slaves: [
          { unitId: 13, device: "82/29869/a/bad", points: [word(0), word(1, "b")] },
          { unitId: 1, points: [word(0)] },
        ],
      });
      await until(() => run.samples.filter(({ device }) => !device).length >= 3, "three rounds");
      expect(run.reports).toHaveLength(1);
      expect(run.reports[0]?.at).toBe("unit 13");
      expect(run.reports[0]?.reason).toMatch(new RegExp(why.replace(/[().]/g, "\\$&")));
      for (const { device, values, qc } of run.samples) {
        if (device) expect({ values, qc }).toEqual({ values: {}, qc: { a: 9, b: 9 } });
        else expect({ values, qc }).toEqual({ values: { a: 1 }, qc: undefined });
      }
      await run.stop();
      await slave.close();
    },
  );

  test("a slave that was silent is read again, and told once for each silence", async () => {
    let silent = true;
    const slave = await misbehaving((request) =>
      silent && request.readUInt8(6) === 2 ? undefined : rightAnswer(request),
    );
    const run = start({
      ...brief,
      bus: { kind: "tcp", host: "127.0.0.1", port: slave.port },
      silentBaseMs: 50,
      slaves: [1, 2].map((unitId) => ({
        unitId,
        device: `82/29869/a/${unitId}`,
        points: [word(0)],
      })),
    });
    const second = () => run.samples.filter(({ device }) => device === "82/29869/a/2");
    await until(() => second().length >= 2, "two rounds of silence");
    silent = false;
    await until(() => second().at(-1)?.values["a"] === 2, "the slave to be read");
    expect(run.reports).toHaveLength(1);
    await run.stop();
    await slave.close();
  });

  test("a late answer on RTU is not taken for the next one", async () => {
    // The first answer to unit 1 comes when the next request, for another register, is on its way.
    const frame = (unit: number, value: number): Buffer => {
      const body = Buffer.from([unit, 3, 2, value >> 8, value & 255]);
      const crc = Buffer.alloc(2);
      crc.writeUInt16LE(crc16(body));
      return Buffer.concat([body, crc]);
    };
    let asked = 0;
    const slave = await misbehaving((request, socket) => {
      const unit = request.readUInt8(0);
      const address = request.readUInt16BE(2);
      asked += 1;
      if (asked === 1) {
        setTimeout(() => socket.write(frame(unit, address)), brief.timeoutMs + 100);
        return undefined;
      }
      return Buffer.concat([Buffer.from([0x00, 0xff]), frame(unit, address)]);
    });
    const run = start({
      ...brief,
      bus: { kind: "tcp", framing: "rtu", host: "127.0.0.1", port: slave.port },
      slaves: [{ unitId: 1, points: [word(100), word(2000, "b")] }],
    });
    await until(() => run.samples.length >= 2, "two rounds");
    for (const { values, qc } of run.samples)
      expect({ values, qc }).toEqual({ values: { a: 100, b: 2000 }, qc: undefined });
    await run.stop();
    await slave.close();
  });

  test("rounds never overlap, and drivers on one gateway take turns", async () => {
    let waiting = 0;
    let most = 0;
    const slave = await misbehaving((request, socket) => {
      waiting += 1;
      most = Math.max(most, waiting);
      setTimeout(() => {
        waiting -= 1;
        socket.write(rightAnswer(request));
      }, 130);
      return undefined;
    });
    const config = {
      bus: { kind: "tcp", host: "127.0.0.1", port: slave.port },
      slaves: [{ unitId: 1, points: [word(0)] }],
    };
    const both = [start(config), start(config)];
    await until(() => both.every(({ samples }) => samples.length >= 3), "three rounds of each");
    expect(most).toBe(1);
    await Promise.all(both.map((run) => run.stop()));
    await slave.close();
  });

  test("stopping closes the connection at once, also while an answer is awaited", async () => {
    const slave = await misbehaving(() => undefined);
    const timers = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const run = start({
      bus: { kind: "tcp", host: "127.0.0.1", port: slave.port },
      timeoutMs: 60_000,
      slaves: [{ unitId: 1, points: [word(0)] }],
    });
    await until(() => slave.sockets.size === 1, "the connection");
    await run.stop();
    await until(() => slave.sockets.size === 0, "the connection to be closed");
    await slave.close();
    await until(() => timers() <= before, "no timer to be left");
  });
});

test("another maker's server gives the same, in answers as long as the standard allows", async () => {
  const net = createServer();
  const holding = Buffer.from(Array.from({ length: 600 }, (_, at) => (at * 37) % 251));
  const coils = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 91) % 256));
  new ModbusTCPServer(net, { holding, coils });
  const sockets: Socket[] = [];
  net.on("connection", (socket) => sockets.push(socket));
  net.listen(0, "127.0.0.1");
  await once(net, "listening");
  const words = Array.from({ length: 300 }, (_, at) => word(at, `w_${at}`));
  const bits = Array.from({ length: 2400 }, (_, at) => ({
    quantity: `b_${at}`,
    function: 1,
    address: at,
  }));
  const run = start({
    bus: { kind: "tcp", host: "127.0.0.1", port: (net.address() as AddressInfo).port },
    slaves: [{ unitId: 1, points: [...words, ...bits] }],
    intervalMs: 60_000,
  });
  await until(() => run.samples.length > 0, "the sample");
  const expected: Record<string, number | boolean> = {};
  for (const at of words.keys()) expected[`w_${at}`] = holding.readUInt16BE(at * 2);
  for (const at of bits.keys())
    expected[`b_${at}`] = (((coils[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
  expect(run.samples[0]?.values).toEqual(expected);
  await run.stop();
  for (const socket of sockets) socket.destroy();
  net.close();
});

test("no frame that writes is let out, whoever asks for it", async () => {
  const received: Buffer[] = [];
  const slave = await misbehaving((request) => {
    received.push(request);
    return undefined;
  });
  const socket = connect(slave.port, "127.0.0.1");
  await once(socket, "connect");
  const port = new Port(socket, tcpFraming);
  const { default: library } = await import("modbus-serial");
  const client = new library.default(port);
  client.open();
  client.setID(1);
  await expect(client.writeRegister(0, 1)).rejects.toThrow("function 6 is not let out");
  await expect(client.writeCoil(0, true)).rejects.toThrow("function 5 is not let out");
  await expect(client.writeRegisters(0, [1])).rejects.toThrow("function 16 is not let out");
  await expect(client.writeCoils(0, [true])).rejects.toThrow("function 15 is not let out");
  await expect(client.maskWriteRegister(0, 1, 1)).rejects.toThrow("function 22 is not let out");
  void client.readHoldingRegisters(0, 1).catch(() => {});
  await until(() => received.length > 0, "the frame that reads");
  expect(Buffer.concat(received).subarray(6).toString("hex")).toBe("010300000001");
  await port.destroy();
  await slave.close();
});

describe("configuration", () => {
  const bus = { kind: "tcp", host: "10.0.0.5" };
  const withPoint = (point: Record<string, unknown>) => ({
    bus,
    slaves: [{ unitId: 1, points: [{ quantity: "a", function: 3, address: 0, ...point }] }],
  });
  test.each([
    [withPoint({}), "must be one of u16, i16, u32"],
    [withPoint({ type: "bit" }), "or bit with the number of the bit"],
    [withPoint({ type: "u16", function: 6 }), "must be a function that reads"],
    [withPoint({ type: "u16", function: 1 }), "is not read by function 1"],
    [withPoint({ type: "f64", address: 65_533 }), "runs over the last register"],
    [withPoint({ type: "u16", invert: true }), "goes with a bit alone"],
    [withPoint({ function: 1, currentLoop: { from: 0, to: 1 } }), "goes with a number"],
    [withPoint({ type: "u16", currentLoop: { from: 0, to: 1, fromMa: 20 } }), "must be below toMa"],
    [
      { bus, slaves: [1, 2].map((unitId) => ({ unitId, points: [word(0)] })) },
      "is read twice for one device",
    ],
  ])("%j is refused", (config, reason) => {
    expect(configSchema.safeParse(config).error?.message).toContain(reason);
  });

  test("the sample of the README is one", () => {
    const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
    const [entry] = parse(readme.match(/```yaml\n([\s\S]*?)```/)?.[1] ?? "") as [
      { config: unknown },
    ];
    expect(configSchema.parse(entry.config).slaves).toHaveLength(2);
  });
});
