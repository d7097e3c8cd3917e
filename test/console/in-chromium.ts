import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { startChromium } from "../support/chromium.ts";
import { type Looks, noConsole, open, type View } from "./console-page.ts";
import type { StationFixture } from "./station-fixture.ts";

/** The browser that the tests of a file share. */
interface Shared {
  browser(): Browser;
  /** The page of a station, in a profile of its own, signed in. */
  open(station: Pick<StationFixture, "url" | "token">, looks?: Looks): Promise<View>;
}

/** Tests in one real Chromium; skipped with the reason where there is none. */
export function describeInChromium(name: string, tests: (shared: Shared) => void): void {
  describe.skipIf(noConsole)(`${name}${noConsole ? `: ${noConsole}` : ""}`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium();
    });
    afterAll(() => browser?.close());
    tests({ browser: () => browser, open: (station, looks) => open(browser, station, looks) });
  });
}
