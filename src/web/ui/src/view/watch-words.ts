/** What is said of the rules that watch rooms' crowds, sensors and kiosks: the same facts as the notifiers say. */

import type { Present } from "../state/apply";
import type { Alert } from "../wire/types";
import type { Told, Telling } from "./alert-words";
import { distance } from "./guest-words";
import { metricName, metricValue } from "./metrics";
import { nameOf } from "./names";
import { clock, duration, moment } from "./time";
import { number, text } from "./values";

function begun(alert: Alert, present: Present, { say, language }: Telling): string[] {
  const from = moment(alert.values["since"]) ?? moment(alert.pending_at);
  return from === null ? [] : [say("alert_since", { time: clock(from, language, present.site.time_zone) })];
}

export function crowded(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const room = nameOf(alert.subject, present, say);
  const people = number(alert.values["value"]);
  const capacity = number(alert.values["capacity"]);
  return {
    title: people === null || capacity === null ? say("crowded_title", { room }) : say("crowded_title_count", { room, people, capacity }),
    facts: begun(alert, present, telling),
    todo: say("crowded_do"),
    call: null,
  };
}

export function double(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const facts = ["first", "second"].map((which) => booked(alert, which, present, telling)).filter((fact) => fact !== null);
  return { title: say("double_title", { what: nameOf(alert.subject, present, say) }), facts, todo: say("double_do"), call: null };
}

function booked(alert: Alert, which: string, present: Present, { say, language }: Telling): string | null {
  const [from, to] = [moment(alert.values[`${which}_from`]), moment(alert.values[`${which}_to`])];
  if (from === null || to === null) return null;
  const [begins, ends] = [from, to].map((at) => clock(at, language, present.site.time_zone)) as [string, string];
  const trip = text(alert.values[`${which}_trip`]);
  if (trip === null) return say("double_fact_room", { from: begins, to: ends });
  return from === to ? say("double_fact_pickup", { trip, from: begins }) : say("double_fact_trip", { trip, from: begins, to: ends });
}

export function empty(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const vehicle = nameOf(alert.subject, present, say);
  const [drive, driven, share] = ["drive_m", "driven_m", "empty_percent"].map((key) => number(alert.values[key]));
  const facts = begun(alert, present, telling);
  if (driven != null && share != null) facts.unshift(say("empty_fact", { driven: distance(driven, say), share }));
  const title = drive == null ? say("empty_title_open", { vehicle }) : say("empty_title", { vehicle, far: distance(drive, say) });
  return { title, facts, todo: say("empty_do"), call: null };
}

export function zone(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const named = { vehicle: nameOf(alert.subject, present, say), zone: text(alert.values["zone"]) ?? "" };
  return { title: say("zone_title", named), facts: begun(alert, present, telling), todo: say("zone_do"), call: null };
}

export function battery(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const left = number(alert.values["value"]);
  const value = left === null ? say("metric_absent") : metricValue("battery", left);
  const title = say("battery_title", { sensor: nameOf(alert.subject, present, say), value });
  return { title, facts: begun(alert, present, telling), todo: say("battery_do"), call: null };
}

export function stuck(alert: Alert, present: Present, telling: Telling): Told {
  const { say, now } = telling;
  const metric = text(alert.values["metric"]) ?? "";
  const measured = number(alert.values["value"]);
  const from = moment(alert.values["since"]) ?? moment(alert.pending_at);
  const title = say("stuck_title", {
    sensor: nameOf(alert.subject, present, say),
    metric: metricName(metric, say),
    value: measured === null ? say("metric_absent") : metricValue(metric, measured),
    age: duration(from === null ? 0 : (now - from) / 1000, say),
  });
  return { title, facts: begun(alert, present, telling), todo: say("stuck_do"), call: null };
}

export function slow(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const p90 = number(alert.values["p90_s"]);
  const limit = number(alert.values["limit_s"]);
  const scans = number(alert.values["scans"]);
  const facts = begun(alert, present, telling);
  if (limit !== null && scans !== null) facts.unshift(say("slow_fact", { n: scans, limit: duration(limit, say) }));
  const kiosk = nameOf(alert.subject, present, say);
  const title = p90 === null ? say("slow_title_open", { kiosk }) : say("slow_title", { kiosk, age: duration(p90, say) });
  return { title, facts, todo: say("slow_do"), call: null };
}

/** A rule of one's own, in the words of whoever wrote it. */
export function custom(alert: Alert, present: Present, telling: Telling): Told {
  const { say } = telling;
  const rule = text(alert.values["custom"]) ?? "";
  if (number(alert.values["slow_ms"]) !== null) {
    return { title: say("custom_slow_title", { rule }), facts: begun(alert, present, telling), todo: say("custom_slow_do"), call: null };
  }
  const judged = Object.entries(alert.values)
    .filter(([name]) => name.includes("."))
    .map(([name, value]) => `${name} = ${String(value)}`);
  const said = text(alert.values["say"]) ?? rule;
  return {
    title: say("custom_title", { subject: nameOf(alert.subject, present, say), said }),
    facts: [...judged, ...begun(alert, present, telling)],
    todo: say("custom_do"),
    call: null,
  };
}
