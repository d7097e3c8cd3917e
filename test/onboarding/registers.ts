import type { Quantity } from "@kenh/schemas";
import { draft } from "@kenh/schemas/draft";
import { isSetting, type Meter, quantityOf, readMeters } from "../support/meter-registers.ts";
import { Scores } from "./score.ts";

/** The same table as different hands write it. */
const ways: Readonly<Record<string, (meter: Meter) => string[]>> = {
  "name,address": ({ registers }) => [
    "name,address,comment",
    ...registers.map(([name, address, comment]) => `${name},${address},"${comment}"`),
  ],
  vietnamese: ({ registers }) => [
    "STT;Thanh ghi;Tham số;Kiểu dữ liệu;Ghi chú",
    ...registers.map(
      ([name, address, comment], at) =>
        `${at + 1};0x${address.toString(16).padStart(4, "0")};${name};FLOAT32;${comment}`,
    ),
  ],
  spaced: ({ registers }) => [
    "Register\tDescription\tR/W",
    ...registers.map(
      ([name, address]) => `${address}\t${name.replaceAll(/([a-z])([A-Z])/g, "$1 $2")}\tR`,
    ),
  ],
  "without a head": ({ registers }) => registers.map(([name, address]) => `${address},${name},R`),
};

/** Drafts the table of each meter, written in each way, and scores quantity and address. */
export function scoreTables(quantities: ReadonlyMap<string, Quantity>): Scores {
  const scores = new Scores();
  const meters = readMeters();
  for (const [way, write] of Object.entries(ways)) {
    const score = scores.of(way);
    for (const meter of meters) {
      const { points } = draft(write(meter).join("\n"), quantities);
      const proposed = new Map(points.map((point) => [point.read?.address, point.quantity]));
      for (const [name, address] of meter.registers) {
        // The length of a request stands among the registers, at the address of one of them.
        if (isSetting(name)) continue;
        const expected = quantityOf(name);
        const found = proposed.get(address);
        score.expected++;
        if (found === expected) score.right++;
        else if (found) score.wrong++;
        if (found !== expected)
          scores.faults.push(`${way} ${meter.id} ${name}: ${found ?? "not named"}`);
      }
    }
  }
  return scores;
}
