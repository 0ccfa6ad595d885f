/**
 * The day's arrivals as figures: how many should be here and how many are, who comes next, and when. Pure.
 */
import type { Visit } from "../wire/types";
import { moment } from "./time";

/** One line over the day: seconds since 1970, and of each moment how many should have come and how many have. */
export interface Curve {
  at: number[];
  expected: number[];
  /** Null from now on: nobody knows yet. */
  arrived: (number | null)[];
  /** Visits that the plan gives no time: they are in the second line alone, when they come. */
  untimed: number;
}

const STEP_S = 5 * 60;
/** A plan of some days is drawn as well, in wider steps. */
const STEPS_MAX = 288;

/** Null while there is nothing to draw. */
export function curve(visits: readonly Visit[], now: number): Curve | null {
  const wanted = visits.filter((visit) => visit.state !== "cancelled");
  const due = seconds(wanted.map((visit) => visit.expected_at));
  const come = seconds(wanted.map((visit) => visit.arrived_at));
  const [first, last] = [Math.min(...ends(due), ...ends(come)), Math.max(...ends(due), ...ends(come))];
  if (!Number.isFinite(first)) return null;
  const step = STEP_S * Math.max(1, Math.ceil((last - first) / STEP_S / STEPS_MAX));
  const from = Math.floor(first / step) * step;
  const drawn: Curve = { at: [], expected: [], arrived: [], untimed: wanted.length - due.length };
  let [expected, arrived, told] = [0, 0, false];
  for (let at = from; at <= last + step; at += step) {
    while (expected < due.length && (due[expected] ?? 0) <= at) expected += 1;
    // The line of those who are here ends at this moment, not at the next step, and with everybody who is here.
    if (!told && at > now / 1000 && at > from) {
      drawn.at.push(now / 1000);
      drawn.expected.push(due.filter((one) => one <= now / 1000).length);
      drawn.arrived.push(come.length);
      told = true;
    }
    while (arrived < come.length && (come[arrived] ?? 0) <= at) arrived += 1;
    drawn.at.push(at);
    drawn.expected.push(expected);
    drawn.arrived.push(at <= now / 1000 ? arrived : null);
  }
  return drawn;
}

function seconds(stamps: readonly (string | null)[]): number[] {
  return stamps
    .flatMap((stamp) => moment(stamp) ?? [])
    .map((ms) => ms / 1000)
    .sort((a, b) => a - b);
}

function ends(sorted: readonly number[]): number[] {
  return sorted.length === 0 ? [] : [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0];
}

/** VIPs who are not late, in the order in which they come. */
export function nextVips(visits: readonly Visit[]): Visit[] {
  return visits.filter((visit) => visit.tier === "vip" && visit.state === "expected" && visit.expected_at !== null).sort(byDue);
}

/** Everybody who is late: VIPs first, then who is awaited longest. */
export function lateOnes(visits: readonly Visit[]): Visit[] {
  const rank = (visit: Visit): number => (visit.tier === "vip" ? 0 : 1);
  return visits.filter((visit) => visit.state === "late").sort((a, b) => rank(a) - rank(b) || byDue(a, b));
}

/** Who comes next, of whatever rank, and how many at that same time; null when nobody is awaited. */
export function nextDue(visits: readonly Visit[], now: number): { visit: Visit; n: number } | null {
  const ahead = visits.filter((visit) => visit.state === "expected" && (moment(visit.expected_at) ?? 0) >= now);
  const [first] = ahead.sort((a, b) => byDue(a, b) || Number(b.tier === "vip") - Number(a.tier === "vip"));
  return first === undefined ? null : { visit: first, n: ahead.filter((one) => byDue(one, first) === 0).length };
}

function byDue(a: Visit, b: Visit): number {
  return (moment(a.expected_at) ?? Infinity) - (moment(b.expected_at) ?? Infinity) || 0;
}
