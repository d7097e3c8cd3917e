import type { Language } from "../../../src/shared/language.ts";

/**
 * What the station says of profiles, drafts, payloads and new devices, in Vietnamese. It speaks English, as its commands do; `…` stands
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
  [
    /^is (.+) in tenths of a volt\? no unit is named$/,
    "$1 có phải là phần mười vôn không? nội dung không ghi đơn vị",
  ],
  [
    /^is (.+) in °F\? no unit is named, and no air is as hot in °C$/,
    "$1 có phải tính bằng °F không? nội dung không ghi đơn vị, và không khí nào nóng như vậy theo °C",
  ],
  [
    /^is (.+) in (.+)\? no unit is named$/,
    "$1 có phải tính bằng $2 không? nội dung không ghi đơn vị",
  ],
  [
    /^(.+) is outside (.+) to (.+): is it (.+), and in which unit\?$/,
    "$1 ngoài khoảng $2 đến $3: có phải là $4 không, và đơn vị nào?",
  ],
  [/^what is (.+), and in which unit\?$/, "$1 là đại lượng gì, đơn vị nào?"],
  [
    /^in which time zone is the clock of the device\?/,
    "đồng hồ của thiết bị theo múi giờ nào? giờ trong bản tin không ghi múi giờ: khai Asia/Ho_Chi_Minh, UTC, UTC+7…, hoặc lấy giờ nhận",
  ],
  [
    /^what is in the payload\? the uplink carries no decoded object/,
    "uplink chưa được giải mã: khai codec của thiết bị ở máy chủ mạng LoRaWAN",
  ],
  [
    /^(".+") is not a quantity of profile (\S+): add it to the profile or rename it, then replay$/,
    "$1 không có trong mẫu $2: thêm vào mẫu hoặc đổi tên, rồi thử lại",
  ],
  [/^(\S+) is (.+); its type is (\S+)$/, "$1 là $2; kiểu phải là $3"],
  [
    /^ts (\S+) is (\S+) s ahead: set the device's clock$/,
    "ts $1 chạy trước $2 giây: chỉnh đồng hồ của thiết bị",
  ],
  [/^ts (\S+) is older than what is kept/, "ts $1 cũ hơn thời gian lưu giữ"],
  [/^item (\d+) is still (\S+): mend the cause first$/, "mục $1 vẫn là $2: sửa nguyên nhân trước"],
  [
    /^the site (\S+) has no name yet: screens show its code$/,
    "điểm lắp đặt $1 chưa có tên: màn hình sẽ hiện mã",
  ],
  [/^it has no position: no map shows it$/, "chưa có tọa độ: không hiện trên bản đồ"],
  [
    /^no interval is known: that it has gone silent is told late$/,
    "chưa biết chu kỳ gửi: sẽ chậm báo khi thiết bị ngừng gửi",
  ],
  [/^there is no sample of it yet: nothing could be tried$/, "chưa có bản tin nào để thử"],
  [/^nothing of the samples can be stored$/, "không lưu được gì từ các bản tin này"],
  [
    /^(\S+) has values outside its plausible range: look at scale and unit$/,
    "$1 có giá trị ngoài khoảng hợp lý: xem lại scale và unit",
  ],
  [
    /^a profile holds for all units: saving one needs a token with scope \*$/,
    "mẫu thiết bị dùng chung cho mọi đơn vị: lưu mẫu cần mã truy cập có phạm vi *",
  ],
  [
    /^there is another version of this profile now: load it, and make your change again$/,
    "mẫu này đã có bản khác: tải bản đó về rồi sửa lại",
  ],
  [
    /^this needs the role (\S+) or above; the token is a (\S+)'s$/,
    "cần quyền $1 trở lên; mã truy cập này có quyền $2",
  ],
  [
    /^the sample is not of the form that (\S+) reads: give (.+)$/,
    "nội dung không đúng dạng mà $1 đọc được; ví dụ: $2",
  ],
  [
    /^is none of what a draft is made from/,
    "không phải bản tin JSON, bảng thanh ghi, cfgmodbus.txt, danh mục OPC UA, kết quả snmpwalk hay upsc",
  ],
  [
    /^(.+) has handed over: somebody else takes over/,
    "$1 là người giao ca: phải là người khác nhận ca",
  ],
  [/^hand-over (\S+) was taken over by (.+)$/, "$2 đã nhận ca rồi"],
  [
    /^hand-over (\S+) was put right by (\S+): .+$/,
    "biên bản này đã được đính chính: dùng biên bản mới",
  ],
  [
    /^hand-over (\S+) (?:of (\S+) )?waits to be taken over.*$/,
    "còn một biên bản chờ nhận ca: nhận ca hoặc đính chính biên bản đó trước",
  ],
  [
    /^dispatch (\S+) is at version (\d+), the call was for (\d+): .+$/,
    "phiếu vừa thay đổi: xem lại rồi thực hiện lại",
  ],
  [
    /^can't (\S+) dispatch (\S+), it is (\S+): .+$/,
    "phiếu vừa đổi trạng thái: xem lại rồi thực hiện lại",
  ],
  [/^Too small: expected (.+)$/, "quá nhỏ: phải $1"],
  [/^Too big: expected (.+)$/, "quá lớn: phải $1"],
];

/** What was said, in the language of the reader; where there is no translation, as the station said it. */
export function translated(
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
