/** Something to be looked at when its time comes. */
export interface Timed {
  readonly at: number;
}

/** A heap of what is due when: nothing is looked at before its time. */
export class Timers<T extends Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due; never, when there is none. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(one: T): void {
    const heap = this.#heap;
    let at = heap.push(one) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as T).at <= one.at) break;
      heap[at] = heap[parent] as T;
      at = parent;
    }
    heap[at] = one;
  }

  /** Takes the next one, if it is due by `until`. */
  take(until: number): T | undefined {
    const heap = this.#heap;
    const [first] = heap;
    if (first === undefined || first.at > until) return undefined;
    const last = heap.pop() as T;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(one: T): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && (heap[right] as T).at < (heap[child] as T).at) child = right;
      if ((heap[child] as T).at >= one.at) break;
      heap[at] = heap[child] as T;
      at = child;
    }
    heap[at] = one;
  }
}
