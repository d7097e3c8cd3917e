import type { Alarm } from "@kenh/schemas";
import { type StationFixture, startStationFixture } from "./station-fixture.ts";

const minute = 60_000;

/** A water-level alarm of the ward, with what a test changes. */
export function anAlarm(now: number, changes: Partial<Alarm> = {}): Alarm {
  return {
    id: "bd3",
    device: "82/29869/cau-cao-lanh/muc-nuoc-01",
    rule: "water.bd3",
    priority: 1,
    state: "unacknowledged",
    active: true,
    raisedAt: now - 12 * minute,
    clearedAt: null,
    acknowledgedAt: null,
    shelvedUntil: null,
    value: 2.33,
    limit: 2.3,
    quantity: "water_level_m",
    message: { vi: "Mực nước vượt báo động III", en: "Water level above alarm level III" },
    cause: { vi: "Triều cường, lũ về hoặc mưa lớn", en: "High tide, river flood or heavy rain" },
    action: {
      vi: "Báo Ban Chỉ huy Phòng thủ dân sự, kiểm tra cống và trạm bơm, xem camera cầu Cao Lãnh",
      en: "Tell the civil defence command, check sluices and pumps, look at the Cao Lãnh bridge camera",
    },
    version: 2,
    history: [],
    ...changes,
  };
}

/** One alarm of each priority and of each state, one that explains others, a chattering and a standing one. */
function wardAlarms(now: number): Alarm[] {
  const ups = "82/29869/ioc/ups-01";
  const air = "82/29869/ubnd/thoi-tiet-01";
  const camera = "82/29869/cau-cao-lanh/camera-01";
  const line = (
    event: Alarm["history"][number]["event"],
    state: Alarm["state"],
    ago: number,
    comment: string,
  ) => ({ at: now - ago, event, state, value: null, actor: "Nguyễn Thị Bình", comment });
  return [
    anAlarm(now, {
      consequence: { vi: "Ngập đường Phạm Hữu Lầu", en: "Phạm Hữu Lầu street floods" },
      owner: { vi: "Ban Chỉ huy Phòng thủ dân sự", en: "Civil defence command" },
      history: [
        {
          at: now - 12 * minute,
          event: "raise",
          state: "unacknowledged",
          value: 2.31,
          actor: null,
          comment: null,
        },
        line("comment", "unacknowledged", 9 * minute, "Đã gọi trạm bơm, đang chạy 2 máy"),
      ],
    }),
    anAlarm(now, {
      id: "ups",
      device: ups,
      rule: "power.on_battery",
      priority: 2,
      raisedAt: now - 3 * minute,
      quantity: "battery_charge_pct",
      value: 62,
      limit: 80,
      message: { vi: "Phòng điều hành đang chạy ắc quy", en: "Operations room on battery" },
      cause: { vi: "Mất điện lưới", en: "The mains are lost" },
      action: {
        vi: "Kiểm tra điện lưới, khởi động máy phát điện",
        en: "Check the mains, start the generator",
      },
    }),
    anAlarm(now, {
      id: "generator",
      device: ups,
      rule: "power.generator",
      priority: 2,
      state: "acknowledged",
      acknowledgedAt: now - 90 * minute,
      raisedAt: now - 95 * minute,
      quantity: "fuel_level_pct",
      value: 24,
      limit: 30,
      message: { vi: "Nhiên liệu máy phát còn ít", en: "Generator fuel is low" },
      cause: { vi: "Máy phát đã chạy nhiều giờ", en: "The generator ran for hours" },
      action: { vi: "Tiếp nhiên liệu", en: "Refuel" },
    }),
    anAlarm(now, {
      id: "pm25",
      device: air,
      rule: "air.pm25",
      priority: 3,
      state: "returned",
      active: false,
      clearedAt: now - 20 * minute,
      raisedAt: now - 26 * 60 * minute,
      marks: ["stale"],
      quantity: "pm25_ugm3",
      value: 71.4,
      limit: 50,
      message: { vi: "Bụi mịn PM2.5 cao (tham khảo)", en: "Fine dust PM2.5 high (indicative)" },
      cause: { vi: "Đốt rơm rạ, lặng gió", en: "Straw is burnt, no wind" },
      action: { vi: "Khuyến cáo hạn chế ra ngoài", en: "Advise people to stay indoors" },
    }),
    anAlarm(now, {
      id: "noise",
      device: air,
      rule: "air.noise",
      priority: 4,
      raisedAt: now - minute,
      marks: ["chattering"],
      quantity: "noise_db",
      value: 70.4,
      limit: 70,
      message: { vi: "Tiếng ồn vượt ngưỡng", en: "Noise above its limit" },
      cause: { vi: "Loa, công trình hoặc xe cộ", en: "Loudspeakers, works or traffic" },
      action: { vi: "Kiểm tra cảm biến", en: "Check the sensor" },
    }),
    ...[1, 2, 3].map((number) =>
      anAlarm(now, {
        id: `silent-${number}`,
        device: `82/29869/ioc/camera-0${number}`,
        rule: "device.stale",
        priority: 3,
        state: "suppressed",
        suppressedBy: "ups",
        raisedAt: now - 2 * minute,
        quantity: "online",
        value: null,
        limit: null,
        message: {
          vi: `Camera phòng điều hành ${number} không gửi dữ liệu`,
          en: `Operations room camera ${number} sends no data`,
        },
      }),
    ),
    anAlarm(now, {
      id: "camera",
      device: camera,
      rule: "camera.offline",
      priority: 4,
      state: "shelved",
      raisedAt: now - 3 * 24 * 60 * minute,
      shelvedUntil: now + 187 * minute,
      quantity: "reachable",
      value: null,
      limit: null,
      message: { vi: "Camera mất kết nối", en: "Camera offline" },
      cause: { vi: "Mất nguồn hoặc đứt cáp", en: "No power, or a cut cable" },
      action: { vi: "Kiểm tra nguồn và đường truyền", en: "Check its power and its link" },
      history: [line("shelve", "shelved", 53 * minute, "Đã báo đơn vị xử lý")],
    }),
    anAlarm(now, {
      id: "salinity",
      device: "82/29869/cau-cao-lanh/muc-nuoc-01",
      rule: "water.salinity",
      priority: 2,
      state: "out-of-service",
      raisedAt: now - 5 * 60 * minute,
      shelvedUntil: now + 20 * 60 * minute,
      quantity: "salinity_ppt",
      value: 4.2,
      limit: 4,
      message: { vi: "Độ mặn vượt ngưỡng lấy nước", en: "Salinity above the intake limit" },
      history: [
        line("out-of-service", "out-of-service", 3 * 60 * minute, "Đang hiệu chuẩn đầu đo"),
      ],
    }),
  ];
}

const sites = [
  "Cầu Cao Lãnh",
  "UBND phường",
  "Trạm bơm Mỹ Trà",
  "Chợ Cao Lãnh",
  "Bến phà Tân Long",
];

/** Many alarms over a few sites, `count` of them, all within the last minutes; each hundredth is critical. */
export function manyAlarms(now: number, count: number): Alarm[] {
  return Array.from({ length: count }, (_, index) =>
    anAlarm(now, {
      id: `m${index}`,
      device: `82/29869/site-${index % sites.length}/muc-nuoc-${index}`,
      priority: index % 100 === 0 ? 1 : (((index % 3) + 2) as Alarm["priority"]),
      raisedAt: now - (index % 540) * 1000,
      rule: "gauge.high",
      value: 1.5 + (index % 40) / 100,
      limit: 1.4,
      message: {
        vi: `Mực nước vượt ngưỡng nội bộ ${index}`,
        en: `Water level above the internal limit ${index}`,
      },
    }),
  );
}

/** The devices of `manyAlarms`. */
export function manyDevices(now: number, count: number): unknown[] {
  return Array.from({ length: count }, (_, index) => {
    const site = sites[index % sites.length] as string;
    return {
      identity: `82/29869/site-${index % sites.length}/muc-nuoc-${index}`,
      profile: "generic-water",
      label: { vi: `Mực nước ${index}`, en: `Gauge ${index}` },
      siteLabel: { vi: site, en: site },
      status: null,
      freshness: "live",
      lastSeenAt: now,
      intervalMs: 60_000,
      values: {
        water_level_m: {
          ts: now,
          value: 1.5,
          flag: 1,
          unit: "m",
          label: { vi: "Mực nước", en: "Level" },
        },
      },
    };
  });
}

/** The ward's devices as the API lists them, each freshness once. */
export function wardDevices(now: number): unknown[] {
  const last = (value: unknown, unit: string, vi: string, en: string, flag = 1) => ({
    ts: now,
    value,
    flag,
    unit,
    label: { vi, en },
  });
  const site = {
    bridge: { vi: "Cầu Cao Lãnh", en: "Cao Lãnh bridge" },
    hall: { vi: "UBND phường", en: "Ward hall" },
    room: { vi: "Phòng điều hành IOC", en: "Operations room" },
  };
  const device = (identity: string, label: object, siteLabel: object, freshness: string) => ({
    identity,
    profile: "generic",
    label,
    siteLabel,
    position: null,
    status: null,
    freshness,
    lastSeenAt: now,
    intervalMs: 60_000,
  });
  return [
    {
      ...device(
        "82/29869/cau-cao-lanh/muc-nuoc-01",
        { vi: "Mực nước sông Tiền", en: "Tiền river level" },
        site.bridge,
        "live",
      ),
      values: {
        battery_v: last(3.62, "V", "Điện áp pin", "Battery voltage"),
        water_level_m: last(2.33, "m", "Mực nước", "Water level"),
        salinity_ppt: last(4.2, "[ppth]", "Độ mặn", "Salinity", 3),
      },
    },
    {
      ...device(
        "82/29869/cau-cao-lanh/camera-01",
        { vi: "Camera bến cầu", en: "Bridge landing camera" },
        site.bridge,
        "silent",
      ),
      values: {
        reachable: last(false, "", "Kết nối được", "Reachable"),
        stream_ok: last(false, "", "Có hình", "Stream in order"),
      },
    },
    {
      ...device(
        "82/29869/ubnd/thoi-tiet-01",
        { vi: "Trạm thời tiết và không khí", en: "Weather and air station" },
        site.hall,
        "stale",
      ),
      values: {
        air_temperature_c: last(31.25, "Cel", "Nhiệt độ không khí", "Air temperature"),
        relative_humidity_pct: last(78.4, "%", "Độ ẩm tương đối", "Relative humidity"),
        noise_db: last(70.4, "dB", "Tiếng ồn", "Noise"),
        pm25_ugm3: last(42.6, "ug/m3", "Bụi PM2.5", "PM2.5"),
        rain_mm: last(0, "mm", "Lượng mưa", "Rainfall in the interval"),
        wind_speed_m_s: last(2.1, "m/s", "Tốc độ gió", "Wind speed"),
      },
    },
    {
      ...device(
        "82/29869/ioc/ups-01",
        { vi: "UPS và máy phát", en: "UPS and generator" },
        site.room,
        "live",
      ),
      values: {
        battery_charge_pct: last(62, "%", "Dung lượng ắc quy còn lại", "Battery charge"),
        load_pct: last(34, "%", "Tải", "Load"),
        mains_present: last(false, "", "Có điện lưới", "Mains present"),
        fuel_level_pct: last(24, "%", "Mức nhiên liệu", "Fuel level", 4),
      },
    },
    {
      ...device(
        "82/29869/ioc/gw-01",
        { vi: "Thiết bị biên phòng điều hành", en: "Operations room gateway" },
        site.room,
        "never",
      ),
      values: {},
    },
  ];
}

/** An hour of a rising tide, one point a minute, with a gap. */
function risingTide(now: number): unknown[][] {
  return Array.from({ length: 60 }, (_, index) => [
    now - (60 - index) * minute,
    index > 20 && index < 26 ? null : 1.9 + 0.43 * Math.sin((index / 60) * (Math.PI / 2)),
    1,
  ]);
}

/** A station with the ward's alarms, devices and a rising tide. */
export async function startWard(): Promise<StationFixture> {
  const now = Date.now();
  const station = await startStationFixture(wardAlarms(now));
  station.devices = wardDevices(now);
  station.points = risingTide(now);
  return station;
}
