import { describe, expect, test } from "vitest";
import { type Lease, type Member, nextMove, type View } from "./standing.ts";

const record = (term: number, leader: string, inSync: string[] = []) =>
  ({ v: 1, term, leader, http: `http://${leader}:8080`, inSync }) as const;
const lease = (term: number, leader: string, alive: boolean): Lease => ({
  ...{ v: 1, term, leader, alive },
});
const me = (term: number, holds: Member["holds"], name = "b"): Member => ({ name, term, holds });

const cases: readonly [
  what: string,
  view: Partial<View>,
  me: Member,
  does: "lead" | "follow" | "wait",
][] = [
  ["the first of all leads", {}, me(0, "nothing"), "lead"],
  ["one that had worked alone leads when the broker knows nobody", {}, me(4, "own"), "lead"],
  ["a copy does not, when the broker has forgotten whose it is", {}, me(4, "copy"), "wait"],
  ["nor does half of one", {}, me(4, "half"), "wait"],
  [
    "whoever comes to one that leads stands by",
    { record: record(3, "a"), lease: lease(3, "a", true) },
    me(0, "nothing"),
    "follow",
  ],
  [
    "one that led before stands by, too",
    { record: record(3, "a"), lease: lease(3, "a", true) },
    me(2, "own"),
    "follow",
  ],
  [
    "one in sync takes over from one that has gone",
    { record: record(3, "a", ["b"]), lease: lease(3, "a", false) },
    me(3, "copy"),
    "lead",
  ],
  [
    "one that is not does not",
    { record: record(3, "a", ["c"]), lease: lease(3, "a", false) },
    me(3, "copy"),
    "wait",
  ],
  [
    "nor one whose copy had just begun anew",
    { record: record(3, "a", ["b"]), lease: lease(3, "a", false) },
    me(3, "half"),
    "wait",
  ],
  [
    "nor one whose copy is of an earlier term",
    { record: record(3, "a", ["b"]), lease: lease(3, "a", false) },
    me(2, "copy"),
    "wait",
  ],
  [
    "one that has just taken over is not dead because the one before is",
    { record: record(4, "a", ["b"]), lease: lease(3, "c", false) },
    me(3, "copy"),
    "follow",
  ],
  [
    "whoever led last leads again",
    { record: record(3, "b"), lease: lease(3, "b", false) },
    me(3, "own"),
    "lead",
  ],
  [
    "also where its beginning was cut short between the broker and its disk",
    { record: record(4, "b"), lease: lease(3, "a", false) },
    me(3, "copy"),
    "lead",
  ],
  [
    "but not with another folder",
    { record: record(3, "b"), lease: lease(3, "b", false) },
    me(0, "nothing"),
    "wait",
  ],
  [
    "a folder that knows more than the broker is not overwritten",
    { record: record(1, "a"), lease: lease(1, "a", true) },
    me(5, "own"),
    "wait",
  ],
];

describe("who may lead", () => {
  test.each(cases)("%s", (_, view, member, does) => {
    const move = nextMove({ record: undefined, lease: undefined, ...view }, member);
    expect(move.do).toBe(does);
    const known = Math.max(view.record?.term ?? 0, member.term);
    if (move.do === "lead") expect(move.term).toBeGreaterThan(known - 1);
  });

  test("whoever led lets those in sync go first", () => {
    const ofLast = lease(3, "b", false);
    const alone = nextMove({ record: record(3, "b"), lease: ofLast }, me(3, "own"));
    const two = nextMove({ record: record(3, "b", ["a"]), lease: ofLast }, me(3, "own"));
    const inSync = nextMove({ record: record(3, "b", ["a"]), lease: ofLast }, me(3, "copy", "a"));
    expect(alone).toEqual({ do: "lead", term: 4, afterMs: 0 });
    expect(two).toMatchObject({ do: "lead", afterMs: expect.toSatisfy((ms) => ms > 0) });
    expect(inSync).toEqual({ do: "lead", term: 4, afterMs: 0 });
  });
});
