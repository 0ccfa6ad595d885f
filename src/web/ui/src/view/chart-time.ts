/**
 * A chart's times in words: the clock alone inside a day, the day beside it where there are more. Pure.
 */
import type { Language } from "../words/speak";
import { dayOf, dayStart } from "./axis";
import { clock } from "./time";

const DAY_S = 86_400;
const days = new Map<string, Intl.DateTimeFormat>();

/** `23 Nov`, `11月23日` */
export function dayName(day: string, language: Language): string {
  const format = days.get(language) ?? new Intl.DateTimeFormat(language === "en" ? "en-GB" : "zh-CN", { day: "numeric", month: "short", timeZone: "UTC" });
  days.set(language, format);
  return format.format(Date.parse(`${day}T12:00:00Z`));
}

/** `14:00`; at the beginning of a day, where several are shown, `23 Nov`. */
export function chartTick(seconds: number, span: number, language: Language, zone: string): string {
  const day = dayOf(seconds, zone);
  if (span > DAY_S * 1.1 && dayStart(day, zone) === seconds) return dayName(day, language);
  return clock(seconds * 1000, language, zone);
}

/** `14:05`, or `23 Nov 14:05` where several days are shown. */
export function chartStamp(seconds: number, span: number, language: Language, zone: string): string {
  const time = clock(seconds * 1000, language, zone);
  return span > DAY_S * 1.1 ? `${dayName(dayOf(seconds, zone), language)} ${time}` : time;
}
