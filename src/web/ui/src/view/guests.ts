/**
 * The guests board: who is shown for a filter and a search, in an order that does not jump as time passes. Pure.
 */
import type { Visit } from "../wire/types";

export const FILTERS = ["awaited", "late", "here", "left", "all"] as const;
export type Filter = (typeof FILTERS)[number];

const TIER: Readonly<Record<Visit["tier"], number>> = { vip: 0, guest: 1, staff: 2 };

export function passes(visit: Visit, filter: Filter): boolean {
  switch (filter) {
    case "awaited":
      return visit.state === "expected" || visit.state === "late";
    case "late":
      return visit.state === "late";
    case "here":
      return visit.state === "arrived";
    case "left":
      return visit.state === "left";
    case "all":
      return true;
  }
}

export function countBy(visits: readonly Visit[]): Record<Filter, number> {
  const counts: Record<Filter, number> = { awaited: 0, late: 0, here: 0, left: 0, all: 0 };
  for (const visit of visits) {
    for (const filter of FILTERS) if (passes(visit, filter)) counts[filter] += 1;
  }
  return counts;
}

/** Every word of the query must be found somewhere; a search looks at everybody, whatever the filter. */
export function search(visits: readonly Visit[], filter: Filter, query: string): Visit[] {
  const words = fold(query).split(/\s+/).filter((word) => word !== "");
  const found =
    words.length === 0
      ? visits.filter((visit) => passes(visit, filter))
      : visits.filter((visit) => {
          const hay = fold(
            [visit.code, visit.name, visit.organisation, visit.host, visit.place, visit.vehicle].join("\n"),
          );
          return words.every((word) => hay.includes(word));
        });
  return found.sort(byTierThenTime);
}

/** VIPs first, then by the time they are expected: neither changes while one reads. */
export function byTierThenTime(a: Visit, b: Visit): number {
  return (
    TIER[a.tier] - TIER[b.tier] ||
    due(a) - due(b) ||
    a.code.localeCompare(b.code, "en", { numeric: true })
  );
}

/** Far away rather than infinite, so that two without a time are equal. */
function due(visit: Visit): number {
  return visit.expected_at === null ? Number.MAX_SAFE_INTEGER : Date.parse(visit.expected_at);
}

/** Case, accents and full-width forms do not matter: `ＶＩＰ` finds `vip`, `muller` finds `Müller`. */
function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();
}
