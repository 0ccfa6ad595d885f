/** The pages that people open: those of the dashboard's own list, so that a new one is looked at without a word here. */
import { PAGES as NAMES, pathOf, type Page as Name } from "../src/state/route";

export interface Page {
  name: Name;
  path: string;
  /** What stands there once the gateway's data is shown. */
  shown: string;
}

export const PAGES: readonly Page[] = NAMES.map((name) => ({
  name,
  path: pathOf(name),
  shown: `main[data-page="${name}"]:not(:has(.page-waiting)) h1`,
}));

/** Something opened on a page, at an address of its own. */
export function opened(name: Name, id: string): Page {
  return { ...page(name), path: pathOf(name, id) };
}

/** Those that stand in the frame with the way between them. The wall has nothing to press. */
export const DESK: readonly Page[] = PAGES.filter(({ name }) => name !== "wall");

export function page(name: Name): Page {
  const found = PAGES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no page ${name}`);
  return found;
}
