import type { Quantity } from "@kenh/schemas";
import type { Series } from "../../stores/store.ts";
import type { OpenDevice } from "../open.ts";

const float = (name: string, unit: string, vi: string, en: string): Quantity => ({
  ...{ name, type: "float", unit, label: { vi, en } },
});
export const level = float("water_level_m", "m", "Mực nước", "Water level");
const pm25 = float("pm25_ugm3", "ug/m3", "Bụi PM2.5", "PM2.5");
const temperature = float("air_temperature_c", "Cel", "Nhiệt độ không khí", "Air temperature");

function seriesOf(measurement: string, identity: string): Series {
  const [province = "", unit = "", site = "", device = ""] = identity.split("/");
  return { measurement, tags: Object.entries({ province, unit, site, device }) };
}

const opening = {
  dataset: "muc-nuoc",
  title: { vi: "Mực nước sông Tiền", en: "Water level of the Tiền" },
  agency: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Agriculture and Environment" },
  licence: "CC-BY-4.0",
};

/** The first reading that is open. */
export const since = Date.parse("2026-01-01T00:00:00Z");

function deviceOf(
  identity: string,
  measurement: string,
  quantities: readonly Quantity[],
  place: Pick<OpenDevice, "label" | "position" | "apart"> & { readonly site: string },
): OpenDevice {
  const { site, ...rest } = place;
  return {
    identity,
    profile: {
      name: `generic-${measurement}`,
      label: { vi: `Thiết bị ${measurement}`, en: `A device of ${measurement}` },
    },
    site: { key: identity.slice(0, identity.lastIndexOf("/")), label: { vi: site, en: site } },
    ...rest,
    series: seriesOf(measurement, identity),
    quantities: quantities.map((quantity) => ({ quantity, opening })),
    since,
  };
}

/** A gauge at a bridge, a station on the roof of the ward's hall, a gauge without a position. */
export const devices: readonly OpenDevice[] = [
  deviceOf("82/29869/cau-cao-lanh/muc-nuoc-01", "water", [level], {
    site: "Cầu Cao Lãnh",
    label: { vi: "Thước nước 'số 1'", en: "Gauge 1" },
    position: { latitude: 10.44, longitude: 105.64 },
    apart: false,
  }),
  deviceOf("82/29869/tru-so/khi-tuong-01", "environment", [pm25, temperature], {
    site: "Trụ sở",
    label: { vi: "Trạm khí tượng", en: "Weather station" },
    position: { latitude: 10.46, longitude: 105.63 },
    apart: true,
  }),
  deviceOf("82/29870/kenh/muc-nuoc-09", "water", [level], {
    site: "Kênh",
    label: undefined,
    position: undefined,
    apart: false,
  }),
];
export const gauge = devices[0] as OpenDevice;
export const weather = devices[1] as OpenDevice;
