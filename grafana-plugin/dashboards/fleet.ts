import { colors, columns, freshness, priority } from "./looks.ts";
import { dashboard } from "./page.ts";
import { course, table, value } from "./panels.ts";
import { at, last, meanOf } from "./queries.ts";

/** The books of each unit, devices, and the gateways behind them. */
export const fleet = dashboard(
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
    course("Lệch đồng hồ cổng thu thập", at(12, 18, 12, 7), [meanOf("gateway", "clock_offset_s")], {
      unit: "s",
      decimals: 2,
    }),
  ],
  { from: "now-1h" },
);
