import type { Look } from "./panels.ts";

/** Colours that stay apart for all kinds of colour vision and on both themes. */
export const colors = {
  good: "#2f9e6e",
  notice: "#e0b400",
  warning: "#e8710a",
  danger: "#d92d20",
  off: "#8a8f98",
} as const;

/** Levels of the Cao Lãnh station on the Tiền river (Quyết định 05/2020/QĐ-TTg). */
export const levels: Look = {
  unit: "lengthm",
  decimals: 2,
  steps: [
    [null, colors.good],
    [1.9, colors.notice],
    [2.1, colors.warning],
    [2.3, colors.danger],
  ],
};
/** Bands and colours of VN_AQI (Quyết định 1459/QĐ-TCMT, table of bands). */
export const vnAqi: Look = {
  unit: "none",
  decimals: 0,
  min: 0,
  max: 500,
  steps: [
    [null, "#00e400"],
    [51, "#ffff00"],
    [101, "#ff7e00"],
    [151, "#ff0000"],
    [201, "#8f3f97"],
    [301, "#7e0023"],
  ],
};
export const charge: Look = {
  unit: "percent",
  decimals: 0,
  min: 0,
  max: 100,
  steps: [
    [null, colors.danger],
    [20, colors.warning],
    [50, colors.good],
  ],
};
/** Booleans come as true and false from InfluxDB, and as 1 and 0 where a mean was taken. */
export const yesNo = (yes: readonly [string, string], no: readonly [string, string]): Look => ({
  words: { true: yes, false: no, 1: yes, 0: no },
});
export const mains = yesNo(["Có điện lưới", colors.good], ["Mất điện lưới", colors.danger]);
export const onBattery = yesNo(["Chạy ắc quy", colors.danger], ["Điện lưới", colors.good]);
export const generator = yesNo(["Đang chạy", colors.notice], ["Dừng", colors.off]);
export const reachable = yesNo(["Kết nối được", colors.good], ["Mất kết nối", colors.danger]);
export const stream = yesNo(["Có hình", colors.good], ["Không có hình", colors.danger]);
export const freshness: Look = {
  words: {
    live: ["Đang cập nhật", colors.good],
    stale: ["Cập nhật chậm", colors.notice],
    silent: ["Mất tín hiệu", colors.danger],
    never: ["Chưa có dữ liệu", colors.off],
  },
};
export const priority: Look = {
  words: {
    0: ["Bình thường", colors.good],
    1: ["Khẩn cấp", colors.danger],
    2: ["Cao", colors.warning],
    3: ["Trung bình", colors.notice],
    4: ["Thấp", colors.off],
  },
};
export const columns = {
  site: "Địa điểm",
  device: "Thiết bị",
  label: "Tên",
  profile: "Loại",
  freshness: "Tình trạng dữ liệu",
  priority: "Cảnh báo",
  rule: "Quy tắc",
  count: "Số lần",
};
