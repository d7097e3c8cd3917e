import { describe, expect, test } from "vitest";
import { scenarios } from "./scenarios.ts";

/** Of all together: a scenario that hangs says itself what it waits for. */
const timeoutMs = 400_000;
/** They wait for processes most of the time: two at once keep two cores busy, more make them late. */
const lanes = 2;

let free = lanes;
const queue: (() => void)[] = [];

/** Runs `work` when one of the lanes is free. */
async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => queue.push(resolve));
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else free += 1;
  }
}

describe.concurrent("nothing that was accepted is lost", { timeout: timeoutMs }, () => {
  for (const scenario of scenarios) {
    const reason = scenario.absent();
    test.skipIf(reason)(`${scenario.name}${reason ? ` (${reason})` : ""}`, async () => {
      const result = await inLane(() => scenario.run("bounded", () => {}));
      const { missing, doubled, invented, books } = result;
      expect({ missing, doubled, invented, books }).toEqual({
        missing: 0,
        doubled: 0,
        invented: 0,
        books: [],
      });
      expect(result.faults).toBeGreaterThan(0);
      expect(result.accepted).toBeGreaterThan(0);
      expect(result.looks).toBeGreaterThan(0);
    });
  }
});
