import type { Place, Query } from "./panels.ts";

/** How a device is named in a legend. */
export const device = "$tag_site · $tag_device";
/** One series a device, one value an interval; a gap where none came. */
export const each = 'GROUP BY time($__interval), "site", "device" fill(null)';
/** One value a device. */
export const last = 'GROUP BY "site", "device"';

/** The mean of a quantity of each device over time. */
export const meanOf = (measurement: string, field: string): Query => ({
  query: `SELECT mean("${field}") FROM "${measurement}" WHERE $unit ${each}`,
  alias: device,
});
/** The newest value of a quantity of each device. */
export const lastOf = (measurement: string, field: string, name = device): Query => ({
  query: `SELECT last("${field}") FROM "${measurement}" WHERE $unit ${last}`,
  alias: name,
});
/** The newest value of each interval, for what has no mean: states and texts. */
export const stateOf = (measurement: string, field: string, name = device): Query => ({
  query: `SELECT last("${field}") FROM "${measurement}" WHERE $unit ${each}`,
  alias: name,
});

/** A place on the grid. */
export const at = (x: number, y: number, w: number, h: number): Place => ({ x, y, w, h });
