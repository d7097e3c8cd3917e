import type { AlarmEvent, AlarmState, Priority } from "./alarm.ts";
import type { Text } from "./text.ts";

/** How an operator reads priorities, states and events: the one place of these words outside the console. */
export const priorityWords: Readonly<Record<Priority, Text>> = {
  1: { vi: "Khẩn cấp", en: "Emergency" },
  2: { vi: "Cao", en: "High" },
  3: { vi: "Trung bình", en: "Medium" },
  4: { vi: "Thấp", en: "Low" },
};

export const stateWords: Readonly<Record<AlarmState, Text>> = {
  normal: { vi: "Bình thường", en: "Normal" },
  unacknowledged: { vi: "Chưa xác nhận", en: "Unacknowledged" },
  acknowledged: { vi: "Đã xác nhận", en: "Acknowledged" },
  returned: { vi: "Đã hết, chưa xác nhận", en: "Returned, unacknowledged" },
  shelved: { vi: "Tạm gác", en: "Shelved" },
  suppressed: { vi: "Đã có nguyên nhân chung", en: "Suppressed by its cause" },
  "out-of-service": { vi: "Ngừng giám sát để bảo trì", en: "Out of service" },
};

export const eventWords: Readonly<Record<AlarmEvent, Text>> = {
  raise: { vi: "Cảnh báo", en: "Alarm" },
  escalate: { vi: "Tăng mức", en: "Graver level" },
  "de-escalate": { vi: "Giảm mức", en: "Milder level" },
  "re-alarm": { vi: "Cảnh báo lại", en: "Alarm again" },
  clear: { vi: "Đã hết", en: "Cleared" },
  late: { vi: "Số đo đến muộn", en: "Late reading" },
  suppress: { vi: "Gộp vào nguyên nhân chung", en: "Suppressed by its cause" },
  unsuppress: { vi: "Tách khỏi nguyên nhân chung", en: "No longer suppressed" },
  acknowledge: { vi: "Xác nhận", en: "Acknowledged" },
  shelve: { vi: "Tạm gác", en: "Shelved" },
  unshelve: { vi: "Hết tạm gác", en: "Unshelved" },
  "out-of-service": { vi: "Ngừng giám sát", en: "Out of service" },
  "return-to-service": { vi: "Giám sát trở lại", en: "Returned to service" },
  comment: { vi: "Ghi chú", en: "Comment" },
  unanswered: { vi: "Chưa ai xác nhận", en: "Nobody has acknowledged" },
};
