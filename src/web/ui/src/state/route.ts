/**
 * Where the reader is: the page, what is opened on it, and how it is filtered, all in the address, so that a reload, a
 * bookmark and the way back find the same again. Draws nothing.
 */
import { computed, signal, type ReadonlySignal } from "@preact/signals";

/** In the order of the navigation. Each is an address that the gateway answers with this page. */
export const PAGES = ["now", "arrivals", "vehicles", "rooms", "alerts", "devices", "plan", "report", "system", "wall"] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  page: Page;
  /** What is opened on it: a room, a vehicle, an alert. */
  id: string | null;
  params: URLSearchParams;
}

/** The first part of the path names the page, the second what is opened; no path, or one of no page, is Now. */
export function read(path: string, search: string): Route {
  const [first = "", id = ""] = path.split("/").filter((part) => part !== "");
  const page = PAGES.find((one) => one === first) ?? "now";
  return { page, id: id === "" ? null : decoded(id), params: new URLSearchParams(search) };
}

/** The address of a page, and of something opened on it. */
export function pathOf(page: Page, id: string | null = null): string {
  const base = page === "now" ? "/" : `/${page}`;
  return id === null ? base : `${base}/${encodeURIComponent(id)}`;
}

export const route = signal<Route>(here());

/** One page's choice, from the address; `fallback` where the address says nothing. */
export function param(name: string, fallback = ""): ReadonlySignal<string> {
  return computed(() => route.value.params.get(name) ?? fallback);
}

/**
 * Writes choices into the address; null takes one out. They replace the present address, so that the way back leads to
 * the page before and not through every letter of a search.
 */
export function choose(choices: Readonly<Record<string, string | null>>): void {
  const params = new URLSearchParams(route.value.params);
  for (const [name, value] of Object.entries(choices)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  const said = params.toString();
  history.replaceState(history.state, "", location.pathname + (said === "" ? "" : `?${said}`));
  route.value = here();
}

/** Goes to an address of this gateway. */
export function go(address: string): void {
  const before = route.value.page;
  history.pushState(null, "", address);
  route.value = here();
  if (route.value.page !== before) window.scrollTo(0, 0);
}

/** Follows the way back, and every plain press on a link that leads to a page of this one. */
export function follow(): void {
  window.addEventListener("popstate", () => (route.value = here()));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || !isPlain(event) || link.target !== "" || link.hasAttribute("download")) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !isPage(url.pathname) || (url.hash !== "" && url.pathname === location.pathname)) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}

function isPlain(event: MouseEvent): boolean {
  return event.button === 0 && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}

function isPage(path: string): boolean {
  const first = path.split("/")[1] ?? "";
  return first === "" || PAGES.some((page) => page === first);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function here(): Route {
  return typeof location === "undefined" ? read("/", "") : read(location.pathname, location.search);
}
