import { expect, test } from "vitest";
import { withSample } from "./drafting.ts";

const sample = ['  - name: "b"', '    says: {"d":1}', '    gives: {"distance_m":0.001}'];
const added = (yaml: string) => withSample(yaml, "b", { d: 1 }, { distance_m: 0.001 }).split("\n");

test("a sample goes below the others, wherever they stand", () => {
  expect(added("name: a")).toEqual(["name: a", "samples:", ...sample, ""]);
  expect(added("name: a\nsamples: []\n")).toEqual(["name: a", "samples:", ...sample, ""]);
  expect(added("samples:\n  - name: x\n    says: {}\n    gives: {}\nname: a\n")).toEqual([
    "samples:",
    "  - name: x",
    "    says: {}",
    "    gives: {}",
    ...sample,
    "name: a",
    "",
  ]);
});
