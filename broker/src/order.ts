/** Somebody in a line. */
export interface Place {
  /** Its work is done. */
  ready: boolean;
  leave(): void;
}

/** A line in which work may end in any order and leaves in the order it came. */
export interface Line {
  /** Takes the next place. */
  stand(place: Place): void;
  /** The work of one that stands here is done: it leaves as soon as all before it have. */
  settle(place: Place): void;
}

const leave = (place: Place): void => place.leave();

/**
 * An empty line. Each leaves in a turn of the event loop of its own: packets that aedes handles in one turn can
 * overtake each other, and those overtaken are dropped as duplicates (moscajs/aedes#955).
 */
export function standInLine(): Line {
  const places: Place[] = [];
  return {
    stand(place) {
      places.push(place);
    },
    settle(place) {
      place.ready = true;
      while (places[0]?.ready) setImmediate(leave, places.shift() as Place);
    },
  };
}
