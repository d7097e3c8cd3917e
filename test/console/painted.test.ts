import { describe, expect, test } from "vitest";
import { noConsole } from "./console-page.ts";
import { watchPainted } from "./painted.ts";

describe.skipIf(noConsole)(`from MQTT to the screen${noConsole ? `: ${noConsole}` : ""}`, () => {
  test("every alarm of a station under load is painted, once", async () => {
    const { waits, identities, shown } = await watchPainted({
      alarms: 8,
      apartMs: 50,
      gauges: 80,
      perSecond: 400,
    });
    expect(waits).toHaveLength(8);
    expect(shown.toSorted()).toEqual(identities);
  });
});
