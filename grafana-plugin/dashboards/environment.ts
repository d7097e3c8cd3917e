import { vnAqi } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, value } from "./panels.ts";
import { at, device, each, lastOf, meanOf } from "./queries.ts";

/** Weather and air. */
export const environment = dashboard("kenh-khong-khi", "Thời tiết và không khí", [
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
]);
