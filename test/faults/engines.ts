import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Alarm } from "@kenh/schemas";
import { filterOf } from "@kenh/schemas";
import mqtt from "mqtt";
import { seededRandom } from "../../edge-agent/src/drivers/simulate/random.ts";
import { absent, until } from "../support/counterpart.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startInfluxd } from "../support/influxd.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import {
  devices,
  differences,
  gateway,
  lineOf,
  rulesOfStorm,
  startSending,
  stormOf,
  undisturbed,
} from "./alarm-storm.ts";
import type { Result, Scale, Scenario } from "./scenario.ts";
import { prepareStation, type Station } from "./station.ts";
import { influxDatabase } from "./stored.ts";

interface Size {
  readonly readings: number;
  readonly kills: number;
}
const sizes: Record<Scale, Size> = {
  bounded: { readings: 240, kills: 1 },
  full: { readings: 4000, kills: 60 },
};

/** One that is frozen never answers: its operator's screen asks the other one. */
const askMs = 5000;
const mostTries = 600;

/** What an engine says of itself on `/metrics`, with nobody's token. */
const leads = (engine: Station): Promise<boolean> =>
  engine.metric("kenh_engine_leads").then(
    (value) => value === 1,
    () => false,
  );

/** Two engines of alarms behind a Mosquitto, of which the one that leads is killed again and again. */
async function failOver({ readings: count, kills }: Size, say: (line: string) => void) {
  using folder = temporaryFolder("kenh-engines");
  const influxd = await startInfluxd();
  const broker = await startMosquitto(
    folder.path,
    [{}],
    ["max_inflight_messages 0", "max_queued_messages 0"],
  );
  const env = {
    KENH_LOG: "info",
    KENH_BROKER_URL: broker.url,
    KENH_STORE: "influxdb",
    KENH_INFLUX_URL: influxd.url,
    KENH_INFLUX_VERSION: "1",
    KENH_INFLUX_BUCKET: influxDatabase,
  };
  const engines = await Promise.all(
    ["a", "b"].map((name) => {
      const dataDir = join(folder.path, name);
      mkdirSync(join(dataDir, "rules"), { recursive: true });
      writeFileSync(join(dataDir, "rules", "storm.yaml"), rulesOfStorm());
      return prepareStation({ dataDir, env, command: ["ingest", "--alarms", "only"] });
    }),
  );
  const [first, second] = engines as [Station, Station];
  const other = (one: Station): Station => (one === first ? second : first);
  await first.admit(gateway, devices);
  const readings = stormOf(count, Date.now() - 3_600_000);
  const expected = undisturbed(readings, first.dataDir, folder.path);
  const transitions = [...expected.values()].flat();
  const random = seededRandom(11);
  const times: number[] = [];
  const watcher = await mqtt.connectAsync(broker.url);
  /** Each transition as it was announced on the alarm topics, in order. */
  const announced: string[] = [];
  watcher.on("message", (_topic, payload) => {
    const { id, version } = JSON.parse(payload.toString()) as Alarm;
    announced.push(`${id} ${version}`);
  });
  await watcher.subscribeAsync(filterOf("alarm"), { qos: 1 });

  /** Its token is the first one's: what a standby has is a copy. */
  async function ask<T>(engine: Station, path: string, body?: unknown, key?: string): Promise<T> {
    const answer = await fetch(engine.http + path, {
      headers: {
        authorization: `Bearer ${first.token}`,
        "content-type": "application/json",
        ...(key !== undefined && { "idempotency-key": encodeURIComponent(key) }),
      },
      signal: AbortSignal.timeout(askMs),
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  /** As an operator's screen does: the same call, with the same key, to whoever answers. */
  async function sayUntilAnswered(
    from: readonly Station[],
    { id, version }: Alarm,
    comment: string,
  ): Promise<void> {
    for (let at = 0; at < mostTries; at++) {
      const body = { comment, version };
      const engine = from[at % from.length] as Station;
      try {
        await ask(engine, `/api/v1/alarms/${id}/comment`, body, comment);
        return;
      } catch {
        await pause(50);
      }
    }
    throw new Error(`nobody took the comment ${comment}`);
  }
  const inSync = (engine: Station) =>
    until(
      async () => (await engine.metric("kenh_engine_standbys_in_sync").catch(() => 0)) === 1,
      `a standby in sync; the engines' last words: ${engines.map((one) => one.log().slice(-1500)).join("\n")}`,
    );

  try {
    await first.start();
    await until(() => leads(first), "the first engine to lead");
    await second.start();
    await inSync(first);
    const sender = startSending(broker.url, undefined, readings);
    let leader = first;
    const commented = new Map<string, string>();
    for (let kill = 0; kill < kills; kill++) {
      const upTo = Math.ceil((readings.length * (kill + 1)) / (kills + 1));
      sender.allow(upTo);
      await until(() => announced.length > kill, "alarms to be announced");
      // What an operator was told is done stands, whoever leads afterwards.
      const { alarms } = await ask<{ alarms: Alarm[] }>(leader, "/api/v1/alarms");
      // On one that is over: a line by the clock would date what is judged of one that is not.
      const alarm = alarms.find(({ id, state }) => state === "normal" && !commented.has(id));
      const next = other(leader);
      const comment = `lần ${kill}`;
      const done = alarm && sayUntilAnswered([leader, next], alarm, comment);
      done?.catch(() => undefined);
      if (alarm) commented.set(alarm.id, comment);
      await pause(random() * 300);
      const killedAt = performance.now();
      // Now and then it is not dead, and does not know that the broker has given it up.
      const frozen = kill % 3 === 1 ? leader.pid : undefined;
      if (frozen === undefined) await leader.kill();
      else process.kill(frozen, "SIGSTOP");
      await until(() => leads(next), `the standby to take over: ${next.log().slice(-2500)}`);
      times.push((await next.metric("kenh_engine_take_over_seconds")) * 1000);
      say(`kill ${kill + 1}: ${Math.round(performance.now() - killedAt)} ms until seen to lead`);
      await done;
      if (frozen === undefined) await leader.start();
      else process.kill(frozen, "SIGCONT");
      const before = leader;
      leader = next;
      await inSync(leader);
      if (kill % 3 !== 2) continue;
      // A standby that goes holds nothing up for long, and comes back.
      await before.kill();
      await before.start();
      await inSync(leader);
    }
    sender.allow(readings.length);
    await sender.done;
    const judged = async (): Promise<Map<string, string[]>> => {
      const found = new Map<string, string[]>();
      for (const id of expected.keys()) {
        const alarm = await ask<Alarm>(leader, `/api/v1/alarms/${id}`).catch(() => undefined);
        const lines = alarm?.history.filter(({ event }) => event !== "comment") ?? [];
        found.set(id, alarm ? lines.map((line) => lineOf(alarm, line)) : []);
        const kept = alarm?.history.filter(({ event }) => event === "comment") ?? [];
        const wanted = commented.get(id);
        if (wanted && kept.filter((line) => line.comment === wanted).length !== 1)
          throw new Error(`the comment ${wanted} on ${id} stands ${kept.length} times`);
      }
      return found;
    };
    const found = await until(async () => {
      const now = await judged();
      return [...now.values()].flat().length >= transitions.length ? now : undefined;
    }, `${transitions.length} transitions`);
    const { revision } = await ask<{ revision: number }>(leader, "/api/v1/alarms");
    await until(() => announced.length >= revision, `${revision} transitions announced`);
    const result = differences(expected, found);
    const twice = announced.length - new Set(announced).size;
    const books = result.ordered ? [] : ["the lines of an alarm stand in another order"];
    if (announced.length !== revision)
      books.push(`${revision} transitions, ${announced.length} announced`);
    const versions = new Map<string, number>();
    for (const one of announced) {
      const [id = "", version = ""] = one.split(" ");
      if (Number(version) <= (versions.get(id) ?? 0)) books.push(`${id} was announced in disorder`);
      versions.set(id, Number(version));
    }
    times.sort((a, b) => a - b);
    const middle = times[Math.floor(times.length / 2)] ?? 0;
    say(
      `${revision} transitions, ${commented.size} comments, ${kills} kills; took over in ${Math.round(middle)} ms (median), ${Math.round(times.at(-1) ?? 0)} ms at most`,
    );
    return {
      faults: kills,
      accepted: revision,
      looks: announced.length,
      missing: result.missing,
      doubled: result.doubled + twice,
      invented: result.invented,
      books,
    };
  } finally {
    await watcher.endAsync(true);
    await Promise.all(engines.map((engine) => engine.kill()));
    await broker.stop();
    await influxd.dispose();
  }
}

/** kill -9 of the engine that leads: the standby goes on as if nothing had been. */
export const engineFailover: Scenario = {
  name: "failover of the alarm engine",
  absent: () => absent("mosquitto") ?? absent("influxd", "influxdb"),
  run: (scale, say): Promise<Result> => failOver(sizes[scale], say),
};
