import { isDeepStrictEqual } from "node:util";
import { printReport, reportFormats } from "../../ingest/src/sharing/render/print.ts";
import type { SharingReport } from "../../ingest/src/sharing/report.ts";
import { temporaryFolder } from "../support/folder.ts";
import { october, planted } from "./province.ts";
import { runProvince } from "./run.ts";

// The simulated province at its full size: 102 communes, 10 agencies, some 20,000 devices; ends with 1 when
// the list names anything else than what was planted.
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);
using folder = temporaryFolder("kenh-province");
const begun = performance.now();
const cpu = process.cpuUsage();
const province = await runProvince(folder.path, 196);
const { sharing, pipeline, devices, messages } = province;
const { user, system } = process.cpuUsage(cpu);
const perMessage = ((user + system) / messages).toFixed(1);
console.log(
  `${devices.length} devices, ${messages} messages: ${seconds(begun)} s, ${perMessage} us of CPU a message`,
);
province.setClock(october(32, 1));
const closing = performance.now();
sharing.look({ ledger: pipeline.ledger });
console.log(`the month is closed in ${seconds(closing)} s`);
const report = sharing.months.report("2026-10") as SharingReport;
for (const format of reportFormats) {
  const printing = performance.now();
  const { length } = await printReport(report, format);
  console.log(`${format}: ${length} bytes in ${seconds(printing)} s`);
}
const found: Record<string, (readonly [string, number, number])[]> = {};
for (const { agency, listed, datasets } of report.agencies) {
  if (!listed) continue;
  for (const { state, gaps } of datasets) {
    found[agency] = gaps.map(({ kind, from, to }) => [kind, from, to]);
    const spans = gaps.map(
      ({ kind, from, to }) =>
        `${kind} ${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
    );
    console.log(agency, state, spans.join(", "));
  }
}
const wrong = report.agencies.flatMap(({ datasets }) =>
  datasets.flatMap(({ id, readings }) => (readings.wrong > 0 ? [[id, readings.wrong]] : [])),
);
console.log("wrong values:", wrong.map(([id, count]) => `${id} ${count}`).join(", "));
await province.close();
// Three devices of one agency, for a day with four readings.
const isExact = isDeepStrictEqual(found, planted) && isDeepStrictEqual(wrong, [["so-gddt-do", 12]]);
console.log(isExact ? "the list is exactly what was planted" : "THE LIST IS NOT WHAT WAS PLANTED");
process.exitCode = isExact ? 0 : 1;
