import type { Clock, Identity } from "@kenh/schemas";
import { dayMs, dayOf } from "../derive/spans.ts";
import { compare, inOrder } from "../destinations/history.ts";
import type { Registry } from "../registry.ts";
import type { Store } from "../stores/store.ts";
import { type Gone, placeOf } from "./gone.ts";
import type { Marks } from "./marks.ts";
import { allHours } from "./parts.ts";

export interface SurveyParts {
  readonly marks: Marks;
  readonly gone: Gone;
  readonly registry: Pick<Registry, "all">;
  readonly store: Pick<Store, "oldest">;
  readonly now: Clock;
  /** No more is marked while so many days of devices wait. */
  readonly most: number;
}

/** Marks what stood in the store before the roll-ups began, device by device; after a stop it goes on where it was. */
export interface Survey {
  /** Marks as much as there is room for. @throws Error when the store does not answer */
  step(): Promise<void>;
  /** Whether the history of a device is marked. */
  covers(device: Identity): boolean;
  readonly isDone: boolean;
  /** All history is to be rolled up again. */
  restart(): void;
}

const [cursorKey, endKey] = ["survey", "survey-done"];

export function createSurvey({ marks, gone, registry, store, now, most }: SurveyParts): Survey {
  let isDone = marks.state(endKey) !== undefined;

  return {
    async step() {
      if (isDone || marks.size >= most) return;
      const oldest = await store.oldest();
      // Nothing yet, or not yet to be seen: it is asked again.
      if (oldest === undefined) return;
      for (const { identity, series } of inOrder(registry.all())) {
        if (compare(identity, marks.state(cursorKey) ?? "") <= 0) continue;
        if (marks.size >= most) return;
        const first = dayOf(Math.max(oldest, gone.before(placeOf(series))));
        for (let day = first; day <= now(); day += dayMs) marks.touch(identity, day, allHours, 0);
        // Its marks first: what is said to be marked has to be.
        marks.checkpoint(marks.durablePosition);
        marks.setState(cursorKey, identity);
      }
      isDone = true;
      marks.setState(endKey, String(now()));
    },
    covers: (device) => isDone || compare(device, (marks.state(cursorKey) ?? "") as Identity) <= 0,
    get isDone() {
      return isDone;
    },
    restart() {
      isDone = false;
      marks.clearState(cursorKey, endKey);
    },
  };
}
