import { colors, levels } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, value } from "./panels.ts";
import { at, device, each, lastOf, meanOf } from "./queries.ts";

/** Water levels against the levels of the station, and what else gauges measure. */
export const water = dashboard("kenh-muc-nuoc", "Mực nước và chất lượng nước", [
  value("Mực nước hiện tại", at(0, 0, 6, 8), [lastOf("water", "water_level_m")], levels),
  course("Mực nước và cấp báo động", at(6, 0, 18, 8), [meanOf("water", "water_level_m")], levels),
  course(
    "Tốc độ thay đổi trong 1 giờ",
    at(0, 8, 12, 7),
    [
      {
        query: `SELECT derivative(mean("water_level_m"), 1h) FROM "water" WHERE $unit ${each.replace("fill(null)", "fill(none)")}`,
        alias: device,
      },
    ],
    { unit: "lengthm", decimals: 2 },
  ),
  course("Độ mặn", at(12, 8, 12, 7), [meanOf("water", "salinity_ppt")], {
    unit: "suffix: ‰",
    decimals: 1,
    steps: [
      [null, colors.good],
      [0.5, colors.notice],
      [1, colors.warning],
      [4, colors.danger],
    ],
  }),
  course("Nhiệt độ nước", at(0, 15, 12, 7), [meanOf("water", "water_temperature_c")], {
    unit: "celsius",
    decimals: 1,
  }),
  course("Điện áp pin thiết bị", at(12, 15, 12, 7), [meanOf("water", "battery_v")], {
    unit: "volt",
    decimals: 2,
  }),
]);
