import { cpSync } from "node:fs";
import { join } from "node:path";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { startStation } from "../support/station.ts";

const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";

test("a copy of a stopped station's folder carries on: its books, its accounts, and what came later is missing by number", async () => {
  using folder = temporaryFolder("backup-from");
  using copy = temporaryFolder("backup-to");
  const publish = async (url: string, password: string, seqs: readonly number[]) => {
    const client = await mqtt.connectAsync(url, { username: gauge, password });
    for (const seq of seqs) {
      const samples = [
        { ts: 1_790_000_000_000 + seq * 60_000, values: { water_level_m: 1 + seq / 100 } },
      ];
      const message = { v: 1, agent: "gw", epoch: "e1", seq, samples };
      await client.publishAsync(`kenh/v1/${gauge}/telemetry`, JSON.stringify(message), { qos: 1 });
    }
    await client.endAsync();
  };

  await using first = await startStation({ folder });
  const password = await first.addDevice(gauge, "generic-water");
  await publish(first.mqtt, password, [1, 2, 3]);
  const before = await first.settled();
  await first.stop();
  cpSync(folder.path, join(copy.path, "data"), { recursive: true });

  // What comes after the copy was made, and that senders forget with its PUBACK.
  await using later = await startStation({ folder });
  await publish(later.mqtt, password, [4, 5]);
  await later.stop();

  await using restored = await startStation({ folder: { ...copy, path: join(copy.path, "data") } });
  expect((await restored.ledger(gauge)).epochs).toEqual(before.epochs);
  await publish(restored.mqtt, password, [6]);
  const { epochs } = await restored.settled();
  expect(epochs.find(({ device }) => device === gauge)).toMatchObject({
    epoch: "e1",
    stored: 4,
    missing: [[4, 5]],
  });
});
