import fc from "fast-check";
import { expect, test } from "vitest";
import { enter, Ledger } from "./ledger.ts";
import { sumLedgers } from "./ledger-sum.ts";

const device = "82/29869/cau-cao-lanh/muc-nuoc-01";
const other = "82/29869/cau-cao-lanh/muc-nuoc-02";

/** Which of the books a message comes to; none where it is lost, several where it is sent again. */
const messages = fc.array(
  fc.record({
    device: fc.constantFrom(device, other),
    epoch: fc.constantFrom("e1", "e2"),
    seq: fc.integer({ min: 1, max: 40 }),
    books: fc.uniqueArray(fc.nat({ max: 2 })),
    readings: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 80 },
);

test("the sum of several books misses what one book of everything misses", () => {
  fc.assert(
    fc.property(messages, (all) => {
      const books = [new Ledger(), new Ledger(), new Ledger()];
      const one = new Ledger();
      const seenIn = new Map<string, number>();
      for (const { device: of, epoch, seq, books: into, readings } of all) {
        for (const at of into) {
          const arrival = { seq, good: readings, quarantined: 0, duplicate: 0 };
          const account = (books[at] as Ledger).account(of, epoch);
          const key = `${of} ${epoch}`;
          if (!account.seqs.has(seq)) seenIn.set(key, (seenIn.get(key) ?? 0) + 1);
          enter(account, arrival);
          enter(one.account(of, epoch), arrival);
        }
      }
      const summed = sumLedgers(books.map((book) => book.report()));
      const expected = one.report();
      expect(summed.total).toEqual(expected.total);
      const sorted = [...summed.epochs].sort((a, b) =>
        `${a.device}${a.epoch}` < `${b.device}${b.epoch}` ? -1 : 1,
      );
      expect(sorted.map(({ inSeveral: _, ...epoch }) => epoch)).toEqual(expected.epochs);
      for (const { device: of, epoch, inSeveral, last, missing } of summed.epochs) {
        const lost = missing.reduce((sum, [from, to]) => sum + to - from + 1, 0);
        expect(inSeveral).toBe((seenIn.get(`${of} ${epoch}`) ?? 0) - ((last ?? 0) - lost));
      }
    }),
  );
});

test("what has no numbers has none missing", () => {
  const book = new Ledger();
  enter(book.account(device, null), { seq: null, good: 2, quarantined: 0, duplicate: 0 });
  const { epochs } = sumLedgers([book.report(), book.report()]);
  expect(epochs).toMatchObject([{ received: 4, missing: [], last: null, inSeveral: 0 }]);
});
