import { Gauge, type Registry } from "prom-client";
import type { Pipeline } from "./pipeline.ts";
import type { Presence } from "./presence.ts";

/** Everything that enters and leaves the ingest, read when asked for: nothing is counted twice. */
export function exposePipeline(metrics: Registry, pipeline: Pipeline, presence: Presence): void {
  const { counts } = pipeline;
  const gauges: [name: string, help: string, read: () => number][] = [
    ["kenh_ingest_messages_total", "Telemetry messages judged", () => counts.messages],
    ["kenh_ingest_bytes_total", "Bytes of their payloads", () => counts.bytes],
    ["kenh_ingest_commits_total", "Group commits to the spool", () => counts.commits],
    ["kenh_ingest_loads_total", "Loads begun towards the store", () => counts.loads],
    [
      "kenh_ingest_store_retries_total",
      "Writes to the store that failed and were tried again",
      () => counts.retries,
    ],
    [
      "kenh_ingest_damaged_readings_total",
      "Accepted readings lost to damage of the disk",
      () => counts.damagedReadings,
    ],
    [
      "kenh_ingest_waiting_rows",
      "Rows of the spool that wait for the store",
      () => pipeline.waitingRows(),
    ],
    [
      "kenh_ingest_store_up",
      "1 while the store takes readings",
      () => (pipeline.storeFault() ? 0 : 1),
    ],
    ["kenh_ingest_ready", "1 while messages are accepted", () => (pipeline.ready().ok ? 1 : 0)],
    [
      "kenh_ingest_unknown_devices",
      "Devices and topics that nobody has registered, of which something waits",
      () => pipeline.quarantine.waiting.devices,
    ],
    [
      "kenh_ingest_unknown_refused_total",
      "Messages of them that found no room",
      () => pipeline.quarantine.waiting.refusedMessages,
    ],
    [
      "kenh_ingest_invalid_status_total",
      "Status messages that could not be read",
      () => presence.invalid,
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers: [metrics],
      collect() {
        this.set(read());
      },
    });
  }
  new Gauge({
    name: "kenh_ingest_readings_total",
    help: "Readings by where they went; received is the sum of the others",
    labelNames: ["outcome"],
    registers: [metrics],
    collect() {
      for (const [outcome, count] of Object.entries(pipeline.ledger.report().total))
        this.set({ outcome }, count);
    },
  });
  new Gauge({
    name: "kenh_ingest_quarantine_items",
    help: "Items in quarantine by reason",
    labelNames: ["reason"],
    registers: [metrics],
    collect() {
      this.reset();
      for (const [reason, items] of pipeline.quarantine.countByReason())
        this.set({ reason }, items);
    },
  });
}
