import { colors } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, states, table, value } from "./panels.ts";
import { at } from "./queries.ts";

/** States of shared data by the published thresholds, in words of the report. */
const sharing = {
  words: {
    "up-to-date": ["Đúng hạn", colors.good],
    due: ["Đến hạn", colors.notice],
    overdue: ["Quá hạn", colors.warning],
    delinquent: ["Quá hạn kéo dài", colors.danger],
    "not-connected": ["Chưa kết nối", colors.off],
  },
} as const;

const axes = [
  ["correct_pct", "Đúng"],
  ["complete_pct", "Đủ"],
  ["clean_pct", "Sạch"],
  ["live_pct", "Sống"],
] as const;

const share = {
  unit: "percent",
  decimals: 2,
  min: 0,
  max: 100,
  steps: [
    [null, colors.danger],
    [80, colors.warning],
    [95, colors.notice],
    [99, colors.good],
  ],
} as const;

/** Agencies are of the province or of a unit: the choice of units, which has devices, is not asked. */
const each = 'FROM "sharing" WHERE $timeFilter GROUP BY "dataset"';

/** Who shares data, who is late since when, and the four axes of the month that goes on. */
export const sharingPage = dashboard(
  "kenh-chia-se-du-lieu",
  "Chia sẻ dữ liệu",
  [
    table(
      "Cơ quan, đơn vị và bộ dữ liệu",
      at(0, 0, 24, 10),
      {
        query: `SELECT last("agency") AS "agency", last("label") AS "label", last("state") AS "state", last("since") AS "since", last("missed_periods") AS "missed_periods" ${each}`,
      },
      {
        words: sharing.words,
        columns: {
          dataset: "Mã",
          agency: "Cơ quan, đơn vị",
          label: "Bộ dữ liệu",
          state: "Trạng thái",
          since: "Quá hạn từ",
          missed_periods: "Kỳ chậm, thiếu trong tháng",
        },
      },
    ),
    ...axes.map(([field, title], n) =>
      value(
        `${title} (tháng này)`,
        at(n * 6, 10, 6, 6),
        [{ query: `SELECT last("${field}") ${each}`, alias: "$tag_dataset" }],
        share,
      ),
    ),
    states(
      "Trạng thái theo thời gian",
      at(0, 16, 14, 9),
      [
        {
          query:
            'SELECT last("state") FROM "sharing" WHERE $timeFilter GROUP BY time($__interval), "dataset" fill(null)',
          alias: "$tag_dataset",
        },
      ],
      sharing,
    ),
    course(
      "Thời gian chậm, thiếu cộng dồn trong tháng",
      at(14, 16, 10, 9),
      [
        {
          query:
            'SELECT last("late_ms") FROM "sharing" WHERE $timeFilter GROUP BY time($__interval), "dataset" fill(null)',
          alias: "$tag_dataset",
        },
      ],
      { unit: "ms", decimals: 0, min: 0 },
    ),
  ],
  { from: "now-24h", refresh: "1m" },
);
