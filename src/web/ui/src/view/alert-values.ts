/**
 * The values an alert was judged by, each with its name and in people's units. Pure.
 */
import { isPlainKey } from "../words/speak";
import type { Alert } from "../wire/types";
import type { Telling } from "./alert-words";
import { distance } from "./guest-words";
import { metricName, metricValue } from "./metrics";
import { clock, duration, exact, moment } from "./time";

export interface ValueRow {
  key: string;
  name: string;
  value: string;
  /** More of it, for a tooltip. */
  exact: string | null;
}

/** Times of these names are stamps; of any other name only what looks like one. */
const STAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
/** Places: both numbers of one are told in one row. */
const PAIRS: Readonly<Record<string, string>> = { lat: "lon", vehicle_lat: "vehicle_lon" };

export function valueRows(alert: Alert, zone: string, telling: Telling): ValueRow[] {
  const values = alert.values;
  const second = new Set(Object.entries(PAIRS).flatMap(([lat, lon]) => (lat in values && lon in values ? [lon] : [])));
  return Object.entries(values)
    .filter(([key]) => !second.has(key))
    .map(([key, value]) => {
      const pair = PAIRS[key];
      const shown = pair !== undefined && pair in values ? `${String(value)}, ${String(values[pair])}` : valueText(key, value, alert, zone, telling);
      const ms = stamp(value);
      return { key, name: valueName(key, telling), value: shown, exact: ms === null ? null : exact(ms, telling.language, zone) };
    });
}

function valueName(key: string, { say }: Telling): string {
  const word = `value_${key}`;
  if (isPlainKey(word)) return say(word);
  const step = /^step_(\d+)$/.exec(key);
  return step === null ? key.replaceAll("_", " ") : say("value_step", { n: Number(step[1]) });
}

function stamp(value: unknown): number | null {
  return typeof value === "string" && STAMP.test(value) ? moment(value) : null;
}

/** What a number counts is told by the end of its name, as the gateway names all of them. */
function valueText(key: string, value: unknown, alert: Alert, zone: string, { say, language }: Telling): string {
  const ms = stamp(value);
  if (ms !== null) return clock(ms, language, zone);
  if (typeof value === "number") {
    if (key.endsWith("_ms")) return say("milliseconds", { n: value });
    if (key.endsWith("_s")) return duration(value, say);
    if (key.endsWith("_m")) return distance(value, say);
    if (key.endsWith("_percent")) return `${value}%`;
    const metric = alert.values["metric"];
    if ((key === "value" || key === "limit") && typeof metric === "string") return metricValue(metric, value);
    return String(value);
  }
  if (typeof value === "string") {
    if (key === "metric") return metricName(value, say);
    for (const word of [`value_${key}_${value}`, `${key}_${value}`, ...(key === "incident" ? [`incident_kind_${value}`] : [])]) {
      if (isPlainKey(word)) return say(word);
    }
    return value;
  }
  return JSON.stringify(value);
}
