import { printReport, reportFormats } from "../../ingest/src/sharing/render/print.ts";
import type { SharingReport } from "../../ingest/src/sharing/report.ts";
import { temporaryFolder } from "../support/folder.ts";
import { october } from "./province.ts";
import { runProvince } from "./run.ts";

// The simulated province at its full size: 102 communes, 10 agencies, some 20,000 devices.
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
for (const { agency, listed, datasets } of report.agencies) {
  if (!listed) continue;
  for (const { state, gaps } of datasets) {
    const spans = gaps.map(
      ({ kind, from, to }) =>
        `${kind} ${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
    );
    console.log(agency, state, spans.join(", "));
  }
}
await province.close();
