import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { topicOf } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gauge, otherGauge, type Rig, startRig } from "../../broker/testing/rig.ts";
import { type Authority, type Certificate, certificateAuthority } from "../support/certificates.ts";
import { absent, start, until } from "../support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";

const telemetry = topicOf(gauge, "telemetry");
const others = topicOf(otherGauge, "telemetry");
const python = "/usr/bin/python3";
const noMosquitto =
  absent("openssl") ??
  absent("mosquitto_pub", "mosquitto-clients") ??
  absent("mosquitto_sub", "mosquitto-clients");
const noPaho = absent("openssl") ?? (await withoutPaho());

async function withoutPaho(): Promise<string | undefined> {
  const child = spawn(python, ["-c", "import paho.mqtt.client"], { stdio: "ignore" });
  const [code] = await once(child, "exit").catch(() => [1]);
  if (code === 0) return undefined;
  const reason = "paho is not installed (apt-get install python3-paho-mqtt)";
  if (process.env.CI) throw new Error(`${reason}, and CI must run every counterpart`);
  return reason;
}

/** Publishes each topic given with QoS 1 and prints a line for each PUBACK, for each SUBACK its codes, and the end. */
const pahoClient = `
import sys, ssl, json, paho.mqtt.client as mqtt
o = json.loads(sys.argv[1])
c = mqtt.Client(client_id="paho", protocol=mqtt.MQTTv311)
if o.get("password"): c.username_pw_set(o["username"], o["password"])
c.tls_set(ca_certs=o["ca"], certfile=o.get("cert"), keyfile=o.get("key"))
say = lambda *a: print(*a, flush=True)
def connected(c, u, f, rc):
    say("connack", rc)
    if rc: c.disconnect()
    elif "subscribe" in o: c.subscribe(o["subscribe"], 1)
    else: c.publish(o["topic"], o["payload"], 1)
c.on_connect = connected
c.on_publish = lambda c, u, mid: (say("puback"), c.disconnect())
c.on_subscribe = lambda c, u, mid, qos: (say("suback", *qos), c.disconnect())
c.on_disconnect = lambda c, u, rc: (say("end", rc), sys.exit(0))
c.connect("127.0.0.1", o["port"])
c.loop_forever(retry_first_connection=False)
`;

let folder: TemporaryFolder;
let authority: Authority;
let certificate: Certificate;
let rig: Rig;
let account: { username: string; password: string };
beforeAll(async () => {
  folder = temporaryFolder();
  if (noMosquitto && noPaho) return;
  authority = certificateAuthority(folder.path);
  certificate = authority.issue("gauge", `URI:urn:kenh:device:${gauge}`);
  const tls = {
    port: 0,
    caFile: authority.caFile,
    ...authority.issue("127.0.0.1", "IP:127.0.0.1"),
  };
  rig = await startRig({ config: { tls } });
  account = await rig.account(gauge);
  await rig.account(otherGauge);
});
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const port = () => Number(new URL(rig.addresses.mqtts ?? "").port);
const arrived = () => rig.arrivals.map(({ payload }) => Buffer.from(payload).toString());

type Proof = "password" | "certificate";

/** Runs a program to its end, and gives its exit code and all that it printed. */
async function run(
  program: string,
  args: string[],
): Promise<{ code: number | null; output: string }> {
  const counterpart = start(program, args);
  const [code] = await once(counterpart.child, "exit");
  return { code, output: counterpart.output() };
}

describe.skipIf(noMosquitto)(`mosquitto's clients ${noMosquitto ?? ""}`, () => {
  const common = (proof: Proof): string[] => [
    ...["-h", "127.0.0.1", "-p", `${port()}`, "-q", "1", "--cafile", authority.caFile],
    ...(proof === "password"
      ? ["-u", account.username, "-P", account.password]
      : ["--cert", certificate.certFile, "--key", certificate.keyFile]),
  ];

  test.each<Proof>(["password", "certificate"])(
    "a message sent with a %s is accepted",
    async (proof) => {
      const payload = `mosquitto by ${proof}`;
      const { code } = await run("mosquitto_pub", [
        ...common(proof),
        "-t",
        telemetry,
        "-m",
        payload,
      ]);
      expect(code).toBe(0);
      expect(arrived()).toContain(payload);
    },
  );

  test.each<Proof>(["password", "certificate"])(
    "with a %s, outside its own, nothing is",
    async (proof) => {
      const before = arrived().length;
      // It reports no error of its own when the broker hangs up; -d shows whether a PUBACK came.
      const { output } = await run("timeout", [
        ...["5", "mosquitto_pub", "-d"],
        ...[...common(proof), "-t", others, "-m", "x", "--repeat", "1"],
      ]);
      expect(output).toContain("PUBLISH");
      expect(output).not.toContain("PUBACK");
      expect(arrived().length).toBe(before);
      const refused = await run("mosquitto_sub", [...common(proof), "-t", others, "-W", "5"]);
      expect(refused.output).toContain("denied");
    },
  );

  test("a subscriber inside its own hears what the ingest says", async () => {
    const alarm = topicOf(gauge, "alarm");
    const listener = start("mosquitto_sub", [
      ...common("password"),
      "-t",
      alarm,
      "-C",
      "1",
      "-W",
      "20",
    ]);
    await until(async () => (await rig.metric("subscriptions")) === 1, "the subscription");
    await rig.broker.publish(alarm, "raise", { retain: false });
    await until(() => listener.child.exitCode !== null, "its end");
    expect(listener.output()).toBe("raise\n");
  });

  test("TLS 1.1 is refused, TLS 1.2 is taken", async () => {
    const shake = (version: string) =>
      run("openssl", [
        ...["s_client", "-connect", `127.0.0.1:${port()}`, `-${version}`],
        ...["-cipher", "DEFAULT@SECLEVEL=0"],
      ]);
    expect((await shake("tls1_1")).code).toBe(1);
    expect((await shake("tls1_2")).code).toBe(0);
  });

  test("a wrong password is refused", async () => {
    const args = common("password").with(-1, "wrong");
    const { code, output } = await run("mosquitto_pub", [
      ...args,
      "-t",
      telemetry,
      "-m",
      "refused",
    ]);
    expect([code, output]).toEqual([4, expect.stringContaining("bad user name or password")]);
    expect(arrived()).not.toContain("refused");
  });
});

describe.skipIf(noPaho)(`paho for Python ${noPaho ?? ""}`, () => {
  async function paho(proof: Proof, does: Record<string, string>): Promise<string[]> {
    const script = join(folder.path, "client.py");
    writeFileSync(script, pahoClient);
    const { certFile, keyFile } = certificate;
    const shown = proof === "password" ? account : { cert: certFile, key: keyFile };
    const options = { port: port(), ca: authority.caFile, ...shown, ...does };
    const { output } = await run(python, [script, JSON.stringify(options)]);
    return output.trim().split("\n");
  }

  test.each<Proof>(["password", "certificate"])(
    "a message sent with a %s is accepted",
    async (proof) => {
      const payload = `paho by ${proof}`;
      expect(await paho(proof, { topic: telemetry, payload })).toEqual([
        "connack 0",
        "puback",
        "end 0",
      ]);
      expect(arrived()).toContain(payload);
    },
  );

  test.each<Proof>(["password", "certificate"])(
    "with a %s, outside its own, nothing is",
    async (proof) => {
      const before = arrived().length;
      const published = await paho(proof, { topic: others, payload: "x" });
      expect(published.slice(0, 2)).toEqual(["connack 0", expect.stringMatching(/^end [^0]/)]);
      expect(arrived().length).toBe(before);
      expect(await paho(proof, { subscribe: "kenh/v1/#" })).toEqual([
        "connack 0",
        "suback 128",
        "end 0",
      ]);
    },
  );
});
