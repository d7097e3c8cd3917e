import type { FieldType, Value } from "@kenh/schemas";
import type { Field, Point } from "../stores/store.ts";
import type { Currency } from "./assess.ts";
import { localOf } from "./civil.ts";
import type { Contract } from "./contracts.ts";
import { missedOf, type SharingReport } from "./report.ts";

/** What was said of a dataset last, and when. */
export interface Told {
  readonly text: string;
  readonly at: number;
}

/** What has not changed is said again, so that a dashboard over a quarter of an hour finds each dataset. */
const againMs = 10 * 60_000;

/**
 * The measurement `sharing`, a series a dataset, for the dashboards: how current it is, and what the
 * month that goes on has come to. A point for each of which something has changed, or that has not
 * been spoken of for ten minutes.
 * @param told what was said before; brought up to date
 */
export function sharingPoints(
  current: readonly (readonly [Contract, Currency])[],
  report: SharingReport | undefined,
  told: Map<string, Told>,
  at: number,
): Point[] {
  const months = new Map(
    report?.agencies.flatMap(({ datasets }) => datasets.map((one) => [one.id, one] as const)),
  );
  return current.flatMap(([contract, { state, since }]): Point[] => {
    const { id, label, owner } = contract;
    const month = months.get(id);
    const fields = fieldsOf({
      state: ["string", state],
      since: ["string", since === null ? "" : textOf(since)],
      label: ["string", label.vi],
      agency: ["string", owner.label.vi],
      missed_periods: ["integer", month ? missedOf(month) : null],
      late_ms: ["integer", month?.gapMs ?? null],
      correct_pct: ["float", percent(month?.axes.correct)],
      complete_pct: ["float", percent(month?.axes.complete)],
      clean_pct: ["float", percent(month?.axes.clean)],
      live_pct: ["float", percent(month?.axes.live)],
    });
    const text = JSON.stringify(fields);
    const before = told.get(id);
    if (before?.text === text && at - before.at < againMs) return [];
    told.set(id, { text, at });
    const [province = "", unit = ""] = owner.agency.split("/");
    const tags = Object.entries({ province, unit, dataset: id });
    return [{ series: { measurement: "sharing", tags }, ts: at, fields }];
  });
}

const percent = (share: number | null | undefined): number | null =>
  share === null || share === undefined ? null : share * 100;

/** Such as 05/10/2026 06:00, local time. */
function textOf(ts: number): string {
  const local = localOf(ts);
  const [year, month, day] = local.slice(0, 10).split("-");
  return `${day}/${month}/${year} ${local.slice(11, 16)}`;
}

function fieldsOf(values: Record<string, readonly [FieldType, Value | null]>): Field[] {
  return Object.entries(values).flatMap(([name, [type, value]]) =>
    value === null ? [] : [{ name, type, value, flag: 1 as const }],
  );
}
