import { connect } from "node:net";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { rawClient } from "../testing/raw-client.ts";
import { gauge, startRig } from "../testing/rig.ts";
import { protocolLevel } from "./hear.ts";

test("a peer that sends its first bytes one by one is heard all the same", async () => {
  await using rig = await startRig();
  const { username, password } = await rig.account(gauge);
  const client = rawClient(connect(rig.port, "127.0.0.1"));
  const bytes = generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId: "a",
    clean: true,
    keepalive: 0,
    username,
    password: Buffer.from(password),
  });
  for (const byte of bytes) client.socket.write(Buffer.from([byte]));
  expect((await client.hear("connack")).returnCode).toBe(0);
});

test.each([
  ["nothing yet", "", undefined],
  ["no CONNECT", "c000", 0],
  ["half a CONNECT", "10100004", undefined],
  ["a CONNECT that ends too early", "10020004", 0],
  ["a CONNECT with flags in its type", "1f0d00044d5154540502000a000170", 0],
  ["a length of five bytes", "10ffffffffff", 0],
  ["3.1.1", "100c00044d51545404020000", 4],
  ["5", "100d00044d5154540502000000", 5],
  ["3.1", "100e00064d514973647003020000", 0],
  ["a long one of 5", "10ff0100044d51545405", 5],
  ["one too long to be let in, before the rest has come", "10ffff0700044d51545404", 4],
])("the version of %s", (_, hex, level) => {
  expect(protocolLevel(Buffer.from(hex, "hex"))).toBe(level);
});
