import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** Rows drawn above and below what is seen, so that a turn of the wheel shows no hole. */
const margin = 4;
/** Where nothing can be measured, as in a test without layout. */
const assumed = { width: 1024, height: 640, fontPx: 16 };

/** How much room an element has, and how large its text is; in pixels. */
interface Room {
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fontPx: number;
}

/** Measures an element, at once and whenever it changes its size. */
export function useRoom(element: RefObject<HTMLElement | null>): [Room, () => void] {
  const [room, setRoom] = useState<Room>({ ...assumed, top: 0 });
  const measure = useCallback(() => {
    if (!element.current) return;
    const fontPx = Number.parseFloat(getComputedStyle(element.current).fontSize) || assumed.fontPx;
    const height = element.current.clientHeight || assumed.height;
    const width = element.current.clientWidth || assumed.width;
    const now: Room = { top: element.current.scrollTop, width, height, fontPx };
    setRoom((before) => (isSame(before, now) ? before : now));
  }, [element]);
  // After each drawing: the element may be another one, and asking costs nothing when nothing changed.
  useLayoutEffect(() => {
    measure();
  });
  useLayoutEffect(() => {
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(document.documentElement);
    return () => observer.disconnect();
  }, [measure]);
  return [room, measure];
}

function isSame(a: Room, b: Room): boolean {
  return a.top === b.top && a.width === b.width && a.height === b.height && a.fontPx === b.fontPx;
}

/** The rows of a long list that are worth drawing. */
export interface RowWindow {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly first: number;
  /** Past the last. */
  readonly end: number;
  /** Rows that are seen at once. */
  readonly places: number;
  readonly rowPx: number;
  readonly onScroll: () => void;
  /** Brings a row into sight. */
  reveal(index: number): void;
}

/**
 * Draws the rows of a list that are in sight, and a few more. All rows are equally high.
 * @param rowEm height of a row, in the font size of the scroller
 */
export function useWindow(count: number, rowEm: number): RowWindow {
  const scroller = useRef<HTMLDivElement>(null);
  const [room, measure] = useRoom(scroller);
  const rowPx = Math.round(rowEm * room.fontPx);
  const first = Math.max(0, Math.floor(room.top / rowPx) - margin);
  // Rows of another height: what stood at the top stays there.
  const drawnPx = useRef(rowPx);
  useLayoutEffect(() => {
    if (scroller.current && drawnPx.current !== rowPx) {
      scroller.current.scrollTop *= rowPx / drawnPx.current;
      measure();
    }
    drawnPx.current = rowPx;
  }, [rowPx, measure]);
  return {
    scroller,
    first: Math.min(first, Math.max(0, count - 1)),
    end: Math.min(count, Math.ceil((room.top + room.height) / rowPx) + margin),
    places: Math.max(1, Math.floor(room.height / rowPx)),
    rowPx,
    onScroll: measure,
    reveal(index) {
      const element = scroller.current;
      if (!element) return;
      const top = index * rowPx;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowPx > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + rowPx - element.clientHeight;
      }
      measure();
    },
  };
}
