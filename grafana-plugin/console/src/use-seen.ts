import { type RefObject, useEffect, useRef, useState } from "react";

/** So far beyond the edge something counts as seen: it is there before one gets to it. */
const ahead = "300px";

/** Whether an element is in sight: what nobody sees need not be asked for. */
export function useSeen<E extends Element>(): [RefObject<E | null>, boolean] {
  const element = useRef<E>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => setSeen(entries.at(-1)?.isIntersecting ?? false),
      { rootMargin: ahead },
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, isSeen];
}
