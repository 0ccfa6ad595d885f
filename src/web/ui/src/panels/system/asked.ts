/**
 * How the gateway itself fares, asked now and then while somebody looks.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { system, type System } from "../../wire/system";

/** Sizes and backups move slowly. */
const ASK_EVERY_MS = 10_000;

/** As last told; null until then. */
const known = signal<System | null>(null);

export function useSystem(): System | null {
  useEffect(() => {
    const ask = async (): Promise<void> => {
      const answer = await system();
      // Without an answer the last one stands; that the page is not live is said at its top.
      if (answer.ok) known.value = answer.value;
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return known.value;
}
