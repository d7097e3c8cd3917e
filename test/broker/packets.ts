import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { topicOf } from "@kenh/schemas";
import { login, publishPacket } from "../../broker/testing/raw-client.ts";
import { gauge, otherGauge, startRig } from "../../broker/testing/rig.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sharedLines } from "../support/shared-data.ts";

/** A recorded exchange: what is sent, what must be heard, and whether the server must then have closed. */
export interface Sequence {
  readonly file: string;
  readonly group: string;
  readonly name: string;
  readonly ver: 3 | 4 | 5;
  readonly connect: boolean;
  readonly expect_disconnect: boolean;
  readonly msgs: readonly { type: "send" | "recv"; hex: string }[];
  readonly mosquitto_2_0_11: string;
}

export interface Outcome {
  readonly sequence: Sequence;
  readonly result: "pass" | "other-reply" | "closed" | "still-open";
  /** Hex of what was heard where something else was expected. */
  readonly heard: string;
}

/** How long an answer may take: for MQTT 5 shorter, where much is left open that Mosquitto closes. */
const patienceMs = { 3: 30_000, 4: 30_000, 5: 400 } as const;
const ordinaryConnect = {
  3: "100f00064d51497364700302000a000174",
  4: "100d00044d5154540402000a000174",
  5: "100e00044d5154540502000a00000174",
} as const;
const connack = { 3: "20020000", 4: "20020000", 5: "2003000000" } as const;

export function recordedSequences(): Sequence[] {
  return sharedLines<Sequence>("conformance/mqtt_packets.jsonl");
}

/**
 * Plays every sequence to a broker. The recordings carry no credentials, so each connection
 * proves its identity by a client certificate. After each, another client must be served: throws when not.
 */
export async function playSequences(sequences: readonly Sequence[]): Promise<Outcome[]> {
  using folder = temporaryFolder();
  const authority = certificateAuthority(folder.path);
  const own = authority.issue(gauge);
  const tls = { port: 0, caFile: authority.caFile, ...authority.issue("broker", "IP:127.0.0.1") };
  await using rig = await startRig({ config: { tls } });
  await rig.account(gauge);
  const witness = await login(rig.port, await rig.account(otherGauge), { clientId: "witness" });
  const options = {
    host: "127.0.0.1",
    port: Number(new URL(rig.addresses.mqtts ?? "").port),
    ca: readFileSync(authority.caFile),
    cert: readFileSync(own.certFile),
    key: readFileSync(own.keyFile),
  };
  const outcomes: Outcome[] = [];
  for (const [i, sequence] of sequences.entries()) {
    const ear = listen(connect(options), patienceMs[sequence.ver]);
    outcomes.push({ sequence, ...(await play(ear, sequence)) });
    ear.socket.destroy();
    const messageId = 1 + (i % 65_535);
    witness.send(publishPacket(topicOf(otherGauge, "telemetry"), `${i}`, messageId));
    const served = await within(witness.hear("puback"), patienceMs[4]);
    if (served?.messageId !== messageId) {
      throw new Error(`no other client is served after ${sequence.group} ${sequence.name}`);
    }
  }
  return outcomes;
}

async function play(ear: Ear, sequence: Sequence): Promise<Omit<Outcome, "sequence">> {
  const { ver, msgs, expect_disconnect: mustClose } = sequence;
  const opening = [
    { type: "send", hex: ordinaryConnect[ver] },
    { type: "recv", hex: connack[ver] },
  ] as const;
  for (const { type, hex } of sequence.connect ? [...opening, ...msgs] : msgs) {
    if (type === "send") ear.socket.write(Buffer.from(hex, "hex"));
    else if (ver === 5 && hex.startsWith("20")) {
      const heard = await hearConnack(ear);
      if (!sameConnack(heard, hex)) {
        return { result: heard ? "other-reply" : ear.silence(), heard };
      }
    } else {
      const heard = await ear.hear(hex.length / 2);
      if (heard !== hex) return { result: heard ? "other-reply" : ear.silence(), heard };
    }
  }
  if (mustClose) {
    await within(ear.end, patienceMs[ver]);
    const heard = await ear.hear(0);
    if (!ear.closed()) return { result: "still-open", heard };
    return { result: heard ? "other-reply" : "pass", heard };
  }
  ear.socket.write(Buffer.from("c000", "hex"));
  const heard = await ear.hear(2);
  return { result: heard === "d000" ? "pass" : heard ? "other-reply" : ear.silence(), heard };
}

/** A CONNACK of MQTT 5 has properties of the server's own, so its length is not known before. */
async function hearConnack(ear: Ear): Promise<string> {
  const head = await ear.hear(2);
  return head.length < 4 ? head : head + (await ear.hear(Number.parseInt(head.slice(2), 16)));
}

/** Whether two agree in what is not theirs to choose: type, flags and reason code. */
function sameConnack(one: string, other: string): boolean {
  return one.slice(0, 2) === other.slice(0, 2) && one.slice(4, 8) === other.slice(4, 8);
}

type Ear = ReturnType<typeof listen>;

function listen(socket: TLSSocket, patience: number) {
  let bytes = Buffer.alloc(0);
  let closed = false;
  let wake = () => {};
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  socket.on("error", () => {});
  const end = new Promise<true>((resolve) =>
    socket.on("close", () => {
      closed = true;
      wake();
      resolve(true);
    }),
  );
  return {
    socket,
    end,
    closed: () => closed,
    silence: () => (closed ? ("closed" as const) : ("still-open" as const)),
    /** Hex of the next `length` bytes, or of what there is when they don't come; of all there is when 0. */
    async hear(length: number): Promise<string> {
      const enough = new Promise<true>((resolve) => {
        wake = () => {
          if (bytes.length >= length || closed) resolve(true);
        };
        wake();
      });
      await within(enough, patience);
      const heard = bytes.subarray(0, length || bytes.length);
      bytes = bytes.subarray(heard.length);
      return heard.toString("hex");
    },
  };
}

async function within<T>(promise: Promise<T>, patience: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patience, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** How many pass, beside what was recorded of Mosquitto 2.0.11, by protocol version and kind of packet. */
export function passTable(outcomes: readonly Outcome[]): Record<string, string | number>[] {
  const groups = Map.groupBy(outcomes, ({ sequence }) => `${sequence.ver} ${sequence.file}`);
  return [...groups].map(([name, of]) => ({
    "version and packet": name,
    sequences: of.length,
    "Mosquitto passes": of.filter((o) => o.sequence.mosquitto_2_0_11 === "pass").length,
    "Kênh passes": of.filter((o) => o.result === "pass").length,
    "of those Mosquitto passes": of.filter(
      (o) => o.result === "pass" && o.sequence.mosquitto_2_0_11 === "pass",
    ).length,
  }));
}

if (import.meta.main) {
  const outcomes = await playSequences(recordedSequences());
  console.table(passTable(outcomes));
  for (const { sequence, result, heard } of outcomes) {
    if (result === "pass") continue;
    const { ver, group, name, mosquitto_2_0_11: mosquitto } = sequence;
    console.log(`${ver} | ${group.trim()} | ${name} | ${result} ${heard} | Mosquitto ${mosquitto}`);
  }
}
