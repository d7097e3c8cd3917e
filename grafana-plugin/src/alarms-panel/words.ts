import type { Alarm } from "@kenh/schemas";
import type { Language } from "../shared/language.ts";

/** All that the panel says, in both languages; the terms are those of the product's glossary. */
export interface Words {
  readonly title: string;
  readonly empty: string;
  readonly emptyAsOf: (time: string) => string;
  readonly states: Readonly<Record<Alarm["state"], string>>;
  readonly priorities: Readonly<Record<Alarm["priority"], string>>;
  readonly counts: Readonly<Record<Exclude<Alarm["state"], "normal">, string>>;
  readonly age: string;
  readonly action: string;
  readonly acknowledge: string;
  readonly acknowledging: string;
  readonly stale: (since: string) => string;
  readonly neverHeard: string;
  readonly unreadable: (count: number) => string;
  readonly more: (count: number) => string;
  readonly keys: string;
  readonly switchLanguage: string;
  readonly refused: Readonly<
    Record<"forbidden" | "changed" | "gone" | "offline" | "session", string>
  >;
  readonly failed: (status: number) => string;
}

const vi: Words = {
  title: "Cảnh báo",
  empty: "Không có cảnh báo",
  emptyAsOf: (time) => `tính đến ${time}`,
  states: {
    normal: "Bình thường",
    unacknowledged: "Chưa xác nhận",
    acknowledged: "Đã xác nhận",
    returned: "Đã hết, chưa xác nhận",
    shelved: "Tạm ẩn",
    suppressed: "Bị chặn",
    "out-of-service": "Ngừng vận hành",
  },
  priorities: { 1: "Khẩn cấp", 2: "Cao", 3: "Trung bình", 4: "Thấp" },
  counts: {
    unacknowledged: "chưa xác nhận",
    acknowledged: "đã xác nhận",
    returned: "đã hết, chưa xác nhận",
    shelved: "tạm ẩn",
    suppressed: "bị chặn",
    "out-of-service": "ngừng vận hành",
  },
  age: "trước",
  action: "Biện pháp",
  acknowledge: "Xác nhận",
  acknowledging: "Đang gửi…",
  stale: (since) => `Mất kết nối với trạm từ ${since}. Dữ liệu bên dưới có thể đã cũ.`,
  neverHeard: "Chưa nhận được dữ liệu từ trạm.",
  unreadable: (count) => `${count} dòng dữ liệu không đọc được`,
  more: (count) => `và ${count} cảnh báo khác có mức thấp hơn hoặc cũ hơn`,
  keys: "Phím ↑ ↓ để chọn, A để xác nhận",
  switchLanguage: "English",
  refused: {
    forbidden: "Bạn không có quyền xác nhận cảnh báo này.",
    changed: "Cảnh báo vừa thay đổi. Hãy xem lại rồi xác nhận lần nữa.",
    gone: "Cảnh báo này không còn nữa.",
    offline: "Chưa gửi được vì mất kết nối. Cảnh báo vẫn chưa được xác nhận.",
    session: "Phiên đăng nhập đã hết hạn. Hãy đăng nhập lại.",
  },
  failed: (status) => `Trạm trả lời lỗi ${status}. Cảnh báo vẫn chưa được xác nhận.`,
};

const en: Words = {
  title: "Alarms",
  empty: "No alarms",
  emptyAsOf: (time) => `as of ${time}`,
  states: {
    normal: "Normal",
    unacknowledged: "Unacknowledged",
    acknowledged: "Acknowledged",
    returned: "Cleared, unacknowledged",
    shelved: "Shelved",
    suppressed: "Suppressed",
    "out-of-service": "Out of service",
  },
  priorities: { 1: "Critical", 2: "High", 3: "Medium", 4: "Low" },
  counts: {
    unacknowledged: "unacknowledged",
    acknowledged: "acknowledged",
    returned: "cleared, unacknowledged",
    shelved: "shelved",
    suppressed: "suppressed",
    "out-of-service": "out of service",
  },
  age: "ago",
  action: "Action",
  acknowledge: "Acknowledge",
  acknowledging: "Sending…",
  stale: (since) => `No connection to the station since ${since}. What is below may be old.`,
  neverHeard: "Nothing has been received from the station yet.",
  unreadable: (count) => `${count} rows of data could not be read`,
  more: (count) => `and ${count} more of lower priority or older`,
  keys: "↑ ↓ to select, A to acknowledge",
  switchLanguage: "Tiếng Việt",
  refused: {
    forbidden: "You have no right to acknowledge this alarm.",
    changed: "The alarm has just changed. Look at it again, then acknowledge once more.",
    gone: "This alarm no longer exists.",
    offline: "Not sent: there is no connection. The alarm is still unacknowledged.",
    session: "Your session has ended. Sign in again.",
  },
  failed: (status) =>
    `The station answered with error ${status}. The alarm is still unacknowledged.`,
};

export const words: Record<Language, Words> = { vi, en };
