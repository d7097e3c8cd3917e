import { describe, expect, test } from "vitest";
import { scenarios } from "./scenarios.ts";

/** Long enough for two busy cores; a scenario that hangs says itself what it waits for. */
const timeoutMs = 200_000;

// They wait for processes most of the time: side by side they take as long as the longest.
describe.concurrent("nothing that was accepted is lost", () => {
  for (const scenario of scenarios) {
    const reason = scenario.absent();
    test.skipIf(reason)(
      `${scenario.name}${reason ? ` (${reason})` : ""}`,
      { timeout: timeoutMs },
      async () => {
        const result = await scenario.run("bounded", () => {});
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
      },
    );
  }
});
