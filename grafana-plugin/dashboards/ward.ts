import {
  alarmsPanel,
  colors,
  course,
  dashboard,
  type Look,
  map,
  type Place,
  type Query,
  states,
  table,
  value,
} from "./panels.ts";

const device = "$tag_site · $tag_device";
const each = 'GROUP BY time($__interval), "site", "device" fill(null)';
const last = 'GROUP BY "site", "device"';

/** The mean of a quantity of each device over time. */
const meanOf = (measurement: string, field: string): Query => ({
  query: `SELECT mean("${field}") FROM "${measurement}" WHERE $unit ${each}`,
  alias: device,
});
/** The newest value of a quantity of each device. */
const lastOf = (measurement: string, field: string, name = device): Query => ({
  query: `SELECT last("${field}") FROM "${measurement}" WHERE $unit ${last}`,
  alias: name,
});
/** The newest value of each interval, for what has no mean: states and texts. */
const stateOf = (measurement: string, field: string, name = device): Query => ({
  query: `SELECT last("${field}") FROM "${measurement}" WHERE $unit ${each}`,
  alias: name,
});

const at = (x: number, y: number, w: number, h: number): Place => ({ x, y, w, h });

/** Levels of the Cao Lãnh station on the Tiền river (Quyết định 05/2020/QĐ-TTg). */
const water: Look = {
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
const vnAqi: Look = {
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
const charge: Look = {
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
const yesNo = (yes: readonly [string, string], no: readonly [string, string]): Look => ({
  words: { true: yes, false: no, 1: yes, 0: no },
});
const mains = yesNo(["Có điện lưới", colors.good], ["Mất điện lưới", colors.danger]);
const onBattery = yesNo(["Chạy ắc quy", colors.danger], ["Điện lưới", colors.good]);
const generator = yesNo(["Đang chạy", colors.notice], ["Dừng", colors.off]);
const reachable = yesNo(["Kết nối được", colors.good], ["Mất kết nối", colors.danger]);
const stream = yesNo(["Có hình", colors.good], ["Không có hình", colors.danger]);
const freshness: Look = {
  words: {
    live: ["Đang cập nhật", colors.good],
    stale: ["Cập nhật chậm", colors.notice],
    silent: ["Mất tín hiệu", colors.danger],
    never: ["Chưa có dữ liệu", colors.off],
  },
};
const priority: Look = {
  words: {
    0: ["Bình thường", colors.good],
    1: ["Khẩn cấp", colors.danger],
    2: ["Cao", colors.warning],
    3: ["Trung bình", colors.notice],
    4: ["Thấp", colors.off],
  },
};
const columns = {
  site: "Địa điểm",
  device: "Thiết bị",
  label: "Tên",
  profile: "Loại",
  freshness: "Tình trạng dữ liệu",
  priority: "Cảnh báo",
  rule: "Quy tắc",
  count: "Số lần",
};

/** Every page of the ward, by the name of its file. */
export const dashboards = {
  overview: dashboard(
    "kenh-tong-quan-phuong",
    "Tổng quan phường",
    [
      alarmsPanel(at(0, 0, 14, 16), { maxRows: 100 }),
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
      course("Mực nước", at(14, 8, 10, 8), [meanOf("water", "water_level_m")], water),
      value("Mực nước hiện tại", at(0, 16, 8, 5), [lastOf("water", "water_level_m")], water),
      value("VN_AQI giờ", at(8, 16, 4, 5), [lastOf("environment", "vn_aqi_hour")], vnAqi),
      value("Điện lưới", at(12, 16, 4, 5), [lastOf("power", "mains_present")], mains),
      value("Ắc quy UPS", at(16, 16, 4, 5), [lastOf("power", "battery_charge_pct")], charge),
      value("Camera", at(20, 16, 4, 5), [lastOf("camera", "reachable")], reachable),
    ],
    { refresh: "5s" },
  ),
  water: dashboard("kenh-muc-nuoc", "Mực nước và chất lượng nước", [
    value("Mực nước hiện tại", at(0, 0, 6, 8), [lastOf("water", "water_level_m")], water),
    course("Mực nước và cấp báo động", at(6, 0, 18, 8), [meanOf("water", "water_level_m")], water),
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
  ]),
  environment: dashboard("kenh-khong-khi", "Thời tiết và không khí", [
    value("VN_AQI giờ", at(0, 0, 6, 6), [lastOf("environment", "vn_aqi_hour")], vnAqi),
    course("VN_AQI giờ", at(6, 0, 18, 6), [meanOf("environment", "vn_aqi_hour")], vnAqi),
    course(
      "Bụi PM2.5 và PM10",
      at(0, 6, 12, 7),
      [
        { ...meanOf("environment", "pm25_ugm3"), alias: `PM2.5 ${device}` },
        { ...meanOf("environment", "pm10_ugm3"), alias: `PM10 ${device}` },
      ],
      { unit: "conμgm3", decimals: 0 },
    ),
    course("Nhiệt độ", at(12, 6, 6, 7), [meanOf("environment", "air_temperature_c")], {
      unit: "celsius",
      decimals: 1,
    }),
    course("Độ ẩm", at(18, 6, 6, 7), [meanOf("environment", "relative_humidity_pct")], {
      unit: "humidity",
      decimals: 0,
    }),
    course(
      "Mưa trong 1 giờ",
      at(0, 13, 12, 7),
      [
        {
          query:
            'SELECT sum("rain_mm") FROM "environment" WHERE $unit GROUP BY time(1h), "site", "device" fill(null)',
          alias: device,
        },
      ],
      { unit: "lengthmm", decimals: 1 },
    ),
    course(
      "Gió",
      at(12, 13, 12, 7),
      [
        { ...meanOf("environment", "wind_speed_m_s"), alias: `Gió ${device}` },
        {
          query: `SELECT max("wind_gust_m_s") FROM "environment" WHERE $unit ${each}`,
          alias: `Giật ${device}`,
        },
      ],
      { unit: "velocityms", decimals: 1 },
    ),
  ]),
  power: dashboard("kenh-nguon-dien", "Nguồn điện phòng điều hành", [
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
  ]),
  cameras: dashboard("kenh-camera", "Camera", [
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
  ]),
  fleet: dashboard(
    "kenh-thiet-bi",
    "Thiết bị và chất lượng dữ liệu",
    [
      ...(
        [
          ["received", "Đã nhận"],
          ["stored", "Đã lưu"],
          ["duplicate", "Trùng"],
          ["quarantined", "Cách ly"],
          ["pending", "Đang chờ"],
        ] as const
      ).map(([field, title], n) =>
        value(
          title,
          at(n * 4, 0, 4, 4),
          [
            {
              query: `SELECT last("${field}") FROM "ledger" WHERE $unit GROUP BY "unit"`,
              alias: "$tag_unit",
            },
          ],
          { unit: "none", decimals: 0, steps: [[null, n < 3 ? colors.good : colors.off]] },
        ),
      ),
      value(
        "Chưa đối chiếu được",
        at(20, 0, 4, 4),
        [
          {
            query:
              'SELECT last("received") - last("stored") - last("duplicate") - last("quarantined") - last("pending") FROM "ledger" WHERE $unit GROUP BY "unit"',
            alias: "$tag_unit",
          },
        ],
        {
          unit: "none",
          decimals: 0,
          steps: [
            [null, colors.good],
            [1, colors.danger],
          ],
        },
      ),
      table(
        "Thiết bị",
        at(0, 4, 14, 14),
        {
          query: `SELECT last("freshness") AS "freshness", last("priority") AS "priority", last("label") AS "label", last("profile") AS "profile" FROM "fleet" WHERE $unit ${last}`,
        },
        { words: { ...freshness.words, ...priority.words }, columns },
      ),
      course(
        "Số giá trị lưu mỗi phút",
        at(14, 4, 10, 7),
        [
          {
            query:
              'SELECT non_negative_derivative(last("stored"), 1m) FROM "ledger" WHERE $unit GROUP BY time($__interval), "unit" fill(none)',
            alias: "$tag_unit",
          },
        ],
        { unit: "none", decimals: 0 },
      ),
      course(
        "Bản tin chờ gửi ở cổng thu thập",
        at(14, 11, 10, 7),
        [meanOf("gateway", "backlog_messages")],
        { unit: "none", decimals: 0, min: 0 },
      ),
      course("Bộ đệm đã dùng", at(0, 18, 12, 7), [meanOf("gateway", "outbox_used_pct")], {
        unit: "percent",
        decimals: 0,
        min: 0,
        max: 100,
      }),
      course(
        "Lệch đồng hồ cổng thu thập",
        at(12, 18, 12, 7),
        [meanOf("gateway", "clock_offset_s")],
        {
          unit: "s",
          decimals: 2,
        },
      ),
    ],
    { from: "now-1h" },
  ),
  alarms: dashboard(
    "kenh-chi-so-canh-bao",
    "Chỉ số cảnh báo",
    [
      course(
        "Cảnh báo mới trong 10 phút (quá 10 là dồn dập)",
        at(0, 0, 14, 8),
        [
          {
            query: `SELECT count("alarm") FROM "alarms" WHERE "event" = 'raise' AND $unit GROUP BY time(10m), "unit" fill(null)`,
            alias: "$tag_unit",
          },
        ],
        {
          unit: "none",
          decimals: 0,
          min: 0,
          steps: [
            [null, colors.good],
            [10, colors.danger],
          ],
        },
      ),
      value(
        "Cảnh báo mới theo mức",
        at(14, 0, 10, 8),
        [
          {
            query: `SELECT count("alarm") FROM "alarms" WHERE "event" = 'raise' AND $unit GROUP BY "priority"`,
            alias: "Mức $tag_priority",
          },
        ],
        { unit: "none", decimals: 0 },
      ),
      table(
        "Nguồn cảnh báo nhiều nhất",
        at(0, 8, 12, 10),
        {
          query: `SELECT top("count", "site", "device", "rule", 10) AS "count" FROM (SELECT count("alarm") AS "count" FROM "alarms" WHERE "event" = 'raise' AND $unit GROUP BY "site", "device", "rule")`,
        },
        { columns },
      ),
      course(
        "Thao tác của người trực",
        at(12, 8, 12, 10),
        [
          {
            query: `SELECT count("alarm") FROM "alarms" WHERE "actor" != '' AND $unit GROUP BY time(1h), "unit" fill(null)`,
            alias: "$tag_unit",
          },
        ],
        { unit: "none", decimals: 0, min: 0 },
      ),
      alarmsPanel(at(0, 18, 24, 12), { maxRows: 200 }),
    ],
    { from: "now-24h" },
  ),
};
