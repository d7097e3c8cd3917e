interface Place {
  ready: boolean;
  readonly leave: () => void;
}

/** Takes a place in the line; the answer is called once its work is done. */
export type Line = (leave: () => void) => () => void;

/**
 * A line in which work may end in any order and leaves in the order it came.
 * Each leaves in a turn of the event loop of its own: packets that aedes handles in one turn can
 * overtake each other, and those overtaken are dropped as duplicates (moscajs/aedes#955).
 */
export function standInLine(): Line {
  const places: Place[] = [];
  return (leave) => {
    const place: Place = { ready: false, leave };
    places.push(place);
    return () => {
      place.ready = true;
      while (places[0]?.ready) setImmediate((places.shift() as Place).leave);
    };
  };
}
