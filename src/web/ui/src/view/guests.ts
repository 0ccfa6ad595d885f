/**
 * The guests board: who is shown for a filter and a search, in an order that does not jump as time passes. Pure.
 */
import type { Visit } from "../wire/types";
import { moment } from "./time";

export const FILTERS = ["awaited", "late", "waiting", "here", "left", "cancelled", "all"] as const;
export type Filter = (typeof FILTERS)[number];

/** `due`: VIPs first, then by the time they are expected. */
export const SORTS = ["due", "time", "arrived", "late", "name"] as const;
export type Sort = (typeof SORTS)[number];

export interface Wish {
  show: Filter;
  query: string;
  /** Empty: every one. */
  tier: string;
  place: string;
  sort: Sort;
}

const TIER: Readonly<Record<Visit["tier"], number>> = { vip: 0, guest: 1, staff: 2 };
const byName = new Intl.Collator("zh-CN", { numeric: true, sensitivity: "base" });

/** One guest may come twice a day. */
export function keyOf(visit: Visit): string {
  return `${visit.code} ${visit.expected_at ?? ""}`;
}

export function passes(visit: Visit, filter: Filter): boolean {
  switch (filter) {
    case "awaited":
      return visit.state === "expected" || visit.state === "late";
    case "late":
    case "left":
    case "cancelled":
      return visit.state === filter;
    case "waiting":
      return visit.state === "arrived" && visit.waits_since !== null;
    case "here":
      return visit.state === "arrived";
    case "all":
      return true;
  }
}

/** How many each filter shows, of one rank and place where one is chosen. */
export function countBy(visits: readonly Visit[], tier = "", place = ""): Record<Filter, number> {
  const counts: Record<Filter, number> = { awaited: 0, late: 0, waiting: 0, here: 0, left: 0, cancelled: 0, all: 0 };
  for (const visit of visits) {
    if (!isOf(visit, tier, place)) continue;
    for (const filter of FILTERS) if (passes(visit, filter)) counts[filter] += 1;
  }
  return counts;
}

/** Every word of the query must be found somewhere; a search looks at everybody, whatever the filter. */
export function search(visits: readonly Visit[], wish: Wish): Visit[] {
  const words = fold(wish.query).split(/\s+/).filter((word) => word !== "");
  const found = visits.filter((visit) => {
    if (!isOf(visit, wish.tier, wish.place)) return false;
    return words.length === 0 ? passes(visit, wish.show) : words.every((word) => hayOf(visit).includes(word));
  });
  return found.sort(orderOf(wish.sort));
}

/** The places of the day, in the order of their names. */
export function places(visits: readonly Visit[]): string[] {
  return [...new Set(visits.flatMap((visit) => visit.place ?? []))].sort(byName.compare);
}

export interface Arrangement {
  /** In the order to show. */
  shown: Visit[];
  /** How many are held back so that nothing moves under the reader. */
  fresh: number;
}

/** While somebody reads (`before` is what they see), visits keep their places, changed ones included; new ones wait. */
export function arrange(found: readonly Visit[], all: readonly Visit[], before: readonly string[] | null): Arrangement {
  if (before === null) return { shown: [...found], fresh: 0 };
  const byKey = new Map(all.map((visit) => [keyOf(visit), visit]));
  const seen = new Set(before);
  return {
    shown: before.flatMap((key) => byKey.get(key) ?? []),
    fresh: found.filter((visit) => !seen.has(keyOf(visit))).length,
  };
}

/** Check-ins on their way are shown as if they had been taken. */
export function withCheckIns(visits: readonly Visit[], onTheirWay: ReadonlyMap<string, string>): readonly Visit[] {
  if (onTheirWay.size === 0) return visits;
  return visits.map((visit) => {
    const at = onTheirWay.get(visit.code);
    return at === undefined || !canComeIn(visit) ? visit : { ...visit, state: "arrived", arrived_at: visit.arrived_at ?? at };
  });
}

/** Whom a press can let in. */
export function canComeIn(visit: Visit): boolean {
  return visit.state === "expected" || visit.state === "late" || visit.state === "left";
}

function isOf(visit: Visit, tier: string, place: string): boolean {
  return (tier === "" || visit.tier === tier) && (place === "" || visit.place === place);
}

function orderOf(sort: Sort): (a: Visit, b: Visit) => number {
  switch (sort) {
    case "due":
      return (a, b) => TIER[a.tier] - TIER[b.tier] || byDue(a, b);
    case "time":
      return byDue;
    case "arrived":
      return (a, b) => (moment(b.arrived_at) ?? 0) - (moment(a.arrived_at) ?? 0) || byDue(a, b);
    case "late":
      return (a, b) => b.late_by_s - a.late_by_s || byDue(a, b);
    case "name":
      return (a, b) => byName.compare(a.name ?? a.code, b.name ?? b.code) || byDue(a, b);
  }
}

function byDue(a: Visit, b: Visit): number {
  return due(a) - due(b) || byName.compare(a.code, b.code);
}

/** Far away rather than infinite, so that two without a time are equal. */
function due(visit: Visit): number {
  return moment(visit.expected_at) ?? Number.MAX_SAFE_INTEGER;
}

/** A visit's words are folded once, not at every letter that is typed. */
const hays = new WeakMap<Visit, string>();

function hayOf(visit: Visit): string {
  const known = hays.get(visit);
  if (known !== undefined) return known;
  const { code, name, organisation, host, place, vehicle, needs } = visit;
  const made = fold([code, name, organisation, host, place, vehicle, ...needs].join("\n"));
  hays.set(visit, made);
  return made;
}

/** Case, accents and full-width forms do not matter: `ＶＩＰ` finds `vip`, `muller` finds `Müller`. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();
}
