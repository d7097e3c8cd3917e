import { colors, columns } from "./looks.ts";
import { dashboard } from "./page.ts";
import { alarmsPanel, course, table, value } from "./panels.ts";
import { at } from "./queries.ts";

/** How many alarms come, from where, and what is done about them. */
export const alarms = dashboard(
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
    alarmsPanel(at(0, 18, 24, 12)),
  ],
  { from: "now-24h" },
);
