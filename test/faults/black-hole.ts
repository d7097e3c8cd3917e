import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../support/counterpart.ts";
import {
  type Direction,
  noNetworkNamespace,
  openNetworkNamespace,
} from "../support/network-namespace.ts";
import { briskly, prepareAgent } from "./agent.ts";
import { recordLevels, replayOf } from "./record.ts";
import { makeRig, place } from "./rig.ts";
import type { Scale, Scenario } from "./scenario.ts";
import { compare } from "./stored.ts";

const gauge = `${place}/sau-duong-xau`;
const gateway = `${place}/gw-02`;
const rowEveryMs = 50;
const endOfFile = "the source has come to its end";

interface Plan {
  readonly rows: number;
  /** What disappears, one after the other. */
  readonly holes: readonly Direction[];
  readonly holeMs: number;
  readonly publish: Readonly<Record<string, number>>;
}
const plans: Record<Scale, Plan> = {
  bounded: {
    rows: 300,
    holes: ["both", "to-inside"],
    holeMs: 4000,
    publish: { ...briskly, pubackTimeoutMs: 1500, connectTimeoutMs: 1500, keepaliveMs: 1000 },
  },
  // As it is shipped, but for the patience of a person who waits for the table.
  full: {
    rows: 4800,
    holes: ["both", "to-inside", "to-outside"],
    holeMs: 60_000,
    publish: { backoffMaxMs: 5000 },
  },
};

/**
 * Packets between agent and broker are dropped, without FIN or RST, while a gauge is read twenty
 * times a second. The agent notices by the missing PUBACK, comes back, and what it read from the
 * first instant of the hole is stored.
 */
export const blackHole: Scenario = {
  name: "black-holed link between agent and broker",
  absent: noNetworkNamespace,
  async run(scale, say) {
    const plan = plans[scale];
    using network = openNetworkNamespace();
    await using rig = await makeRig({ store: "sqlite", host: network.outsideAddress });
    const { station } = rig;
    const account = await station.admit(gateway, [gauge]);
    const rows = recordLevels(join(rig.folder, "gauge.csv"), plan.rows, rowEveryMs);
    await using agent = prepareAgent({
      folder: join(rig.folder, "agent"),
      identity: gateway,
      account,
      url: `mqtt://${network.outsideAddress}:${station.mqttPort}`,
      prefix: network.prefix,
      config: {
        publish: plan.publish,
        batch: { maxSamples: 4, maxAgeMs: 200 },
        drivers: [replayOf(gauge, join(rig.folder, "gauge.csv"), 1)],
      },
    });
    await station.start();
    agent.start();
    const stored = async (): Promise<number> => (await station.ledger()).total.stored;
    const connections = (): number => agent.log().split('"msg":"connected"').length - 1;
    await until(async () => (await stored()) > 0, "the first stored readings");
    for (const direction of plan.holes) {
      const before = connections();
      network.blackHole(direction);
      await pause(plan.holeMs);
      const inHole = await stored();
      network.heal();
      await until(() => connections() > before, `a new connection after ${direction}`, 120_000);
      // Where the way back took longer than the file lasts, there may be nothing more to come.
      const isOver = () => agent.said(endOfFile) && agent.waiting() === 0;
      await until(
        async () => (await stored()) > inHole || isOver(),
        "readings after the hole",
        60_000,
      );
      say(`${direction}: back after ${plan.holeMs} ms without packets`);
    }
    assert.match(
      agent.log(),
      /no PUBACK within|[Kk]eepalive/,
      "the agent says why it gave the link up",
    );
    await until(
      () => agent.said(endOfFile),
      "the end of the file",
      plan.rows * rowEveryMs + 60_000,
    );
    await until(() => agent.waiting() === 0, "the agent's outbox to be empty", 120_000);
    await agent.stop();
    const result = await rig.count(plan.holes.length);
    const { expected, ...difference } = compare(rows, await rig.stored(gauge, ["water_level_m"]));
    const ledger = await station.ledger();
    assert.equal(ledger.total.stored, expected, "the books have each reading once");
    return { ...result, ...difference, accepted: expected };
  },
};
