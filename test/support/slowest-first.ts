import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Test files that take longest, from the longest on: those of a run by itself that took 30 s and more. */
const slowest = [
  "test/faults/faults.test.ts",
  "test/console/wall.test.ts",
  "test/console/desk.test.ts",
  "test/series/series.test.ts",
  "test/console/console.test.ts",
  "test/end-to-end/webhook-kills.test.ts",
  "edge-agent/src/drivers/opcua/opcua.test.ts",
  "test/onboarding/five-minutes.test.ts",
  "test/console/engineer.test.ts",
  "test/end-to-end/first-start.test.ts",
  "test/end-to-end/ways-out.test.ts",
  "test/console/hostile.test.ts",
  "edge-agent/src/agent.test.ts",
  "test/broker/packets.test.ts",
  "test/console/dashboards.test.ts",
  "test/bench/bench.test.ts",
  "test/province/destinations.test.ts",
  "test/province/ward-cut-off.test.ts",
  "test/province/handbook.test.ts",
  "test/console/shift.test.ts",
];

/**
 * Begins with the files that take longest, so that none of them is left alone at the end; then the larger
 * before the smaller. A clean checkout has no measured times that could tell.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const gone = slowest.filter((path) => !existsSync(join(root, path)));
    if (gone.length > 0) throw new Error(`${gone} is no file: take it out of ${import.meta.url}`);
    const place = ({ moduleId }: TestSpecification) => {
      const found = slowest.indexOf(relative(root, moduleId));
      return found < 0 ? slowest.length : found;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
