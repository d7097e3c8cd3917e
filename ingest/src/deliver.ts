import { topicOf } from "@kenh/schemas";
import type { Logger } from "pino";
import { type Classified, classify, emptyTally, lookups, type Message } from "./classify.ts";
import { sampleOf } from "./commit.ts";
import { ByOutbox } from "./outbox.ts";
import { persist, type RetryPolicy } from "./persist.ts";
import type { SetAside } from "./quarantine.ts";
import type { BegunRow, Outcome, Receipt } from "./spool.ts";
import { type Batch, PermanentError, type Point, type Store } from "./stores/store.ts";

/** Rows that go to the store together. */
export interface Load {
  /** The last row of it. */
  readonly upTo: number;
  /** Its rows in order, each with the number of its messages. */
  readonly rows: readonly { readonly id: number; readonly count: number }[];
  readonly receipts: readonly Receipt[];
  /** One for each receipt. */
  readonly messages: readonly Message[];
  /** Readings of the receipts that could not be read back as messages, by receipt. */
  readonly unreadable: ReadonlyMap<Receipt, readonly SetAside[]>;
}

/** A load in the store: where each reading went, and what was set aside on the way. */
export interface Delivered {
  readonly upTo: number;
  readonly outcomes: readonly Outcome[];
  readonly aside: readonly SetAside[];
}

/** Writes loads to a store, whatever it takes. */
export interface Deliverer {
  /**
   * Resolves when the load is in the store, what the store refuses for ever excepted.
   * @throws the signal's reason when aborted first
   */
  deliver(load: Load, signal: AbortSignal): Promise<Delivered>;
  /** The store's last error while it is being tried again. */
  fault(): string | undefined;
}

/** What a deliverer tells while it works. */
export interface DeliveryNotes {
  /** Called for each failed attempt. */
  onRetry(): void;
  /** Called before the first write of a load of which some may be in the store; the write waits for it. */
  onBegin(rows: readonly BegunRow[]): Promise<void>;
}

export function createDeliverer(
  store: Store,
  log: Logger,
  policy: RetryPolicy,
  { onRetry, onBegin }: DeliveryNotes,
): Deliverer {
  let fault: string | undefined;

  function note(error: Error | undefined): void {
    if (!error) {
      if (fault !== undefined) log.info("the store answers again");
      fault = undefined;
      return;
    }
    if (fault === undefined)
      log.warn({ err: error }, "the store does not take readings; they wait in the spool");
    fault = error.message;
    onRetry();
  }
  const persistently = <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    persist(attempt, { policy, signal, note });

  /** Writes a batch; halves what is refused until the refused reading stands alone. */
  async function write(batch: Batch, signal: AbortSignal): Promise<Refused[]> {
    if (batch.length === 0) return [];
    try {
      await persistently(() => store.write(batch), signal);
      return [];
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      const [point] = batch;
      if (batch.length > 1) {
        const middle = batch.length >>> 1;
        const first = await write(batch.slice(0, middle), signal);
        return [...first, ...(await write(batch.slice(middle), signal))];
      }
      if (!point) return [];
      if (point.fields.length === 1) return [{ point, why: error.message }];
      const refused: Refused[] = [];
      for (const field of point.fields)
        refused.push(...(await write([{ ...point, fields: [field] }], signal)));
      return refused;
    }
  }

  return {
    fault: () => fault,
    async deliver(load, signal) {
      const { messages } = load;
      const answers = [];
      for (const query of lookups(messages)) {
        answers.push({
          series: query.series,
          found: await persistently(() => store.query(query), signal),
        });
      }
      const sorted = classify(messages, answers);
      if (messages.some(({ late }, at) => late && sorted[at]?.points.length))
        await onBegin(begunRows(load, sorted));
      const refused: Refused[] = [];
      let batch: Point[] = [];
      for (const { points } of sorted) {
        for (const point of points) {
          const kept = withoutUnsupported(point, store, refused);
          if (kept) batch.push(kept);
          if (batch.length < store.limits.maxPoints) continue;
          refused.push(...(await write(batch, signal)));
          batch = [];
        }
      }
      refused.push(...(await write(batch, signal)));
      return account(load, sorted, refused);
    },
  };
}

/** Of which readings a later try must know that this one has not stored them. */
function begunRows({ rows }: Load, sorted: readonly Classified[]): BegunRow[] {
  let end = 0;
  return rows.map(({ id, count }) => {
    end += count;
    return { id, duplicates: sorted.slice(end - count, end).map(({ duplicate }) => duplicate) };
  });
}

/** A reading that the store will never take. */
interface Refused {
  readonly point: Point;
  readonly why: string;
}

function withoutUnsupported(point: Point, store: Store, refused: Refused[]): Point | undefined {
  const { unsupportedTypes } = store.limits;
  if (unsupportedTypes.length === 0) return point;
  const fields = point.fields.filter(({ type }) => !unsupportedTypes.includes(type));
  for (const field of point.fields) {
    if (unsupportedTypes.includes(field.type)) {
      refused.push({
        point: { ...point, fields: [field] },
        why: `this store holds no ${field.type} values`,
      });
    }
  }
  return fields.length === point.fields.length
    ? point
    : fields.length > 0
      ? { ...point, fields }
      : undefined;
}

/** Books a delivered load. The refused readings are found again in their messages by series, instant and name. */
function account(
  { upTo, receipts, messages, unreadable }: Load,
  sorted: readonly Classified[],
  refused: readonly Refused[],
): Delivered {
  const keyOf = ({ series, ts }: Point, name: string) => `${series.tags.join()} ${ts} ${name}`;
  const why = new Map(
    refused.map(({ point, why: text }) => [keyOf(point, point.fields[0]?.name ?? ""), text]),
  );
  const tallies = new ByOutbox<Outcome>();
  const aside: SetAside[] = [];
  receipts.forEach((receipt, at) => {
    const { points, duplicate, conflicts } = sorted[at] as Classified;
    const { device, epoch } = receipt;
    const [, , tally] = tallies.get(device, epoch, () => [device, epoch, emptyTally()]);
    let good = 0;
    for (const { fields } of points) good += fields.length;
    const kept = conflicts.map(({ point, field, kept: [value, flag] }) => ({
      point: { ...point, fields: [field] },
      why: `${field.name} is stored for this instant as ${value} (flag ${flag}), and no value is rewritten`,
    }));
    if (why.size > 0) {
      for (const point of points) {
        for (const field of point.fields) {
          const text = why.get(keyOf(point, field.name));
          if (text !== undefined) kept.push({ point: { ...point, fields: [field] }, why: text });
        }
      }
      good -= kept.length - conflicts.length;
    }
    // What has been added to the store since the delivery was first begun, that delivery has put there.
    const again = Math.max(0, duplicate - (messages[at]?.before ?? duplicate));
    tally.stored += good + again;
    tally.duplicate += duplicate - again;
    tally.quarantined += kept.length;
    if (kept.length > 0) aside.push(rejected(receipt, kept));
    for (const lost of unreadable.get(receipt) ?? []) {
      tally.quarantined += lost.readings;
      aside.push(lost);
    }
  });
  return { upTo, outcomes: [...tallies.values()], aside };
}

function rejected(receipt: Receipt, refused: readonly Refused[]): SetAside {
  return {
    reason: "store-rejected",
    detail: `${refused[0]?.why}${refused.length > 1 ? ` (first of ${refused.length})` : ""}`,
    device: receipt.device,
    epoch: receipt.epoch,
    topic: receipt.device === null ? "" : topicOf(receipt.device, "telemetry"),
    receivedAt: receipt.receivedAt,
    payload: Buffer.from(JSON.stringify(refused.map(({ point }) => sampleOf(point)))),
    readings: refused.length,
  };
}
