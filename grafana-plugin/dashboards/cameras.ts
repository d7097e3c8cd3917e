import { reachable, stream } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, states } from "./panels.ts";
import { at, meanOf, stateOf } from "./queries.ts";

/** Cameras. */
export const cameras = dashboard("kenh-camera", "Camera", [
  states("Kết nối", at(0, 0, 24, 8), [stateOf("camera", "reachable")], reachable),
  states("Luồng hình", at(0, 8, 24, 8), [stateOf("camera", "stream_ok")], stream),
  course("Khung hình mỗi giây", at(0, 16, 8, 7), [meanOf("camera", "fps")], {
    decimals: 0,
    min: 0,
  }),
  course("Tốc độ luồng", at(8, 16, 8, 7), [meanOf("camera", "bitrate_kbps")], {
    unit: "Kbits",
    decimals: 0,
  }),
  course("Lệch đồng hồ", at(16, 16, 8, 7), [meanOf("camera", "clock_offset_s")], {
    unit: "s",
    decimals: 1,
  }),
]);
