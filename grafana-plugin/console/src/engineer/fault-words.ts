import type { Language } from "../../../src/shared/language.ts";

/**
 * What the station says of a wrong profile, in Vietnamese. It speaks English, as its commands do; `…` stands
 * for the names and values within.
 */
const sentences: readonly (readonly [english: RegExp, vietnamese: string])[] = [
  [/^(\S+) is not known there: did you mean (\S+)\?$/, "không có từ $1 ở chỗ này: có phải là $2?"],
  [/^(?:(\S+) )?is not known there$/, "không có từ $1 ở chỗ này: bỏ đi, hoặc sửa lại"],
  [/^is not known there: did you mean (\S+)\?$/, "không có từ này ở đây: có phải là $1?"],
  [/^(\S+) is no quantity: did you mean (\S+)\?$/, "không có đại lượng $1: có phải là $2?"],
  [/^(\S+) is no quantity$/, "không có đại lượng $1: chọn một đại lượng trong danh mục"],
  [/^(\S+) is no class: did you mean (\S+)\?$/, "không có nhóm $1: có phải là $2?"],
  [/^(\S+) is no class$/, "không có nhóm $1: chọn một nhóm trong danh mục"],
  [/^(\S+) would be refused: add it to quantities$/, "$1 sẽ bị từ chối: thêm vào quantities"],
  [
    /^(\S+) is not plausible \((\S+) to (\S+)\): correct scale or unit, or what sample (.+) gives$/,
    "$1 ngoài khoảng hợp lý ($2 đến $3): sửa scale hoặc unit, hoặc kết quả của mẫu $4",
  ],
  [
    /^sample (.+) must give (\S+) (.+), and gives (.+): correct the point, or what the sample must give$/,
    "mẫu $1 phải cho $2 bằng $3, nhưng cho $4: sửa điểm đo, hoặc sửa kết quả phải có của mẫu",
  ],
  [
    /^gives one quantity twice: give each point its own$/,
    "một đại lượng khai hai lần: mỗi điểm đo một đại lượng",
  ],
  [
    /^must be a quantity, lower case/,
    "phải là tên đại lượng, chữ thường, số và _, như water_level_m",
  ],
  [/^is no version that this program knows/, "phiên bản không đúng: ghi version: 2"],
  [
    /^is a secret, or leads to one/,
    "là thông tin mật: hồ sơ ai cũng xem được; khai ở thiết bị biên",
  ],
  [/^belongs to one installation/, "thuộc riêng một nơi lắp đặt: khai cùng địa chỉ của thiết bị"],
  [/^Invalid input: expected (\S+), received undefined$/, "còn thiếu: phải có một giá trị kiểu $1"],
  [/^Invalid input: expected (\S+), received (\S+)$/, "sai kiểu: phải là $1, đang là $2"],
  [/^Invalid option: expected one of (.+)$/, "phải là một trong $1"],
  [/^Invalid string: must match pattern (.+)$/, "sai dạng: phải khớp $1"],
  [/^Too small: expected (.+)$/, "quá nhỏ: phải $1"],
  [/^Too big: expected (.+)$/, "quá lớn: phải $1"],
];

/** A fault in the language of the reader; where there is no translation, as the station said it. */
export function faultText(
  message: string,
  language: Language,
): { readonly text: string; readonly language: Language } {
  // What a parser of YAML adds is a piece of the text, which stands beside.
  const said = message.split(/ at line \d+, column \d+:\s*/, 1)[0]?.split("\n", 1)[0] ?? "";
  if (language === "vi") {
    for (const [english, vietnamese] of sentences) {
      if (english.test(said)) return { text: said.replace(english, vietnamese), language };
    }
  }
  return { text: said, language: "en" };
}
