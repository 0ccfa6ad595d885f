/**
 * Time as people say it, in the site's zone. Pure: the moment, the zone and the language are arguments.
 */
import type { Language, Speak } from "../words/speak";

const formats = new Map<string, Intl.DateTimeFormat>();

type Style = "clock" | "clock_seconds" | "exact" | "day" | "day_short";

function format(language: Language, zone: string, style: Style): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${style}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const options: Intl.DateTimeFormatOptions =
    style === "day"
      ? { weekday: "long", month: "long", day: "numeric" }
      : style === "day_short"
        ? { month: "short", day: "numeric" }
        : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (style === "clock_seconds" || style === "exact") options.second = "2-digit";
  if (style === "exact") Object.assign(options, { year: "numeric", month: "2-digit", day: "2-digit" });
  const made = inZone(language === "en" ? "en-GB" : "zh-CN", zone, options);
  formats.set(key, made);
  return made;
}

/** A zone this browser does not know must not blank the page: it then shows UTC, and `zoneName` says so. */
function inZone(locale: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  }
}

const zones = new Map<string, string>();

export function zoneName(zone: string): string {
  const known = zones.get(zone) ?? inZone("en-GB", zone, {}).resolvedOptions().timeZone;
  zones.set(zone, known);
  return known;
}

/** A page of a thousand rows says the same moments again each second, and the browser takes its time to write one. */
const written = new Map<string, string>();
const WRITTEN_MAX = 8_000;

function write(ms: number, language: Language, zone: string, style: Style): string {
  const key = `${ms} ${language} ${zone} ${style}`;
  const known = written.get(key);
  if (known !== undefined) return known;
  if (written.size >= WRITTEN_MAX) written.clear();
  const made = format(language, zone, style).format(ms);
  written.set(key, made);
  return made;
}

/** `09:41` */
export function clock(ms: number, language: Language, zone: string): string {
  return write(ms, language, zone, "clock");
}

/** `09:41:07` */
export function clockSeconds(ms: number, language: Language, zone: string): string {
  return format(language, zone, "clock_seconds").format(ms);
}

/** `Monday 23 November`, `11月23日星期一` */
export function day(ms: number, language: Language, zone: string): string {
  return write(ms, language, zone, "day");
}

/** `23 Nov` */
export function dayShort(ms: number, language: Language, zone: string): string {
  return write(ms, language, zone, "day_short");
}

/** Date, time and zone, for a tooltip. */
export function exact(ms: number, language: Language, zone: string): string {
  return `${write(ms, language, zone, "exact")} ${zoneName(zone)}`;
}

/** `12 s`, `35 min`, `2 h 10 min`, `1 d 3 h`; never negative, whole units rounded down. */
export function duration(seconds: number, say: Speak): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return say("seconds", { n: s });
  if (s < 3600) return say("minutes", { n: Math.floor(s / 60) });
  const h = Math.floor(s / 3600);
  if (h < 24) {
    const m = Math.floor((s % 3600) / 60);
    return m === 0 ? say("hours", { h }) : say("hours_minutes", { h, m });
  }
  const d = Math.floor(h / 24);
  return h % 24 === 0 ? say("days", { d }) : say("days_hours", { d, h: h % 24 });
}

/** `12 s ago`, `just now` under three seconds. */
export function ago(seconds: number, say: Speak): string {
  return seconds < 3 ? say("just_now") : say("ago", { age: duration(seconds, say) });
}

/** Seconds from a stamp to now; null when there is no stamp or it is not one. */
export function since(stamp: string | null, now: number): number | null {
  const ms = moment(stamp);
  return ms === null ? null : (now - ms) / 1000;
}

export function moment(stamp: unknown): number | null {
  if (typeof stamp !== "string") return null;
  const ms = Date.parse(stamp);
  return Number.isFinite(ms) ? ms : null;
}
