import { type Accept, topicOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { absent, until } from "../../../test/support/counterpart.ts";
import { type TemporaryFolder, temporaryFolder } from "../../../test/support/folder.ts";
import { type Mosquitto, startMosquitto } from "../../../test/support/mosquitto.ts";
import { gauge, registryOf } from "../../../test/support/registry.ts";
import { openPipeline, type Pipeline } from "../pipeline.ts";
import { openSqlite } from "../stores/sqlite.ts";
import type { Store } from "../stores/store.ts";
import { type MqttDoor, openMqttDoor } from "./mqtt.ts";

const reason = absent("mosquitto");
const log = pino({ level: "silent" });
const topic = topicOf(gauge.identity, "telemetry");

describe.skipIf(reason)(`behind Mosquitto${reason ? ` (${reason})` : ""}`, () => {
  let folder: TemporaryFolder;
  let broker: Mosquitto;
  let store: Store;
  let pipeline: Pipeline;
  const doors: MqttDoor[] = [];
  beforeEach(async () => {
    folder = temporaryFolder();
    // Without these Mosquitto itself drops what an ingest that is away has not taken.
    broker = await startMosquitto(
      folder.path,
      [{}],
      ["max_inflight_messages 0", "max_queued_messages 0"],
    );
    store = openSqlite({ file: `${folder.path}/store.db` });
    pipeline = openPipeline({ folder: folder.path, registry: registryOf(gauge), store, log });
  });
  afterEach(async () => {
    await Promise.all(doors.splice(0).map((door) => door.close()));
    await pipeline.close();
    await store.close();
    await broker.stop();
    folder[Symbol.dispose]();
  });

  async function enter(accept: Accept, clientId = "ingest-1"): Promise<MqttDoor> {
    const config = { url: broker.url, username: undefined, password: undefined, caFile: undefined };
    const door = openMqttDoor(config, clientId, accept, () => {}, log);
    doors.push(door);
    await until(() => door.fault() === undefined, "the door to be open");
    return door;
  }
  async function publish(first: number, last: number): Promise<void> {
    const device = await mqtt.connectAsync(broker.url);
    const sent = [];
    for (let seq = first; seq <= last; seq++) {
      const samples = [{ ts: seq, values: { water_level_m: 1 } }];
      sent.push(
        device.publishAsync(topic, JSON.stringify({ v: 1, agent: "a", epoch: "e", seq, samples }), {
          qos: 1,
        }),
      );
    }
    await Promise.all(sent);
    await device.endAsync();
  }
  const total = () => pipeline.ledger.report().total;

  test("takes everything, acknowledged in bulk", async () => {
    await enter(pipeline.accept);
    await publish(1, 3000);
    await until(() => total().stored === 3000, "3000 readings stored");
    expect(total()).toEqual({
      received: 3000,
      stored: 3000,
      duplicate: 0,
      quarantined: 0,
      pending: 0,
    });
    expect(pipeline.ledger.report().epochs[0]?.missing).toEqual([]);
  });

  test("what was not accepted is not acknowledged: it comes again, and what came while away too", async () => {
    let taken = 0;
    const refusing = await enter(async () => {
      taken++;
      await new Promise(() => {});
    });
    await publish(1, 100);
    await until(() => taken === 100, "100 messages taken and none accepted");
    doors.length = 0;
    await refusing.close();
    await publish(101, 200);
    await enter(pipeline.accept);
    await until(() => total().stored === 200, "all 200 stored");
    expect(pipeline.ledger.report().epochs[0]?.missing).toEqual([]);
  });

  test("a refusal closes the connection, and the message comes again", async () => {
    let refusals = 3;
    await enter((arrival) =>
      refusals-- > 0 ? Promise.reject(new Error("no room")) : pipeline.accept(arrival),
    );
    await publish(1, 10);
    await until(() => total().stored === 10, "all 10 stored");
    expect(refusals).toBeLessThanOrEqual(0);
  });

  test("two ingests share the stream", async () => {
    const counts = [0, 0];
    for (const at of [0, 1]) {
      await enter((arrival) => {
        counts[at] = (counts[at] ?? 0) + 1;
        return pipeline.accept(arrival);
      }, `ingest-${at}`);
    }
    await publish(1, 200);
    await until(() => total().stored === 200, "all 200 stored");
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(200);
  });

  test("says so when the broker is gone, and returns with it", async () => {
    const door = await enter(pipeline.accept);
    await broker.stop();
    await until(() => door.fault(), "a fault");
    await expect(door.publish("a", "b")).rejects.toThrow();
  });
});
