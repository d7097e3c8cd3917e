import { join } from "node:path";
import type { Arrival, Identity } from "@kenh/schemas";
import { type Access, openAccess } from "@kenh/schemas/node";
import pino from "pino";
import { Registry } from "prom-client";
import type * as z from "zod";
import { temporaryFolder } from "../../test/support/folder.ts";
import { type Broker, type BrokerOptions, createBroker } from "../src/broker.ts";
import { configSchema } from "../src/config.ts";
import type { Addresses } from "../src/listeners.ts";

export const gauge = "82/29869/cau-cao-lanh/muc-nuoc-01";
export const otherGauge = "82/29869/cau-cao-lanh/muc-nuoc-02";

/** A real broker on free ports with a folder of its own, and what came to its ingest. */
export interface Rig extends AsyncDisposable {
  readonly broker: Broker;
  readonly access: Access;
  readonly addresses: Addresses;
  readonly port: number;
  readonly arrivals: Arrival[];
  readonly statuses: { identity: Identity; payload: string }[];
  /** Makes an account that publishes for `identities`, under the name of the first. */
  account(...identities: Identity[]): Promise<{ username: string; password: string }>;
  /** The value of `kenh_broker_<name>`, summed over the label values that match. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

/** Starts it; `accept` comes after the arrival is noted. */
export async function startRig(
  options: {
    config?: z.input<typeof configSchema>;
  } & Partial<Pick<BrokerOptions, "accept" | "now" | "isRegistered" | "isFull">> = {},
): Promise<Rig> {
  const folder = temporaryFolder("kenh-broker");
  const access = openAccess(join(folder.path, "access.sqlite"), options.now);
  const metrics = new Registry();
  const arrivals: Arrival[] = [];
  const statuses: Rig["statuses"] = [];
  const broker = createBroker({
    config: configSchema.parse({ port: 0, reloadMs: 20, ...options.config }),
    access,
    accept: async (arrival) => {
      arrivals.push(arrival);
      await options.accept?.(arrival);
    },
    onStatus: (identity, payload) =>
      statuses.push({ identity, payload: Buffer.from(payload).toString() }),
    metrics,
    log: pino({ level: "silent" }),
    now: options.now ?? Date.now,
    ...(options.isFull && { isFull: options.isFull }),
    ...(options.isRegistered && { isRegistered: options.isRegistered }),
  });
  const addresses = await broker.start();
  return {
    broker,
    access,
    addresses,
    port: Number(new URL(addresses.mqtt).port),
    arrivals,
    statuses,
    async account(...identities) {
      const username = identities[0] ?? "";
      return { username, password: await access.addAccount(username, identities) };
    },
    async metric(name, labels = {}) {
      const found = await metrics.getSingleMetric(`kenh_broker_${name}`)?.get();
      if (!found) throw new Error(`there is no metric kenh_broker_${name}`);
      return found.values
        .filter((value) =>
          Object.entries(labels).every(
            ([label, wanted]) =>
              String((value.labels as Record<string, unknown>)[label]) === wanted,
          ),
        )
        .reduce((sum, { value }) => sum + value, 0);
    },
    async [Symbol.asyncDispose]() {
      await broker.stop();
      access.close();
      folder[Symbol.dispose]();
    },
  };
}
