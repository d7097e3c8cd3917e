import { useEffect, useLayoutEffect, useRef } from "react";
import { takesWriting } from "./keys.ts";

/** Where the keyboard is in the panel, and how it gets to a row. */
export function useFocus() {
  const root = useRef<HTMLDivElement>(null);
  const byKeys = useRef(false);
  useEffect(() => {
    const byPointer = () => {
      byKeys.current = false;
    };
    document.addEventListener("pointerdown", byPointer);
    return () => document.removeEventListener("pointerdown", byPointer);
  }, []);
  // Who works with keys stays in the panel when the row or the dialog under them goes; not on another
  // row, for the next key would act on that.
  useLayoutEffect(() => {
    if (byKeys.current && document.activeElement === document.body) root.current?.focus();
  });
  return {
    root,
    /** Somebody works with keys. */
    keyed() {
      byKeys.current = true;
    },
    /** What the focus is in: a row, the details, or neither. */
    where(): "row" | "details" | undefined {
      if (document.activeElement?.closest(".kenh-row")) return "row";
      return document.activeElement?.closest(".kenh-details") ? "details" : undefined;
    },
    /** To a row, as soon as it is drawn. */
    toRow(key: string) {
      requestAnimationFrame(() => {
        // Who has begun to write meanwhile would go on writing on a row, where letters are calls.
        if (takesWriting(document.activeElement)) return;
        for (const row of root.current?.querySelectorAll<HTMLElement>(".kenh-row") ?? []) {
          if (row.dataset["id"] === key) row.focus({ preventScroll: true });
        }
      });
    },
  };
}
