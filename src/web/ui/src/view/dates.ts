/**
 * Dates at the site, as `2026-11-23`. Pure.
 */

/** The date that it is somewhere at a moment. */
export function dateAt(ms: number, zone: string): string {
  const format = (timeZone: string): string =>
    new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }).format(ms);
  try {
    return format(zone);
  } catch {
    return format("UTC");
  }
}

/** So many days later; what is no date stays as it is. */
export function daysLater(date: string, days: number): string {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(ms) ? new Date(ms + days * 86_400_000).toISOString().slice(0, 10) : date;
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && daysLater(text, 0) === text;
}
