import { charge, colors, generator, mains, onBattery, yesNo } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, states, value } from "./panels.ts";
import { at, device, lastOf, meanOf, stateOf } from "./queries.ts";

/** The power of the operations room. */
export const power = dashboard("kenh-nguon-dien", "Nguồn điện phòng điều hành", [
  value("Điện lưới", at(0, 0, 6, 5), [lastOf("power", "mains_present")], mains),
  value("UPS", at(6, 0, 6, 5), [lastOf("power", "on_battery")], onBattery),
  value("Máy phát", at(12, 0, 6, 5), [lastOf("power", "generator_running")], generator),
  value("Ắc quy UPS", at(18, 0, 6, 5), [lastOf("power", "battery_charge_pct")], charge),
  states(
    "Điện lưới, UPS, máy phát",
    at(0, 5, 24, 6),
    [
      stateOf("power", "mains_present", `Điện lưới ${device}`),
      stateOf("power", "generator_running", `Máy phát ${device}`),
    ],
    yesNo(["Có", colors.good], ["Không", colors.off]),
  ),
  course("Thời gian lưu điện còn lại", at(0, 11, 8, 7), [meanOf("power", "battery_runtime_s")], {
    unit: "s",
    decimals: 0,
  }),
  course("Tải UPS", at(8, 11, 8, 7), [meanOf("power", "load_pct")], {
    unit: "percent",
    decimals: 0,
  }),
  course("Điện áp vào", at(16, 11, 8, 7), [meanOf("power", "input_voltage_v")], {
    unit: "volt",
    decimals: 0,
    steps: [
      [null, colors.danger],
      [207, colors.good],
      [253, colors.danger],
    ],
  }),
  course("Nhiên liệu máy phát", at(0, 18, 12, 7), [meanOf("power", "fuel_level_pct")], {
    unit: "percent",
    decimals: 0,
    min: 0,
    max: 100,
  }),
  course("Nhiệt độ phòng", at(12, 18, 12, 7), [meanOf("power", "room_temperature_c")], {
    unit: "celsius",
    decimals: 1,
  }),
]);
