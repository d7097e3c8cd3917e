import { expect, test } from "vitest";
import { ageText, clockText, timeText } from "./time-text.ts";

test("times are those of Việt Nam, day first, 24 hours", () => {
  expect(timeText(Date.UTC(2026, 10, 22, 17, 5, 9))).toBe("23/11/2026 00:05:09");
  expect(clockText(Date.UTC(2026, 10, 22, 10, 5, 9))).toBe("17:05:09");
});

test.each([
  [-5_000, "0 giây", "0 seconds"],
  [59_999, "59 giây", "59 seconds"],
  [60_000, "1 phút", "1 minute"],
  [3 * 3_600_000 + 59 * 60_000, "3 giờ", "3 hours"],
  [50 * 3_600_000, "2 ngày", "2 days"],
])("an age of %d ms", (age, vi, en) => {
  expect(ageText(age, "vi")).toBe(vi);
  expect(ageText(age, "en")).toBe(en);
});
