/**
 * What a room is used for, and what its day was like, in words. Pure.
 */
import type { Language, Speak } from "../words/speak";
import type { Booking, Room } from "../wire/types";
import { chartStamp } from "./chart-time";
import { metricName } from "./metrics";
import { extremes, type Value } from "./series";
import { clock, duration, moment } from "./time";
import { isPlainKey } from "../words/speak";

export interface RoomTelling {
  say: Speak;
  language: Language;
  /** Milliseconds since 1970. */
  now: number;
  zone: string;
}

/** `Signing, until 14:00`, `Free, booked from 15:30`; null where nobody knows. */
export function useOf({ booking = null, in_use: inUse = null }: Room, telling: RoomTelling): string | null {
  const { say, language, now, zone } = telling;
  if (booking === null) return inUse === null ? null : say(inUse ? "room_used" : "room_free");
  const [from, to] = [moment(booking.from), moment(booking.to)];
  if (from === null || to === null) return null;
  const { title } = booking;
  if (from <= now && to > now) {
    const time = clock(to, language, zone);
    return title === undefined ? say("room_use_now", { time }) : say("room_use_now_titled", { title, time });
  }
  if (inUse === true) return say("room_used");
  const time = clock(from, language, zone);
  return title === undefined ? say("room_use_next", { time }) : say("room_use_next_titled", { title, time });
}

/** `runs, 20 min left`, `begins in 2 h` */
export function bookingAge(booking: Booking, { say, now }: RoomTelling): string | null {
  const [from, to] = [moment(booking.from), moment(booking.to)];
  if (from === null || to === null || to <= now) return null;
  if (from > now) return say("room_booking_in", { age: duration((from - now) / 1000, say) });
  return say("room_booking_runs", { age: duration((to - now) / 1000, say) });
}

/** Its whole name, where a tile has only room for a short one. */
export function chartName(metric: string, say: Speak): string {
  const key = `room_chart_${metric}`;
  return isPlainKey(key) ? say(key) : metricName(metric, say);
}

interface Summed {
  x: readonly number[];
  low: readonly Value[];
  high: readonly Value[];
  /** Seconds. */
  over: number;
  silent: number;
  span: number;
  put: (value: number) => string;
}

/** `Lowest 20.1 °C at 07:10, highest 26.8 °C at 14:05. No data for 40 min.` */
export function daySummary({ x, low, high, over, silent, span, put }: Summed, { say, language, zone }: RoomTelling): string {
  const [lowest, highest] = [extremes(x, low), extremes(x, high)];
  if (lowest === null || highest === null) return say("room_chart_nothing");
  const stamp = (at: number): string => chartStamp(at, span, language, zone);
  const said = [
    say("room_chart_extremes", {
      low: put(lowest.low.value),
      low_at: stamp(lowest.low.at),
      high: put(highest.high.value),
      high_at: stamp(highest.high.at),
    }),
  ];
  if (over >= 60) said.push(say("room_chart_over", { age: duration(over, say) }));
  if (silent >= 60) said.push(say("room_chart_silent", { age: duration(silent, say) }));
  return said.join(language === "en" ? " " : "");
}
