import type { AlarmEvent, AlarmState, Priority } from "./alarm.ts";
import type { Text } from "./text.ts";

/** How an operator reads priorities, states and events; the panel says the same. */
export const priorityWords: Readonly<Record<Priority, Text>> = {
  1: { vi: "Khẩn cấp", en: "Critical" },
  2: { vi: "Cao", en: "High" },
  3: { vi: "Trung bình", en: "Medium" },
  4: { vi: "Thấp", en: "Low" },
};

export const stateWords: Readonly<Record<AlarmState, Text>> = {
  normal: { vi: "Đã trở lại bình thường", en: "Back to normal" },
  unacknowledged: { vi: "Chưa xác nhận", en: "Unacknowledged" },
  acknowledged: { vi: "Đã xác nhận", en: "Acknowledged" },
  returned: { vi: "Đã hết, chưa xác nhận", en: "Cleared, unacknowledged" },
  shelved: { vi: "Tạm ẩn", en: "Shelved" },
  suppressed: { vi: "Bị chặn", en: "Suppressed" },
  "out-of-service": { vi: "Ngừng vận hành", en: "Out of service" },
};

export const eventWords: Readonly<Record<AlarmEvent, Text>> = {
  raise: { vi: "Phát sinh", en: "Raised" },
  escalate: { vi: "Tăng mức độ", en: "Escalated" },
  "de-escalate": { vi: "Giảm mức độ", en: "De-escalated" },
  "re-alarm": { vi: "Nhắc lại", en: "Raised again" },
  clear: { vi: "Trở lại bình thường", en: "Back to normal" },
  late: { vi: "Số đo đến muộn", en: "A reading came late" },
  suppress: { vi: "Bị chặn", en: "Suppressed" },
  unsuppress: { vi: "Hết bị chặn", en: "No longer suppressed" },
  acknowledge: { vi: "Xác nhận", en: "Acknowledged" },
  shelve: { vi: "Tạm ẩn", en: "Shelved" },
  unshelve: { vi: "Hết tạm ẩn", en: "Unshelved" },
  "out-of-service": { vi: "Ngừng vận hành", en: "Out of service" },
  "return-to-service": { vi: "Đưa vào vận hành", en: "Returned to service" },
  comment: { vi: "Ghi chú", en: "Comment" },
  unanswered: { vi: "Chưa ai xác nhận", en: "Nobody has acknowledged" },
  dispatch: { vi: "Giao xử lý", en: "Dispatched" },
  "dispatch-accept": { vi: "Tiếp nhận xử lý", en: "Dispatch accepted" },
  "dispatch-handle": { vi: "Báo đã xử lý", en: "Dispatch handled" },
  "dispatch-return": { vi: "Trả lại phiếu giao", en: "Dispatch sent back" },
  "dispatch-withdraw": { vi: "Thu hồi phiếu giao", en: "Dispatch withdrawn" },
  "dispatch-comment": { vi: "Ghi chú phiếu giao", en: "Comment on the dispatch" },
  "dispatch-overdue": { vi: "Quá hạn xử lý", en: "Dispatch overdue" },
};
