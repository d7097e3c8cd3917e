import { charge, colors, columns, levels, mains, reachable, vnAqi } from "./looks.ts";
import { dashboard } from "./page.ts";
import { alarmsPanel, course, map, value } from "./panels.ts";
import { at, last, lastOf, meanOf } from "./queries.ts";

/** What a ward sees first: alarms, places, levels, air, power, cameras. */
export const overview = dashboard(
  "kenh-tong-quan-phuong",
  "Tổng quan phường",
  [
    alarmsPanel(at(0, 0, 14, 16)),
    map(
      "Bản đồ điểm đo",
      at(14, 0, 10, 8),
      {
        query: `SELECT last("latitude") AS "latitude", last("longitude") AS "longitude", last("priority") AS "priority", last("freshness") AS "freshness", last("label") AS "label" FROM "fleet" WHERE $unit ${last}`,
      },
      {
        // The gravest alarm of a device: 0 none, then 1, the gravest, to 4.
        steps: [
          [null, colors.good],
          [1, colors.danger],
          [2, colors.warning],
          [3, colors.notice],
          [4, colors.off],
        ],
        columns,
      },
    ),
    course("Mực nước", at(14, 8, 10, 8), [meanOf("water", "water_level_m")], levels),
    value("Mực nước hiện tại", at(0, 16, 8, 5), [lastOf("water", "water_level_m")], levels),
    value("VN_AQI giờ", at(8, 16, 4, 5), [lastOf("environment", "vn_aqi_hour")], vnAqi),
    value("Điện lưới", at(12, 16, 4, 5), [lastOf("power", "mains_present")], mains),
    value("Ắc quy UPS", at(16, 16, 4, 5), [lastOf("power", "battery_charge_pct")], charge),
    value("Camera", at(20, 16, 4, 5), [lastOf("camera", "reachable")], reachable),
  ],
  { refresh: "5s" },
);
