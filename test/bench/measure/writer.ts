import { Agent } from "node:http";
import type { Point } from "@kenh/ingest";
import { encodeBatch } from "../../../ingest/src/stores/line-protocol.ts";
import { openLineWriter } from "../../../ingest/src/stores/line-writer.ts";
import type { Row } from "../goals.ts";
import { makeDevices, nextPoints } from "../load.ts";
import { postBody } from "../post.ts";
import type { Rig } from "../rig.ts";
import type { Sizes } from "../sizes.ts";
import { compare, show } from "../statistics.ts";

const bodyPoints = 5000;

/** The writer of the InfluxDB store against Node's own client, with the same encoded body. What encoding costs is part of another row. */
export async function writer(rig: Rig, sizes: Sizes): Promise<Row> {
  const devices = makeDevices(bodyPoints);
  const agent = new Agent({ keepAlive: true });
  const { origin, pathname, search } = new URL(rig.writeUrl);
  const lines = openLineWriter({ url: origin, path: pathname + search, timeoutMs: 15_000 });
  const prepare = () => {
    const points: Point[] = devices.flatMap((device) => nextPoints(device, 1, Date.now()));
    return encodeBatch(points);
  };
  const { subject, base, ratio } = await compare(
    { prepare, run: (body) => lines.write(body) },
    { prepare, run: (body) => postBody(rig.writeUrl, Buffer.from(body), agent) },
    sizes,
  );
  lines.close();
  agent.destroy();
  const each = (seconds: number) => `${show((seconds / bodyPoints) * 1e6)} us`;
  return { name: "writer", value: ratio, about: `${each(subject)} against ${each(base)} a point` };
}
