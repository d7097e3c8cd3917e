/** A place in one table of a slave. */
export interface Place {
  readonly address: number;
  /** In registers or bits. */
  readonly length: number;
}

/** What one request reads: from the first place in it to the end of the last. */
export interface Block<P extends Place> extends Place {
  /** By address. */
  readonly places: readonly P[];
}

export interface PlanLimits {
  /** The most that one answer can carry: 125 registers, 2000 bits (Modbus application protocol 6.1 to 6.4). */
  readonly most: number;
  /** The widest gap that is read along rather than asked around. */
  readonly bridge: number;
}

/** Covers the places of one table with few requests, by address; every place is in exactly one. */
export function plan<P extends Place>(places: readonly P[], limits: PlanLimits): Block<P>[] {
  const blocks: P[][] = [];
  let start = 0;
  let end = 0;
  for (const place of places.toSorted((a, b) => a.address - b.address || a.length - b.length)) {
    const last = blocks.at(-1);
    const reach = Math.max(end, place.address + place.length);
    if (last && place.address - end <= limits.bridge && reach - start <= limits.most) {
      last.push(place);
      end = reach;
    } else {
      blocks.push([place]);
      start = place.address;
      end = place.address + place.length;
    }
  }
  return blocks.map(cover);
}

/** Two blocks in place of one that the slave refuses, to find out which of its places it means. */
export function halve<P extends Place>({ places }: Block<P>): Block<P>[] {
  const middle = Math.ceil(places.length / 2);
  return [places.slice(0, middle), places.slice(middle)]
    .filter((half) => half.length > 0)
    .map(cover);
}

function cover<P extends Place>(places: readonly P[]): Block<P> {
  const address = Math.min(...places.map((place) => place.address));
  const end = Math.max(...places.map((place) => place.address + place.length));
  return { address, length: end - address, places };
}
