import { useEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";

/** A dialog of the browser's own that is open while `shown`: it keeps the focus inside and closes on Escape. */
export function useModal(shown: boolean): RefObject<HTMLDialogElement> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!shown) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [shown]);
  return dialog;
}
