import type { Clock } from "@kenh/schemas";
import type { Committer } from "./commit.ts";
import type { Judge } from "./judge.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Waiting } from "./waiting.ts";

/** Another try for what was set aside. */
export interface Replays {
  /** Judges an item of the quarantine anew, by today's registry; what is good now goes to the store. */
  replay(id: number): Promise<"replayed" | "refused" | "unknown">;
  /**
   * Judges anew all that waits for a device that is registered by now, in the order in which it came;
   * what still can't be stored is set aside for its true reason.
   * @returns how many messages there were
   */
  replayWaiting(of: Pick<Waiting, "device" | "topic">): Promise<number>;
}

/** Items of one commit: its bytes are few thousand times some hundred. */
const atOnce = 500;

export function createReplays(parts: {
  readonly quarantine: Quarantine;
  readonly judge: Judge;
  readonly committer: Pick<Committer, "append">;
  readonly now: Clock;
}): Replays {
  const { quarantine, judge, committer, now } = parts;
  /** Items under another try: a second one at the same time would count them twice. */
  const underWay = new Set<number>();

  /** @param whatever also what can't be stored: it is set aside anew, for the reason of today */
  async function replay(
    id: number,
    whatever: boolean,
  ): Promise<"replayed" | "refused" | "unknown"> {
    const item = underWay.has(id) ? undefined : quarantine.whole(id);
    if (!item) return "unknown";
    const { topic, payload, receivedAt, readings, reason } = item;
    // What was not judged when it came is judged by the clock of then: waiting makes no time true.
    const heardAt = reason === "unknown-device" ? receivedAt : now();
    const judged = judge.judge(topic, payload, receivedAt, heardAt);
    const stillUnknown = judged.rejects.some((one) => one.reason === "unknown-device");
    if (judged.good === 0 && (stillUnknown || !whatever)) return "refused";
    underWay.add(id);
    try {
      await committer.append({
        judged: { ...judged, epoch: item.epoch, seq: null },
        topic,
        payload,
        receivedAt,
        replayed: { id, readings },
      });
    } finally {
      underWay.delete(id);
    }
    return "replayed";
  }

  return {
    replay: (id) => replay(id, false),
    async replayWaiting(of) {
      let [count, after] = [0, 0];
      for (;;) {
        const ids = quarantine.waiting.ids(of, after, atOnce);
        if (ids.length === 0) return count;
        const results = await Promise.all(ids.map((id) => replay(id, true)));
        count += results.filter((result) => result === "replayed").length;
        after = ids.at(-1) ?? after;
      }
    },
  };
}
