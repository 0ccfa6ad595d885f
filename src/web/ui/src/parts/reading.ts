/**
 * Whether somebody is reading an element just now, so that its list can hold still. A pointer left lying on it, or a
 * focus left in it, stops counting after a while: a new alert must not wait for ever.
 */
import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

const LAPSES_AFTER_MS = 15_000;
const SIGNS = ["pointermove", "pointerdown", "touchmove", "wheel", "keydown", "focusin"] as const;

export function useReading<T extends HTMLElement>(): [RefObject<T>, ReadonlySignal<boolean>] {
  const element = useRef<T>(null);
  const [reading] = useState(() => signal(false));
  useEffect(() => {
    const there = element.current;
    if (there === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      clearTimeout(timer);
      reading.value = false;
    };
    const begin = (): void => {
      clearTimeout(timer);
      reading.value = true;
      timer = setTimeout(stop, LAPSES_AFTER_MS);
    };
    const leave = (event: Event): void => {
      if ((event as PointerEvent).pointerType === "mouse") stop();
    };
    for (const sign of SIGNS) there.addEventListener(sign, begin, { passive: true });
    there.addEventListener("pointerleave", leave);
    return () => {
      stop();
      for (const sign of SIGNS) there.removeEventListener(sign, begin);
      there.removeEventListener("pointerleave", leave);
    };
  }, []);
  return [element, reading];
}
