/** A number of bytes that all connections share, with a bound. */
export interface Pool {
  readonly bytes: number;
  readonly full: boolean;
  /** Adds, or takes back what was added. */
  add(bytes: number): void;
  /** Calls `resume` once, when the pool has room again. */
  whenRoom(resume: () => void): void;
}

/** Makes an empty pool. */
export function pool(maxBytes: number): Pool {
  let bytes = 0;
  let held = new Set<() => void>();
  return {
    get bytes() {
      return bytes;
    },
    get full() {
      return bytes >= maxBytes;
    },
    add(change) {
      bytes += change;
      if (change >= 0 || bytes >= maxBytes || held.size === 0) return;
      const waiting = held;
      held = new Set();
      for (const resume of waiting) resume();
    },
    whenRoom(resume) {
      held.add(resume);
    },
  };
}
