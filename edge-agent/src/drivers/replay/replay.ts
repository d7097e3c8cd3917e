import { createReadStream } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type CsvError, parse } from "csv-parse";
import { type Driver, defineDriver } from "../../driver.ts";
import { type Config, configSchema } from "./config.ts";
import { columnsOf, type Row, rowReader } from "./row.ts";

/** A timer takes no more than 2^31 − 1 ms; a gap of a season is waited for in pieces. */
const longestWaitMs = 2 ** 30;

/**
 * Plays a CSV file in the order of its rows: every row is one sample or is reported with its line.
 * @throws Error when the file can't be read or lacks a column of the configuration.
 */
export const run: Driver<Config> = async function* replay(config, signal, report) {
  const read = rowReader(config);
  const startedAt = Date.now();
  const started = performance.now();
  let firstTs: number | undefined;

  const source = createReadStream(config.file);
  const parser = parse({
    bom: true,
    delimiter: config.delimiter,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    columns: (header: string[]) => {
      const absent = columnsOf(config).filter((column) => !header.includes(column));
      if (absent.length === 0) return header;
      throw new Error(
        `${config.file} has no column ${absent.map((c) => JSON.stringify(c)).join(", ")}; it has ${header.map((c) => JSON.stringify(c)).join(", ")}`,
      );
    },
  });
  parser.on("skip", (error: CsvError) =>
    report({ at: `${config.file}:${parser.info.lines}`, reason: error.message }),
  );
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Row;
      info: { lines: number };
    }>) {
      if (signal.aborted) return;
      let sample: ReturnType<typeof read>;
      try {
        sample = read(record);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        report({ at: `${config.file}:${info.lines}`, reason: error.message });
        continue;
      }
      firstTs ??= sample.ts;
      if (config.speed !== "max") {
        await waitUntil(started + (sample.ts - firstTs) / config.speed, signal);
        if (signal.aborted) return;
      }
      yield config.retime ? { ...sample, ts: sample.ts - firstTs + startedAt } : sample;
    }
  } finally {
    source.destroy();
    parser.destroy();
  }
};

/** @param at on the clock of `performance.now()` */
async function waitUntil(at: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const left = at - performance.now();
    if (left <= 0 || signal.aborted) return;
    await wait(Math.min(left, longestWaitMs), undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

export const driver = defineDriver<Config>({
  configSchema,
  run,
  pathFields: ["file"],
  // The file keeps its rows: nothing is gained by dropping what can be read later.
  waits: () => true,
});
