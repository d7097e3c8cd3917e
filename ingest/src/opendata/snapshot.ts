import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { localOf, type Span } from "../sharing/civil.ts";
import type { Store } from "../stores/store.ts";
import type { OpenDevice } from "./open.ts";

/** A format of a day's readings. */
export const snapshotFormats = ["csv", "json"] as const;
export type SnapshotFormat = (typeof snapshotFormats)[number];

/** Columns of a snapshot, in their order; the dictionary says what they mean. */
export const columns = ["device", "time", "quantity", "value", "quality"] as const;

/** Lets a file appear as a whole or not at all. */
async function writeWhole(file: string, lines: AsyncIterable<string>): Promise<void> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.part`;
  const out = createWriteStream(part, { mode: 0o600 });
  try {
    for await (const line of lines) if (!out.write(line)) await once(out, "drain");
    out.end();
    await once(out, "close");
    renameSync(part, file);
  } catch (error) {
    out.destroy();
    rmSync(part, { force: true });
    throw error;
  }
}

/**
 * Writes the readings of one dataset and one span into `file`, ordered by device, quantity and time, unless
 * it is there: a snapshot once made stays as it is, whatever comes late.
 * @param span milliseconds since 1970 UTC; times in the file are Vietnam's, with their zone
 */
export async function writeSnapshot(
  file: string,
  format: SnapshotFormat,
  { devices, dataset, span }: { devices: readonly OpenDevice[]; dataset: string; span: Span },
  store: Pick<Store, "query">,
): Promise<void> {
  if (existsSync(file)) return;
  await writeWhole(file, format === "csv" ? csvLines() : jsonLines());

  async function* csvLines() {
    yield `${columns.join(",")}\n`;
    // No text is opened: nothing in a row needs quotes.
    for await (const row of rows()) yield `${row.join(",")}\n`;
  }
  async function* jsonLines() {
    yield `{"dataset":${JSON.stringify(dataset)},"columns":${JSON.stringify(columns)},"rows":[`;
    let first = true;
    for await (const row of rows()) {
      yield `${first ? "" : ","}\n${JSON.stringify(row)}`;
      first = false;
    }
    yield "\n]}\n";
  }
  async function* rows() {
    for (const device of devices) {
      const quantities = device.quantities.filter(({ opening }) => opening.dataset === dataset);
      if (quantities.length === 0) continue;
      const fields = quantities.map(({ quantity: { name, type } }) => ({ name, type }));
      const { series, identity, since } = device;
      const from = Math.max(span.start, since);
      const found = await store.query({ series, fields, from, to: span.end - 1 });
      for (const { name } of fields) {
        for (const [ts, value, flag] of found.get(name) ?? []) {
          if (value !== null) yield [identity, `${localOf(ts)}+07:00`, name, value, flag];
        }
      }
      // The embedded store answers without waiting for anything: accepting goes on in between.
      await breathe();
    }
  }
}
