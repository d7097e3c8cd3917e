import { join } from "node:path";
import { topicOf } from "@kenh/schemas";
import { openAccess } from "@kenh/schemas/node";
import pino from "pino";
import { expect, test, vi } from "vitest";
import { freePort } from "../../test/support/counterpart.ts";
import { temporaryFolder } from "../../test/support/folder.ts";
import { login, publishPacket } from "../testing/raw-client.ts";
import { gauge } from "../testing/rig.ts";
import { configSchema } from "./config.ts";
import { runBroker } from "./main.ts";

test("alone it says where it is, hands telemetry on, shows its metrics, and stops at the signal", async () => {
  using folder = temporaryFolder();
  const access = openAccess(join(folder.path, "access.db"));
  const password = await access.addAccount(gauge, [gauge]);
  const token = access.addToken("reader", "*");
  const [port, metricsPort] = [await freePort(), await freePort()];
  const stopping = new AbortController();
  const { promise: printed, resolve: print } = Promise.withResolvers<string>();
  const stdout = vi.spyOn(process.stdout, "write").mockImplementationOnce((line) => {
    print(String(line));
    return true;
  });
  const running = runBroker(
    { config: configSchema.parse({ port, metricsPort }), access, log: pino({ level: "silent" }) },
    stopping.signal,
  );
  expect(JSON.parse(await printed)).toEqual({ ready: true, mqtt: `mqtt://127.0.0.1:${port}` });
  stdout.mockRestore();
  const reader = await login(port, { username: "token", password: token }, { clientId: "ingest" });
  const topic = "kenh/v1/+/+/+/+/telemetry";
  reader.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 1 }] });
  await reader.hear("suback");
  const device = await login(port, { username: gauge, password });
  device.send(publishPacket(topicOf(gauge, "telemetry"), "1"));
  await device.hear("puback");
  expect(String((await reader.hear("publish")).payload)).toBe("1");
  const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  expect(await metrics.text()).toContain('kenh_broker_publishes_total{channel="telemetry"} 1');
  expect((await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).status).toBe(200);
  stopping.abort();
  await running;
  await device.end;
  await expect(fetch(`http://127.0.0.1:${metricsPort}/healthz`)).rejects.toThrow();
  access.close();
});
