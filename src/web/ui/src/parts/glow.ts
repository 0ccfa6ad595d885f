import { useRef } from "preact/hooks";

/**
 * A class that makes an element glow once, softly, each time `value` changes; nothing at first sight.
 * Two names in turn, because the same animation would not start again.
 */
export function useGlow(value: string): string {
  const seen = useRef({ value, turns: 0 });
  if (seen.current.value !== value) seen.current = { value, turns: seen.current.turns + 1 };
  const { turns } = seen.current;
  if (turns === 0) return "";
  return turns % 2 === 0 ? "glow-even" : "glow-odd";
}
