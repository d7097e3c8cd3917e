import { expect, test } from "vitest";
import { translated } from "./said.ts";

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
  [
    '"salinty" is not a quantity of profile x: add it to the profile or rename it, then replay',
    '"salinty" không có trong mẫu x: thêm vào mẫu hoặc đổi tên, rồi thử lại',
  ],
  ["is 1850 in mm? no unit is named", "1850 có phải tính bằng mm không? nội dung không ghi đơn vị"],
])("%s", (english, vietnamese) => {
  expect(translated(english, "vi")).toEqual({ text: vietnamese, language: "vi" });
  expect(translated(english, "en")).toEqual({ text: english, language: "en" });
});

test("what has no translation is said in English, and marked as such; a parser's excerpt is left out", () => {
  expect(translated("Map keys must be unique at line 3, column 1:\n\nname: a\n^", "vi")).toEqual({
    text: "Map keys must be unique",
    language: "en",
  });
});
