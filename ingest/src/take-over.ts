import { type Identity, type Report, topicOf } from "@kenh/schemas";
import type { Committer } from "./commit.ts";
import type { Judge } from "./judge.ts";
import type { Quarantine } from "./quarantine.ts";

type Aside = Extract<Report, { kind: "aside" }>;
type Mended = Extract<Report, { kind: "mended" }>;

/** Takes over what a unit's own station has set aside or mended; resolves when it is on disk. */
export interface TakeOvers {
  /** Keeps what was set aside there, for the reason that it had there; what is here already is a duplicate. */
  takeAside(device: Identity, station: string, report: Aside): Promise<void>;
  /** Takes an item out of quarantine that was judged anew there, and its good readings in. */
  takeMended(device: Identity, station: string, report: Mended): Promise<void>;
}

export function createTakeOvers(parts: {
  readonly quarantine: Pick<Quarantine, "ofOrigin">;
  readonly judge: Judge;
  readonly committer: Pick<Committer, "append">;
}): TakeOvers {
  const { quarantine, judge, committer } = parts;
  /** Items that are being taken out: a second report of one at the same time finds it gone. */
  const underWay = new Set<number>();
  return {
    takeAside(device, station, report) {
      const { item, agent, epoch, seq, reason, detail, readings, receivedAt } = report;
      const payload = Buffer.from(report.payload, report.encoding);
      const rejects = [{ reason, detail, readings, part: payload }];
      return committer.append({
        judged: { device, agent, epoch, seq, samples: [], good: 0, rejects },
        topic: topicOf(device, "telemetry"),
        ...{ payload, receivedAt, origin: originOf(station, item) },
      });
    },
    async takeMended(device, station, { item, agent, epoch, samples, receivedAt }) {
      const topic = topicOf(device, "telemetry");
      const payload = Buffer.from(JSON.stringify(samples));
      const found = quarantine.ofOrigin(originOf(station, item));
      const replayed = found && !underWay.has(found.id) ? found : undefined;
      const judged =
        samples.length > 0
          ? judge.judge(topic, payload, receivedAt)
          : { device, samples: [], good: 0, rejects: [] };
      if (replayed) underWay.add(replayed.id);
      try {
        await committer.append({
          judged: { ...judged, agent, epoch, seq: null },
          ...{ topic, payload, receivedAt },
          ...(replayed && { replayed }),
        });
      } finally {
        if (replayed) underWay.delete(replayed.id);
      }
    },
  };
}

const originOf = (station: string, item: number): string => `${station} ${item}`;
