import * as z from "zod";

const schema = z.object({ id: z.string(), version: z.int() });
/** More than an engine announces while its place in the book is on its way to the standby. */
const kept = 20_000;

/** What was last announced on the topics of alarms, as seen by one that stands by. */
export class Announced {
  readonly #seen = new Set<string>();

  note(payload: Buffer): void {
    const { id, version } = schema.parse(JSON.parse(payload.toString()));
    this.#seen.add(`${id} ${version}`);
    if (this.#seen.size <= kept) return;
    const [oldest] = this.#seen;
    this.#seen.delete(oldest as string);
  }

  has(alarm: string, version: number): boolean {
    return this.#seen.has(`${alarm} ${version}`);
  }
}
