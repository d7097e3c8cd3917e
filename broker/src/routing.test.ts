import { Aedes } from "aedes";
import { expect, test } from "vitest";
import { type Router, skipWhileNobodyListens } from "./routing.ts";

test("a publish reaches whoever has subscribed, and is done at once while nobody has", async () => {
  const aedes = await Aedes.createBroker();
  const router = aedes as unknown as Router;
  let away = false;
  skipWhileNobodyListens(router, () => away);
  const heard: string[] = [];
  const routed: string[] = [];
  aedes.on("publish", ({ topic }) => routed.push(topic));
  const listener = (name: string) => (packet: object, done: () => void) => {
    heard.push(`${name} ${(packet as { topic: string }).topic}`);
    done();
  };
  const [a, b] = [listener("a"), listener("b")];
  const { mq } = router;
  const packet = (topic: string) => ({ cmd: "publish", qos: 1, topic, payload: Buffer.from("1") });
  const publish = (topic: string, retain = false) =>
    new Promise<void>((resolve) => router.publish({ ...packet(topic), retain }, () => resolve()));
  const remove = (topic: string, one: typeof a) =>
    new Promise<void>((resolve) => mq.removeListener(topic, one, resolve));

  await publish("x/1");
  await remove("x/+", a); // it was not there: what comes later is counted all the same
  mq.on("x/+", a);
  mq.on("x/+", a);
  mq.on("x/#", b);
  await publish("x/2");
  await remove("x/+", a);
  await publish("x/3");
  await remove("x/#", b);
  await publish("x/4");
  await remove("x/+", a);
  await publish("x/5");
  const at = (topic: string) => heard.filter((one) => one.endsWith(topic)).sort();
  expect(at("x/1")).toEqual([]);
  expect(at("x/2")).toEqual(["a x/2", "a x/2", "b x/2"]);
  expect(at("x/3")).toEqual(["a x/3", "b x/3"]);
  expect(at("x/4")).toEqual(["a x/4"]);
  expect(at("x/5")).toEqual([]);
  expect(routed).toEqual(["x/2", "x/3", "x/4"]);

  // Somebody who is away, or comes later, is to find it.
  away = true;
  await publish("x/6");
  away = false;
  await publish("x/7", true);
  expect(routed.slice(3)).toEqual(["x/6", "x/7"]);
  await new Promise<void>((resolve) => aedes.close(resolve));
});
