import { channels, topicOf } from "@kenh/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login, publishPacket, type RawClient } from "../testing/raw-client.ts";
import { gauge, type Rig, startRig } from "../testing/rig.ts";

/** A device of the same form that was never there. */
const never = "82/29869/cau-cao-lanh/muc-nuoc-99";
const neighbour = "82/30000/cau-my-thuan/muc-nuoc-01";
/** Of the site of the gauge, and yet another's. */
const sibling = "82/29869/cau-cao-lanh/camera-01";

/** What other systems publish to; none of it is a topic of this broker. */
const thirdParty = [
  "application/1/device/0004a30b001c0530/event/up",
  "v3/app@tenant/devices/gw/up",
  "tele/plug/SENSOR",
  "shellies/relay/status",
  "zigbee2mqtt/sensor",
  "milesight/uplink/24e124",
  "axis/B8A44F/event/tns:axis",
  "frigate/events",
  "$SYS/broker/clients/connected",
];

/** Every filter that matches a topic: each level as it is or as a wildcard, and each beginning of it with `#` behind. */
function filtersOf(topic: string): string[] {
  let begun = [""];
  const whole: string[] = ["#"];
  for (const level of topic.split("/")) {
    begun = begun.flatMap((before) => [level, "+"].map((next) => `${before}${next}/`));
    whole.push(...begun.map((before) => `${before}#`));
  }
  const exact = begun.map((before) => before.slice(0, -1));
  return [...whole, ...exact].flatMap((filter) => [filter, `$share/g/${filter}`]);
}

type Credentials = { username: string; password: string };

let rig: Rig;
let clock = Date.now();
const outsiders: Record<string, Credentials> = {};
const token = (role: "reader" | "operator" | "engineer" | "admin", scope: string): Credentials => ({
  username: "token",
  password: rig.access.addToken(role, scope),
});

beforeAll(async () => {
  rig = await startRig({ now: () => clock, isRegistered: (identity) => identity !== never });
  await rig.account(gauge);
  const joining = async (name: string, sites: string[]) => ({
    username: name,
    password: await rig.access.addAccount(name, [neighbour], sites),
  });
  const stationOf = async (unit: string) => {
    const password = await rig.access.addAccount(unit, []);
    rig.access.bridges.add(unit, unit);
    return { username: unit, password };
  };
  Object.assign(outsiders, {
    "a device of another unit": await rig.account(neighbour),
    "a device of the same site": await rig.account(sibling),
    "an agent of several": await rig.account("82/29869/kenh/gw-01", sibling, neighbour),
    "a cabinet of another site": await joining("cabinet", ["82/29869/cho-cao-lanh"]),
    "another unit's own station": await stationOf("82/30000"),
    "the station of a unit that begins alike": await stationOf("82/2986"),
    "a unit that begins alike": token("admin", "82/2986"),
    "an agency of the unit": token("admin", "82/29869/to-khac"),
    "another agency": token("operator", "82/so-nnmt"),
    "another province": token("admin", "8"),
  });
  for (const role of ["reader", "operator", "engineer", "admin"] as const) {
    outsiders[`another unit's ${role}`] = token(role, "82/30000");
  }
});
afterAll(() => rig[Symbol.asyncDispose]());

const names = [
  "another unit's own station",
  "the station of a unit that begins alike",
  "an agency of the unit",
  "a device of another unit",
  "a device of the same site",
  "an agent of several",
  "a cabinet of another site",
  "a unit that begins alike",
  "another agency",
  "another province",
  ...["reader", "operator", "engineer", "admin"].map((role) => `another unit's ${role}`),
];
const enter = (name: string, options = {}) =>
  login(rig.port, outsiders[name] as Credentials, { clientId: name, ...options });

/** The answers of the broker to a SUBSCRIBE to all of these. */
async function granted(client: RawClient, filters: readonly string[]): Promise<unknown[]> {
  const subscriptions = filters.map((topic) => ({ topic, qos: 1 as const }));
  client.send({ cmd: "subscribe", messageId: 7, subscriptions });
  return (await client.hear("suback")).granted;
}

/** Whether a PUBLISH is taken; one that is not ends the connection [MQTT-3.3.5-2]. */
async function isTaken(name: string, topic: string): Promise<boolean> {
  const client = await enter(name);
  client.send(publishPacket(topic, '{"water_level_m":1}'));
  const taken = await Promise.race([
    client.hear("puback").then(
      () => true,
      () => false,
    ),
    client.end.then(() => false),
  ]);
  client.socket.destroy();
  return taken;
}

describe.each(names)("%s", (name) => {
  test("is granted no filter that matches a topic of the device, there or not", async () => {
    const client = await enter(name);
    for (const device of [gauge, never]) {
      for (const channel of channels) {
        const filters = filtersOf(topicOf(device, channel));
        const answers = await granted(client, filters);
        expect(filters.filter((_, at) => answers[at] !== 128)).toEqual([]);
      }
    }
    const foreign = [...new Set(thirdParty.flatMap((topic) => filtersOf(topic)))];
    const answers = await granted(client, foreign);
    expect(foreign.filter((_, at) => answers[at] !== 128)).toEqual([]);
    client.socket.destroy();
  });

  test("publishes to none of them, and leaves no last will there", async () => {
    const before = rig.arrivals.length;
    const ours = [gauge, never].flatMap((device) => channels.map((one) => topicOf(device, one)));
    for (const topic of [...ours, ...thirdParty]) {
      expect([topic, await isTaken(name, topic)]).toEqual([topic, false]);
      const will = { topic, payload: Buffer.from("x"), qos: 1 as const, retain: true };
      // To a name of the broker's own no packet is well formed.
      const refused = topic.startsWith("$") ? "ended" : "CONNACK 5";
      await expect(enter(name, { will })).rejects.toThrow(refused);
    }
    expect(rig.arrivals.length).toBe(before);
  });
});

test("who may not know of a device hears nothing of it, kept or new, by the widest filter it is granted", async () => {
  const insider = await login(rig.port, token("reader", "82/29869"), { clientId: "insider" });
  const outsider = await login(rig.port, token("admin", "82/30000"), { clientId: "outsider" });
  const late = token("admin", "82/30000");
  expect(await granted(insider, ["kenh/v1/82/29869/#"])).toEqual([1]);
  expect(await granted(outsider, ["kenh/v1/82/30000/#"])).toEqual([1]);
  for (const channel of channels) {
    await rig.broker.publish(topicOf(gauge, channel), "{}", { retain: true });
    const heard = await insider.hear("publish");
    expect(heard.topic).toBe(topicOf(gauge, channel));
  }
  const joined = await login(rig.port, late, { clientId: "late" });
  expect(await granted(joined, ["kenh/v1/82/30000/#"])).toEqual([1]);
  await rig.broker.publish(topicOf(neighbour, "alarm"), "{}", { retain: false });
  for (const client of [outsider, joined]) {
    expect((await client.hear("publish")).topic).toBe(topicOf(neighbour, "alarm"));
    expect(client.packets.filter(({ cmd }) => cmd === "publish")).toHaveLength(1);
    client.socket.destroy();
  }
  insider.socket.destroy();
});

test("nobody, a wrong token, a removed and an expired one are turned away alike", async () => {
  const removed = token("admin", "*");
  const [last] = rig.access.tokens().filter(({ scope }) => scope === "*");
  rig.access.removeToken(last?.id ?? "");
  const expired = rig.access.addToken("admin", "*", { expiresAt: clock });
  for (const credentials of [
    { username: "", password: "" },
    { username: "token", password: "" },
    { username: "token", password: "wrong" },
    removed,
    { username: "token", password: expired },
    { username: gauge, password: "wrong" },
    { username: never, password: "wrong" },
    { username: "$SYS", password: "wrong" },
  ]) {
    await expect(login(rig.port, credentials)).rejects.toThrow("CONNACK 4");
  }
  const nobody = {} as Credentials;
  await expect(login(rig.port, nobody)).rejects.toThrow("CONNACK 5");
});

test("a token that comes to its end while its holder listens ends the connection", async () => {
  const timed = rig.access.addToken("reader", "82", { expiresAt: clock + 60_000 });
  const listening = await login(
    rig.port,
    { username: "token", password: timed },
    { clientId: "timed" },
  );
  const stays = await login(rig.port, token("reader", "82"), { clientId: "stays" });
  clock += 60_000;
  await listening.end;
  expect(await rig.metric("cuts_total", { reason: "expired" })).toBe(1);
  stays.send({ cmd: "pingreq" });
  await stays.hear("pingresp");
  stays.socket.destroy();
});

test("whoever has an account after somebody else inherits neither filters nor what was kept for them", async () => {
  const agent = "82/29869/kenh/gw-02";
  const kept = { clientId: "agent", clean: false };
  const first = await login(rig.port, await rig.account(agent, sibling), kept);
  expect(await granted(first, [`kenh/v1/${sibling}/alarm`])).toEqual([1]);
  first.socket.destroy();
  await first.end;
  await rig.broker.publish(topicOf(sibling, "alarm"), "{}", { retain: false });
  const second = await login(rig.port, await rig.account(agent), kept);
  await rig.broker.publish(topicOf(sibling, "alarm"), "{}", { retain: false });
  expect(await granted(second, [`kenh/v1/${agent}/alarm`])).toEqual([1]);
  await rig.broker.publish(topicOf(agent, "alarm"), "{}", { retain: false });
  expect((await second.hear("publish")).topic).toBe(topicOf(agent, "alarm"));
  expect(second.packets.filter(({ cmd }) => cmd === "publish")).toHaveLength(1);
  second.socket.destroy();
});
