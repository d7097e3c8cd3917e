import { expect, test } from "vitest";
import { configSchema } from "./config.ts";

test("nothing written listens on loopback alone, for MQTT alone", () => {
  const config = configSchema.parse({});
  expect([config.host, config.port, config.tls, config.ws, config.wss]).toEqual([
    "127.0.0.1",
    1883,
    undefined,
    undefined,
    undefined,
  ]);
  expect(configSchema.parse({ ws: {} }).ws?.host).toBe("127.0.0.1");
});

test.each<[string, object]>([
  ["a word that is none", { prot: 1883 }],
  ["TLS without a key", { tls: { certFile: "a.pem" } }],
  ["a limit of nothing", { limits: { connections: 0 } }],
  ["anonymous clients", { anonymous: true }],
  ["another version", { version: 2 }],
])("%s is refused", (_, written) => {
  expect(configSchema.safeParse(written).success).toBe(false);
});
