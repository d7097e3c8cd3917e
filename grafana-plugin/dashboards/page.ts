import type { Dashboard, Panel } from "@grafana/schema";
import { influx } from "./panels.ts";

/** A dashboard of the ward, with the choice of units and of languages that all of ours share. */
export function dashboard(
  uid: string,
  title: string,
  panels: readonly Panel[],
  { from = "now-6h", refresh = "30s" } = {},
): Dashboard {
  return {
    uid,
    title,
    tags: ["kenh"],
    timezone: "Asia/Ho_Chi_Minh",
    schemaVersion: 42,
    version: 1,
    editable: false,
    refresh,
    time: { from, to: "now" },
    timepicker: { refresh_intervals: ["5s", "30s", "1m", "5m"] },
    links: [
      {
        type: "dashboards",
        tags: ["kenh"],
        title: "Các trang",
        asDropdown: false,
        keepTime: false,
        includeVars: true,
        targetBlank: false,
        icon: "external link",
        tooltip: "",
        url: "",
      },
    ],
    templating: {
      list: [
        {
          name: "unit",
          label: "Đơn vị",
          type: "query",
          datasource: influx,
          query: 'SHOW TAG VALUES FROM "fleet" WITH KEY = "unit"',
          refresh: 2,
          sort: 1,
          multi: true,
          includeAll: true,
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels: panels.map((panel, at) => ({ id: at + 1, ...panel })),
  };
}
