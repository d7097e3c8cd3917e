import { generate, type Packet } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { inspect, packetLength } from "./inspect.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");
const publish = (topic: string, qos: 0 | 1 | 2 = 1): Packet => ({
  cmd: "publish",
  topic,
  payload: "x",
  qos,
  messageId: 1,
  dup: false,
  retain: false,
});

describe("packetLength", () => {
  test.each<[string, number | undefined | "fault"]>([
    ["c000", 2],
    ["30", undefined],
    ["3080", undefined],
    ["308001", 131],
    ["30ffffff7f", 268_435_460],
    ["308080808001", "fault"],
  ])("%s", (hex, expected) => {
    const found = packetLength(bytes(hex), 0);
    expect(typeof found === "object" ? "fault" : found).toBe(expected);
  });
});

describe("inspect", () => {
  test.each<[string, Packet]>([
    ["QoS 0", publish("a/b", 0)],
    ["QoS 1", publish("a/b")],
    ["QoS 2", publish("ngã/bảy", 2)],
    ["SUBSCRIBE", { cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a/+/#", qos: 1 }] }],
    ["UNSUBSCRIBE", { cmd: "unsubscribe", messageId: 1, unsubscriptions: ["+", "#"] }],
    ["PUBACK", { cmd: "puback", messageId: 1 }],
    ["PUBREL", { cmd: "pubrel", messageId: 1 }],
    ["PINGREQ", { cmd: "pingreq" }],
    ["DISCONNECT", { cmd: "disconnect" }],
  ])("lets %s pass once connected, and nothing but CONNECT before", (_, packet) => {
    expect(inspect(generate(packet), false)).toBeUndefined();
    expect(inspect(generate(packet), true)).toEqual({ reason: "malformed" });
  });

  test.each<[string, string]>([
    ["a topic with a wildcard", "300400022b61"],
    ["an empty topic", "30020000"],
    ["a topic of the server's own", "300500032453 59".replace(" ", "")],
    ["a surrogate in a topic", "30070005746feda080"],
    ["QoS 3", "36060001610001ff"],
    ["DUP with QoS 0", "3804000161ff"],
    ["identifier 0", "32060001610000ff"],
    ["a topic longer than the packet", "300300ff61"],
    ["a filter with a wildcard in a name", "820600010002612b".concat("00").replace("8206", "8207")],
    ["SUBSCRIBE without a filter", "82020001"],
    ["PUBACK with excess", "4003000100"],
    ["a packet for clients", "20020000"],
    ["nothing but a header", "30"],
  ])("refuses %s", (_, hex) => {
    expect(inspect(bytes(hex), false)).toEqual({ reason: "malformed" });
  });

  test.each<[string, string, string, number | undefined]>([
    ["MQTT 5", "100d00044d5154540502000a000170", "protocol-version", 1],
    ["MQTT 3.1 under the new name", "100d00044d5154540302000a000170", "protocol-version", 1],
    ["an empty id with a session to keep", "100c00044d5154540400000a0000", "client-id", 2],
    ["an empty id under 3.1", "100e00064d51497364700302000a0000", "client-id", 2],
    ["another protocol", "100d000448545450" + "0402000a000170", "malformed", undefined],
    ["no flags", "100700044d51545404", "malformed", undefined],
    ["excess bytes", "100e00044d5154540402000a00017000", "malformed", undefined],
  ])("answers CONNECT with %s", (_, hex, reason, code) => {
    const fault = inspect(bytes(hex), true);
    expect(fault?.reason).toBe(reason);
    expect(fault?.reply?.[3]).toBe(code);
  });

  test("lets a bridge and an empty id with a clean session pass", () => {
    expect(inspect(bytes("100d00044d5154548402000a000170"), true)).toBeUndefined();
    expect(inspect(bytes("100c00044d5154540402000a0000"), true)).toBeUndefined();
  });

  test("survives every truncation of every packet", () => {
    const whole = generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: "id",
      keepalive: 1,
      username: "u",
      password: Buffer.from("p"),
      will: { topic: "t", payload: Buffer.from("w"), qos: 1, retain: true },
    });
    expect(inspect(whole, true)).toBeUndefined();
    for (let end = 1; end < whole.length; end++) {
      expect(inspect(whole.subarray(0, end), true)?.reason).toBe("malformed");
    }
  });
});
