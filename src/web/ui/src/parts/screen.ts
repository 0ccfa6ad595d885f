/**
 * What keeps a screen on a wall well: it stays awake, and nothing burns in.
 */
import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

/** Asks the device not to sleep, again whenever the page is seen anew; where it is not allowed, its own settings hold. */
export function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let isWanted = true;
    const ask = async (): Promise<void> => {
      if (!("wakeLock" in navigator) || document.visibilityState !== "visible") return;
      try {
        const got = await navigator.wakeLock.request("screen");
        if (isWanted) lock = got;
        else await got.release();
      } catch {
        // Said above.
      }
    };
    const again = (): void => void ask();
    void ask();
    document.addEventListener("visibilitychange", again);
    return () => {
      isWanted = false;
      document.removeEventListener("visibilitychange", again);
      void lock?.release();
    };
  }, []);
}

/** Steps around a small circle, in rem: nobody sees one, and no edge stands in the same place all day. */
const STEPS: readonly (readonly [x: number, y: number])[] = [[0, 0], [0.15, 0], [0.2, 0.15], [0.15, 0.3], [0, 0.3], [-0.15, 0.3], [-0.2, 0.15], [-0.15, 0]];
const STEP_EVERY_MS = 180_000;

/** Where everything stands just now, as a shift. */
export function useShift(): ReadonlySignal<string> {
  const [shift] = useState(() => signal("none"));
  useEffect(() => {
    let step = 0;
    const timer = setInterval(() => {
      step = (step + 1) % STEPS.length;
      const [x, y] = STEPS[step] ?? [0, 0];
      shift.value = `translate(${x}rem, ${y}rem)`;
    }, STEP_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return shift;
}
