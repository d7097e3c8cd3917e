import { expect, test } from "vitest";
import { faultText } from "./fault-words.ts";

test.each([
  [
    "water_levl_m is no quantity: did you mean water_level_m?",
    "không có đại lượng water_levl_m: có phải là water_level_m?",
  ],
  ["scal is not known there: did you mean scale?", "không có từ scal ở chỗ này: có phải là scale?"],
  [
    'sample "a" must give x_m 1.2, and gives 3: correct the point, or what the sample must give',
    'mẫu "a" phải cho x_m bằng 1.2, nhưng cho 3: sửa điểm đo, hoặc sửa kết quả phải có của mẫu',
  ],
  [
    "Invalid input: expected string, received undefined",
    "còn thiếu: phải có một giá trị kiểu string",
  ],
])("%s", (english, vietnamese) => {
  expect(faultText(english, "vi")).toEqual({ text: vietnamese, language: "vi" });
  expect(faultText(english, "en")).toEqual({ text: english, language: "en" });
});

test("what has no translation is said in English, and marked as such; a parser's excerpt is left out", () => {
  expect(faultText("Map keys must be unique at line 3, column 1:\n\nname: a\n^", "vi")).toEqual({
    text: "Map keys must be unique",
    language: "en",
  });
});
