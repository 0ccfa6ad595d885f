/**
 * A list that shows as much as there is room for and says how many more there are: for a screen nobody can scroll.
 */
import type { ComponentChild } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

interface FitProps {
  class?: string;
  /** List items, the most important first. */
  items: readonly ComponentChild[];
  /** What stands for those there is no room for. */
  more: (n: number) => string;
}

/** Beyond it nothing fits any screen, and each is measured. */
const MEASURED_MAX = 40;

export function Fit({ class: name = "", items, more }: FitProps) {
  const list = useRef<HTMLUListElement>(null);
  const again = (): void => {
    if (list.current !== null) fit(list.current, items.length, more);
  };
  const latest = useRef(again);
  latest.current = again;
  useLayoutEffect(again);
  useEffect(() => {
    if (list.current === null) return undefined;
    const size = new ResizeObserver(() => latest.current());
    size.observe(list.current);
    return () => size.disconnect();
  }, []);
  return (
    <ul ref={list} class={`fit ${name}`}>
      {items.slice(0, MEASURED_MAX)}
      <li class="fit-more" />
    </ul>
  );
}

function fit(list: HTMLElement, total: number, more: (n: number) => string): void {
  const all = [...list.children] as HTMLElement[];
  const last = all.pop();
  if (last === undefined) return;
  for (const item of all) item.hidden = false;
  const tell = (shown: number): void => {
    last.hidden = shown === total;
    last.textContent = shown === total ? "" : more(total - shown);
  };
  const bottom = list.getBoundingClientRect().bottom + 0.5;
  const isInside = (item: HTMLElement): boolean => item.getBoundingClientRect().bottom <= bottom;
  let shown = all.length;
  tell(shown);
  while (shown > 0 && !(all.slice(0, shown).every(isInside) && (last.hidden || isInside(last)))) {
    shown -= 1;
    const item = all[shown];
    if (item !== undefined) item.hidden = true;
    tell(shown);
  }
}
