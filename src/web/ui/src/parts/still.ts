/**
 * Lists of many that change one at a time: what has not changed is not drawn again, though the list is.
 */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";

/**
 * Gives the drawing it gave before while what it is of is the same, or says the same: an overview tells everything anew,
 * also what is as it was.
 */
export function useStill<T extends { id: string }>(draw: (one: T) => VNode): (one: T) => VNode {
  const kept = useRef(new Map<string, { one: T; drawn: VNode }>());
  return (one) => {
    const before = kept.current.get(one.id);
    if (before !== undefined && (before.one === one || JSON.stringify(before.one) === JSON.stringify(one))) return before.drawn;
    const drawn = draw(one);
    kept.current.set(one.id, { one, drawn });
    return drawn;
  };
}
