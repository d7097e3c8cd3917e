import type { Language } from "../../src/shared/language.ts";
import type { Freshness } from "./station.ts";

/** All that the page around the panel says, in both languages. */
interface Words {
  readonly product: string;
  readonly alarms: string;
  readonly devices: string;
  readonly engineering: string;
  readonly dispatches: string;
  readonly handovers: string;
  readonly signIn: string;
  readonly signOut: string;
  readonly token: string;
  readonly tokenHint: string;
  readonly tokenRefused: string;
  readonly expired: string;
  readonly unreachable: string;
  readonly switchLanguage: string;
  /** What the button changes to. */
  readonly themes: Readonly<Record<"dark" | "light", string>>;
  readonly freshness: Readonly<Record<Freshness, string>>;
  readonly flags: Readonly<Record<number, string>>;
  readonly yes: string;
  readonly no: string;
  readonly noDevices: string;
  readonly noValues: string;
  readonly devicesStale: string;
  readonly trend: (least: string, most: string) => string;
  readonly ledger: string;
  readonly counts: Readonly<
    Record<"received" | "stored" | "duplicate" | "quarantined" | "pending", string>
  >;
  readonly panelFailed: string;
}

export const words: Record<Language, Words> = {
  vi: {
    product: "Giám sát thiết bị",
    alarms: "Cảnh báo",
    devices: "Thiết bị",
    engineering: "Kỹ thuật",
    dispatches: "Giao xử lý",
    handovers: "Giao ca",
    signIn: "Đăng nhập",
    signOut: "Đăng xuất",
    token: "Mã truy cập",
    tokenHint: "Mã do quản trị viên cấp, hoặc in ra ở lần khởi động đầu tiên.",
    tokenRefused: "Mã truy cập không đúng hoặc đã bị thu hồi.",
    expired: "Phiên đăng nhập đã hết hạn.",
    unreachable: "Không kết nối được với trạm.",
    switchLanguage: "English",
    themes: { dark: "Nền tối", light: "Nền sáng" },
    freshness: {
      live: "Trực tuyến",
      stale: "Chậm cập nhật",
      silent: "Mất kết nối",
      never: "Chưa có dữ liệu",
    },
    flags: { 3: "nghi ngờ", 4: "xấu", 9: "thiếu" },
    yes: "có",
    no: "không",
    noDevices: "Chưa khai báo thiết bị nào",
    noValues: "Không có dữ liệu",
    devicesStale: "Danh sách thiết bị chưa cập nhật được.",
    trend: (least, most) => `1 giờ qua: thấp nhất ${least}, cao nhất ${most}`,
    ledger: "Số liệu",
    counts: {
      received: "nhận",
      stored: "lưu",
      duplicate: "trùng",
      quarantined: "cách ly",
      pending: "đang chờ",
    },
    panelFailed: "Không tải được bảng cảnh báo.",
  },
  en: {
    product: "Device monitoring",
    alarms: "Alarms",
    devices: "Devices",
    engineering: "Engineering",
    dispatches: "Dispatches",
    handovers: "Hand-over",
    signIn: "Sign in",
    signOut: "Sign out",
    token: "Access token",
    tokenHint: "Given by your administrator, or printed at the first start.",
    tokenRefused: "The access token is wrong or was revoked.",
    expired: "Your session has ended.",
    unreachable: "The station cannot be reached.",
    switchLanguage: "Tiếng Việt",
    themes: { dark: "Dark", light: "Light" },
    freshness: { live: "Online", stale: "Late", silent: "Offline", never: "No data yet" },
    flags: { 3: "uncertain", 4: "bad", 9: "missing" },
    yes: "yes",
    no: "no",
    noDevices: "No device is registered yet",
    noValues: "No data",
    devicesStale: "The list of devices could not be updated.",
    trend: (least, most) => `last hour: lowest ${least}, highest ${most}`,
    ledger: "Readings",
    counts: {
      received: "received",
      stored: "stored",
      duplicate: "duplicate",
      quarantined: "quarantined",
      pending: "pending",
    },
    panelFailed: "The alarm panel could not be loaded.",
  },
};
