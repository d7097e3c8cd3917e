import { expect, test } from "vitest";
import { type Sighting, watchForClones } from "./clones.ts";

const minute = 60_000;
const from = (place: string, at: number, tookOver = true): Sighting => ({
  certificate: "c",
  place,
  at,
  tookOver,
});

test.each<[string, Sighting[], boolean]>([
  ["two places in turn", [from("a", 0, false), from("b", 1), from("a", 2), from("b", 3)], true],
  ["a move to the other link and back", [from("a", 0, false), from("b", 1), from("a", 2)], false],
  [
    "moves that lie far apart",
    [from("a", 0, false), from("b", 6 * minute), from("a", 12 * minute), from("b", 18 * minute)],
    false,
  ],
  [
    "connections that end before the next one begins",
    [..."abababab"].map((place, at) => from(place, at, false)),
    false,
  ],
  [
    "one place that restarts now and then",
    Array.from({ length: 30 }, (_, at) => from("a", at * minute)),
    false,
  ],
  [
    "one address behind which two take turns",
    Array.from({ length: 10 }, (_, at) => from("a", at * 1000)),
    true,
  ],
])("%s", (_, sightings, expected) => {
  const isClone = watchForClones();
  expect(sightings.map(isClone).at(-1)).toBe(expected);
});

test("two certificates are two", () => {
  const isClone = watchForClones();
  const seen = [..."abababab"].map((place, at) =>
    isClone({ certificate: place, place, at, tookOver: true }),
  );
  expect(seen).not.toContain(true);
});
