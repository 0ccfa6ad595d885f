/**
 * How many columns the window holds. The widths stand here alone: the styles follow the class the page sets.
 */
import { computed, signal, type Signal } from "@preact/signals";

/** Room for the rail of the pages beside them. */
export const wide = matches("(min-width: 900px)");
const two = matches("(min-width: 1100px)");
const three = matches("(min-width: 1900px)");

export const columns = computed<1 | 2 | 3>(() => (three.value ? 3 : two.value ? 2 : 1));

function matches(media: string): Signal<boolean> {
  const list = window.matchMedia(media);
  const now = signal(list.matches);
  list.addEventListener("change", () => (now.value = list.matches));
  return now;
}
