import type { Point } from "@kenh/ingest";
import { check, limitsAt } from "../../../ingest/src/check.ts";
import { decode } from "../../../ingest/src/decode.ts";
import { encodeBatch } from "../../../ingest/src/stores/line-protocol.ts";
import { registryOf } from "../../support/registry.ts";
import type { Row } from "../goals.ts";
import { makeDevices, nextMessage, profile } from "../load.ts";
import type { Sizes } from "../sizes.ts";
import { compare, show } from "../statistics.ts";

const samples = 20;
const devices = 250;

/** From the bytes of a message to line protocol, in batches of 5,000 points, against JSON.parse of its text. */
export async function codec(sizes: Sizes): Promise<Row> {
  const made = makeDevices(devices);
  const registry = registryOf(...made.map(({ identity }) => ({ identity, profile })));
  const texts = made.map((device) => nextMessage(device, samples, Date.now()));
  const payloads = texts.map((text) => Buffer.from(text));
  const known = made.map(({ identity }) => {
    const device = registry.find(identity);
    if (!device) throw new Error(`${identity} is not registered`);
    return device;
  });
  const limits = limitsAt(Date.now() + 3_600_000);

  function pipeline(): string {
    const batch: Point[] = [];
    payloads.forEach((payload, at) => {
      const { value } = decode(payload) as { value: unknown };
      const device = known[at] ?? known[0];
      if (device) for (const point of check(value, device, 0, limits).samples) batch.push(point);
    });
    return encodeBatch(batch);
  }
  function parse(): void {
    for (const text of texts) JSON.parse(text);
  }
  if (pipeline().split("\n").length !== devices * samples) throw new Error("readings were refused");
  const prepare = () => undefined;
  const { subject, base, ratio } = await compare(
    { prepare, run: pipeline },
    { prepare, run: parse },
    sizes,
  );
  registry.close();
  const each = (seconds: number) => `${show((seconds / devices) * 1e6, 1)} us`;
  return { name: "codec", value: ratio, about: `${each(subject)} against ${each(base)} a message` };
}
