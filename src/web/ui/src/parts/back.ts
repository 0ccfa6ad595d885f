/**
 * From a list to one of its things and back: the list is found again where it was left, with the keyboard on the thing
 * that was opened; the thing is seen from its head.
 */

let left: { y: number; opened: string | null } | null = null;

/** The list is shown. `find` is asked for the thing that was opened; what is returned remembers where the list is left. */
export function returned(find: (id: string) => HTMLElement | null): () => void {
  if (left !== null && left.opened !== null) {
    window.scrollTo(0, left.y);
    find(left.opened)?.focus({ preventScroll: true });
  }
  left = null;
  // The page is as tall as the next one by the time it is left: so its place is noted while one scrolls.
  let y = window.scrollY;
  const note = (): void => void (y = window.scrollY);
  window.addEventListener("scroll", note, { passive: true });
  return () => {
    window.removeEventListener("scroll", note);
    left = { y, opened: null };
  };
}

/** The thing is shown. Whoever came from the list stands at its head; whoever came by its address keeps the focus. */
export function entered(id: string): void {
  if (left === null) return;
  left.opened = id;
  window.scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}
