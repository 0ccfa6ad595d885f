/**
 * The round places of a chart's axes: times that are round in the site's zone, values that are round by themselves.
 * Pure. Times are seconds since 1970.
 */

/** More marks than these are read as noise. */
export const TICKS_MOST = 5;

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28].map((n) => n * DAY),
];

const zones = new Map<string, Intl.DateTimeFormat>();

function fields(zone: string): Intl.DateTimeFormat {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const options: Intl.DateTimeFormatOptions = {
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  };
  const made = ((): Intl.DateTimeFormat => {
    try {
      return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone });
    } catch {
      // As everywhere on the page: a zone this browser does not know is read as UTC.
      return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
  })();
  zones.set(zone, made);
  return made;
}

/** What the clocks of a zone are ahead of UTC at a time. */
export function zoneOffset(seconds: number, zone: string): number {
  const at = Math.floor(seconds);
  const parts = new Map(fields(zone).formatToParts(at * 1000).map((part) => [part.type, Number(part.value)]));
  const of = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) / 1000;
  return local - at;
}

/** `2026-11-23`: the day that a zone's calendars show at a time. */
export function dayOf(seconds: number, zone: string): string {
  return new Date((seconds + zoneOffset(seconds, zone)) * 1000).toISOString().slice(0, 10);
}

/** When a zone's day begins; null for what is no day. */
export function dayStart(day: string, zone: string): number | null {
  const local = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) / 1000 : Number.NaN;
  if (!Number.isFinite(local) || dayOf(local, "UTC") !== day) return null;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  const guess = local - zoneOffset(local, zone);
  return local - zoneOffset(guess, zone);
}

/** The day so many days later, or earlier. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY * 1000).toISOString().slice(0, 10);
}

/** At most `most` times that are round on the clocks of the zone. */
export function timeTicks(from: number, to: number, zone: string, most = TICKS_MOST): number[] {
  for (const step of TIME_STEPS) {
    if ((to - from) / step > most + 1) continue;
    const ticks = roundTimes(from, to, step, zone);
    if (ticks.length <= most) return ticks;
  }
  return [from, to];
}

function roundTimes(from: number, to: number, step: number, zone: string): number[] {
  const ticks: number[] = [];
  let at = from;
  while (at <= to) {
    // The clocks may change between two marks: each is made round by itself.
    const local = at + zoneOffset(at, zone);
    const round = at + ((step - (local % step)) % step);
    const settled = round - (((round + zoneOffset(round, zone)) % step) + step) % step;
    const tick = settled >= at ? settled : round;
    if (tick > to) break;
    ticks.push(tick);
    at = tick + Math.max(MINUTE, step / 2);
  }
  return ticks;
}

export interface ValueScale {
  min: number;
  max: number;
  ticks: number[];
  /** Digits after the point that tell the ticks apart. */
  digits: number;
}

/** From the lowest to the highest, made round outwards. `least` is the smallest stretch worth showing. */
export function valueScale(lowest: number, highest: number, least: number, most = TICKS_MOST): ValueScale {
  const spare = Math.max(0, least - (highest - lowest)) / 2;
  // A count does not go below nothing because nothing happened.
  const low = lowest >= 0 ? Math.max(0, lowest - spare) : lowest - spare;
  const high = Math.max(highest + spare, low + least);
  for (let step = firstStep((high - low) / most); ; step = nextStep(step)) {
    const from = Math.floor(low / step + 1e-9);
    const to = Math.ceil(high / step - 1e-9);
    if (to - from + 1 > most) continue;
    const ticks = Array.from({ length: to - from + 1 }, (_, n) => Number(((from + n) * step).toPrecision(12)));
    return { min: ticks[0] ?? low, max: ticks[ticks.length - 1] ?? high, ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }
}

function firstStep(size: number): number {
  return 10 ** Math.floor(Math.log10(Math.max(size, 1e-6)));
}

/** 1, 2, 5, 10, 20, 50 and so on. */
function nextStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const lead = Math.round(step / power);
  return power * (lead === 1 ? 2 : lead === 2 ? 5 : 10);
}
