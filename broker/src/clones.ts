/** A connection that has proven itself by a certificate. */
export interface Sighting {
  readonly certificate: string;
  /** The address that it comes from, without its port. */
  readonly place: string;
  readonly at: number;
  /** It has ended an older connection of the same client. */
  readonly tookOver: boolean;
}

/** Takeovers that are counted against one another. */
const windowMs = 5 * 60_000;
/**
 * A device that comes back by its other link ends its own half-open connection once, and perhaps goes
 * back: only two that both live change places again and again.
 */
const mostMoves = 3;
/** From one address a restart looks the same; none starts ten times in five minutes and works. */
const mostTakeovers = 10;
/** Certificates that are watched; the one seen longest ago makes room. */
const mostWatched = 10_000;

interface Watched {
  place: string;
  /** When a connection was taken over, and whether from another place. */
  takeovers: { readonly at: number; readonly moved: boolean }[];
}

/**
 * Watches for a certificate that is used by two at once: they end each other's connection in turn.
 * Pure; the clock is in the sightings.
 * @returns what says of a sighting whether it shows a clone
 */
export function watchForClones(): (sighting: Sighting) => boolean {
  const watched = new Map<string, Watched>();
  return ({ certificate, place, at, tookOver }) => {
    const known = watched.get(certificate) ?? { place, takeovers: [] };
    watched.delete(certificate);
    watched.set(certificate, known);
    const [oldest] = watched.keys();
    if (watched.size > mostWatched && oldest !== undefined) watched.delete(oldest);
    const moved = place !== known.place;
    known.place = place;
    if (!tookOver) return false;
    known.takeovers = [
      ...known.takeovers.filter((one) => at - one.at < windowMs),
      { at, moved },
    ].slice(-mostTakeovers);
    const moves = known.takeovers.filter((one) => one.moved).length;
    return moves >= mostMoves || known.takeovers.length >= mostTakeovers;
  };
}
