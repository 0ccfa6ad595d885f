/**
 * One room over an hour or a day: which stretch of time that is, and what is tinted in its charts. Pure. Times are
 * seconds since 1970.
 */
import type { Alert, Limits } from "../wire/types";
import { dayAfter, dayOf, dayStart } from "./axis";
import { isAbout } from "./rooms";
import { beyond, silences, type Stretch, type Value } from "./series";
import { moment } from "./time";

export const SPANS = ["1h", "6h", "day", "week"] as const;
export type Span = (typeof SPANS)[number];

/** Not so fine that a sensor's own pace shows as holes, not so coarse that a peak is lost. */
const STEP_S: Readonly<Record<Span, number>> = { "1h": 60, "6h": 120, day: 300, week: 1_800 };
const HOUR = 3_600;
const WEEK_DAYS = 7;

export interface Stretched {
  span: Span;
  /** The day it shows, `2026-11-23`. */
  day: string;
  from: number;
  to: number;
  step: number;
  /** It ends at the present and goes on. */
  isLive: boolean;
}

/** A day that has not come, or is none, is today. Hours are those before the present: a day that is over has none. */
export function stretchOf(span: string, day: string, now: number, zone: string): Stretched {
  const today = dayOf(now, zone);
  const asked = SPANS.find((one) => one === span) ?? "day";
  const isLive = !(day < today && dayStart(day, zone) !== null);
  const shown = isLive ? today : day;
  const of = (days: number, to: number): Pick<Stretched, "from" | "to"> => ({ from: dayStart(dayAfter(shown, 1 - days), zone) ?? to - days * 24 * HOUR, to });
  if (!isLive) {
    const whole = asked === "week" ? "week" : "day";
    const to = dayStart(dayAfter(shown, 1), zone) ?? now;
    return { span: whole, day, step: STEP_S[whole], isLive, ...of(whole === "week" ? WEEK_DAYS : 1, to) };
  }
  const step = STEP_S[asked];
  const to = (Math.floor(now / step) + 1) * step;
  const hours = asked === "1h" ? 1 : 6;
  const reach = asked === "day" ? of(1, to) : asked === "week" ? of(WEEK_DAYS, to) : { from: to - hours * HOUR, to };
  return { span: asked, day: shown, step, isLive, ...reach };
}

/** A day that began before anything was heard is drawn from the hour in which it was: nothing is to be seen before. */
export function begun(from: number, x: readonly number[], columns: readonly (readonly Value[])[]): number {
  const first = x.find((_, at) => columns.some((column) => typeof column[at] === "number"));
  return first === undefined ? from : Math.max(from, Math.floor(first / HOUR) * HOUR);
}

export interface Band extends Stretch {
  tone: "look" | "act" | "unknown";
}

interface Seen {
  room: string;
  metric: string;
  x: readonly number[];
  values: readonly Value[];
  limits: Limits;
  alerts: readonly Alert[];
  from: number;
  to: number;
  now: number;
}

/** Silences, what is beyond a limit, what is watched and what needs somebody; of two at once, the graver. */
export function bandsOf({ room, metric, x, values, limits, alerts, from, to, now }: Seen): Band[] {
  const about = alerts.filter((alert) => isAbout(alert, room, metric));
  const act = about.flatMap((alert) => stretch(alert.fired_at, alert.resolved_at, now));
  const watched = about.flatMap((alert) => stretch(alert.pending_at ?? alert.fired_at, alert.fired_at ?? alert.resolved_at, now));
  const look = without(united([...watched, ...beyond(x, values, limits)]), act);
  const silent = silences(x, values, from, Math.min(to, now));
  return [
    ...silent.map((one): Band => ({ ...one, tone: "unknown" })),
    ...look.map((one): Band => ({ ...one, tone: "look" })),
    ...united(act).map((one): Band => ({ ...one, tone: "act" })),
  ];
}

function stretch(begin: string | null, end: string | null, now: number): Stretch[] {
  const from = moment(begin);
  const to = end === null ? now : (moment(end) ?? now * 1000) / 1000;
  return from === null || to <= from / 1000 ? [] : [{ from: from / 1000, to }];
}

export function united(stretches: readonly Stretch[]): Stretch[] {
  const made: Stretch[] = [];
  for (const one of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = made[made.length - 1];
    if (last !== undefined && one.from <= last.to) last.to = Math.max(last.to, one.to);
    else made.push({ ...one });
  }
  return made;
}

export function without(stretches: readonly Stretch[], taken: readonly Stretch[]): Stretch[] {
  let left = [...stretches];
  for (const hole of taken) {
    left = left.flatMap((one) => {
      if (hole.to <= one.from || hole.from >= one.to) return [one];
      return [
        { from: one.from, to: hole.from },
        { from: hole.to, to: one.to },
      ].filter((piece) => piece.to > piece.from);
    });
  }
  return left;
}

/** Seconds of all of them inside a stretch. */
export function lasting(stretches: readonly Stretch[], from: number, to: number): number {
  return stretches.reduce((sum, one) => sum + Math.max(0, Math.min(one.to, to) - Math.max(one.from, from)), 0);
}
