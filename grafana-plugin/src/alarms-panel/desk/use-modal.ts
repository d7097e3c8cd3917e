import { type RefObject, useLayoutEffect, useRef } from "react";

/** Opens a dialog when it is drawn; when it goes, the focus is again where it was. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return dialog;
}
