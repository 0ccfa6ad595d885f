/**
 * Days as a site counts them: from its midnight to the next, whatever summer time does in between. Pure.
 */

const HOUR_MS = 3_600_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** `2026-11-23` at a place, for a moment. */
export function dayOf(ms: number, zone: string): string {
  const parts = new Map(shape(zone).formatToParts(ms).map((part) => [part.type, part.value]));
  return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}`;
}

/** First and last moment of a day (the last is the next one's first); null for what is no day. */
export function boundsOf(day: string, zone: string): { from: number; to: number } | null {
  const noon = DAY.test(day) ? Date.parse(`${day}T12:00:00Z`) : Number.NaN;
  // The calendar of whoever reads dates leniently: 30 February is no day.
  if (!Number.isFinite(noon) || new Date(noon).toISOString().slice(0, 10) !== day) return null;
  const next = new Date(noon + 24 * HOUR_MS).toISOString().slice(0, 10);
  return { from: midnight(day, zone), to: midnight(next, zone) };
}

/** The first moment at which the place writes this day: found by halving, so that no rule of any zone need be known. */
function midnight(day: string, zone: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`);
  // No zone is further from UTC than 14 hours.
  let before = utc - 26 * HOUR_MS;
  let after = utc + 26 * HOUR_MS;
  while (after - before > 1_000) {
    const middle = Math.floor((before + after) / 2_000) * 1_000;
    if (middle <= before || middle >= after) break;
    if (dayOf(middle, zone) < day) before = middle;
    else after = middle;
  }
  return after;
}

const shapes = new Map<string, Intl.DateTimeFormat>();

function shape(zone: string): Intl.DateTimeFormat {
  const known = shapes.get(zone);
  if (known !== undefined) return known;
  const options = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
  } catch {
    // A zone this browser does not know: UTC, as everywhere on the page.
    made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  }
  shapes.set(zone, made);
  return made;
}

/** So many days later; what is no day stays as it is. */
export function daysLater(day: string, days: number): string {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(ms) ? new Date(ms + days * 24 * HOUR_MS).toISOString().slice(0, 10) : day;
}

export function isDay(text: string): boolean {
  return DAY.test(text) && daysLater(text, 0) === text;
}
