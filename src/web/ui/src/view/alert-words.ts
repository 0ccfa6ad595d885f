/**
 * An alert as one person would tell it to another: what is the matter, what is known, what to do. Pure.
 */
import type { Present } from "../state/apply";
import { isPlainKey, type Language, type PlainKey, type Speak } from "../words/speak";
import type { Alert } from "../wire/types";
import { kioskFact, late, pickup, reminder, waiting } from "./guest-words";
import { metricName, metricValue } from "./metrics";
import { nameOf, placeName } from "./names";
import { clock, duration, moment } from "./time";
import { number, text } from "./values";
import { battery, crowded, custom, double, empty, slow, stuck, zone } from "./watch-words";

export interface Told {
  title: string;
  facts: string[];
  todo: string;
  /** Somebody to ring, where the plan names one. */
  call: { who: string; number: string } | null;
}

export interface Telling {
  say: Speak;
  language: Language;
  /** Milliseconds since 1970. */
  now: number;
}

export function tell(alert: Alert, present: Present, telling: Telling): Told {
  switch (alert.rule) {
    case "late_arrival":
      return late(alert, present, telling);
    case "idle_vehicle":
      return idle(alert, present, telling);
    case "room_climate":
      return climate(alert, present, telling);
    case "kiosk_silent":
      return silent(alert, present, telling, "kiosk_silent_do");
    case "vehicle_silent":
      return silent(alert, present, telling, "vehicle_silent_do");
    case "sensor_silent":
      return silent(alert, present, telling, "sensor_silent_do");
    case "post_unmanned":
      return post(alert, present, telling);
    case "arrival_reminder":
      return reminder(alert, present, telling);
    case "guest_waiting":
      return waiting(alert, present, telling);
    case "pickup_at_risk":
      return pickup(alert, present, telling);
    case "vehicle_empty":
      return empty(alert, present, telling);
    case "zone":
      return zone(alert, present, telling);
    case "double_booking":
      return double(alert, present, telling);
    case "room_crowded":
      return crowded(alert, present, telling);
    case "battery_low":
      return battery(alert, present, telling);
    case "sensor_stuck":
      return stuck(alert, present, telling);
    case "kiosk_slow":
      return slow(alert, present, telling);
    case "custom":
      return custom(alert, present, telling);
    case "incident":
      return incident(alert, present, telling);
    case "upstream_offline":
      return gateway(alert, present, telling, telling.say("gateway_upstream_title", { age: lasted(alert, telling) }), "gateway_upstream_do");
    case "disk_low":
      return gateway(alert, present, telling, telling.say("gateway_disk_title"), "gateway_disk_do");
    case "backup_old":
      return gateway(alert, present, telling, telling.say("gateway_backup_title"), "gateway_backup_do");
    case "data_given_up":
      return gateway(alert, present, telling, telling.say("gateway_data_title"), "gateway_data_do");
    case "clock_untrusted":
      return gateway(alert, present, telling, telling.say("clock_title"), "clock_do");
    default:
      return other(alert, present, telling);
  }
}

export function resolutionWord(resolution: string | null, say: Speak): string {
  const key = `resolution_${resolution ?? "other"}`;
  return isPlainKey(key) ? say(key) : say("resolution_other");
}

function post(alert: Alert, present: Present, telling: Telling): Told {
  const { say, language } = telling;
  const zone = present.site.time_zone;
  const values = alert.values;
  const named = { post: text(values["post"]) ?? "" };
  const [from, to] = [moment(values["from"]), moment(values["to"])];
  const facts: string[] = [];
  if (from !== null && to !== null) {
    const place = placeName(text(values["place"]) ?? "", present);
    facts.push(say("post_fact", { from: clock(from, language, zone), to: clock(to, language, zone), place }).trimEnd());
  }
  const kiosk = kioskFact(alert, present, telling);
  if (kiosk !== null) facts.push(kiosk);
  const staff = text(values["staff"]);
  const who = (code: string) => present.visits.find((visit) => visit.code === code)?.name ?? say("staff_coded", { code });
  const title = staff === null ? say("post_title_nobody", named) : say("post_title", { ...named, who: who(staff) });
  return { title, facts, todo: say("post_do"), call: null };
}

function idle(alert: Alert, present: Present, { say, language, now }: Telling): Told {
  const from = moment(alert.values["since"]);
  const idleFor = from === null ? (number(alert.values["idle_s"]) ?? 0) : (now - from) / 1000;
  const limit = number(alert.values["after_s"]);
  const facts =
    from === null || limit === null
      ? []
      : [say("idle_fact_since", { time: clock(from, language, present.site.time_zone), limit: duration(limit, say) })];
  return {
    title: say("idle_title", { vehicle: nameOf(alert.subject, present, say), idle: duration(idleFor, say) }),
    facts,
    todo: say("idle_do"),
    call: null,
  };
}

function climate(alert: Alert, present: Present, { say, language }: Telling): Told {
  const metric = text(alert.values["metric"]) ?? "";
  const side = alert.values["side"] === "low" ? "low" : "high";
  const value = number(alert.values["value"]);
  const limit = number(alert.values["limit"]);
  const from = moment(alert.values["since"]);
  const room = nameOf(alert.subject, present, say);
  const said = value === null ? say("metric_absent") : metricValue(metric, value);
  const facts: string[] = [];
  if (limit !== null) facts.push(say("room_fact_limit", { limit: metricValue(metric, limit) }));
  if (from !== null) facts.push(say("alert_since", { time: clock(from, language, present.site.time_zone) }));
  const current = present.rooms.find((one) => `room/${one.id}` === alert.subject)?.[metric];
  // Of one that is over it would say nothing.
  if (alert.state !== "resolved" && typeof current === "number" && current !== value) {
    facts.push(say("room_fact_now", { value: metricValue(metric, current) }));
  }
  return { title: climateTitle(metric, side, room, said, say), facts, todo: say(climateTodo(metric, side)), call: null };
}

function climateTitle(metric: string, side: "high" | "low", room: string, value: string, say: Speak): string {
  switch (`${metric}_${side}`) {
    case "temperature_high":
      return say("room_title_temperature_high", { room, value });
    case "temperature_low":
      return say("room_title_temperature_low", { room, value });
    case "humidity_high":
      return say("room_title_humidity_high", { room, value });
    case "humidity_low":
      return say("room_title_humidity_low", { room, value });
    case "co2_high":
      return say("room_title_co2_high", { room, value });
    default: {
      const named = { room, metric: metricName(metric, say), value };
      return side === "high" ? say("room_title_other_high", named) : say("room_title_other_low", named);
    }
  }
}

function climateTodo(metric: string, side: "high" | "low"): PlainKey {
  const key = `room_do_${metric}_${side}`;
  return isPlainKey(key) ? key : "room_do_other";
}

function silent(alert: Alert, present: Present, { say, language, now }: Telling, todo: PlainKey): Told {
  const device = nameOf(alert.subject, present, say);
  const heard = moment(alert.values["last_heard"]);
  const limit = number(alert.values["after_s"]);
  const facts =
    heard === null || limit === null
      ? []
      : [say("silent_fact", { time: clock(heard, language, present.site.time_zone), limit: duration(limit, say) })];
  const title =
    heard === null
      ? say("silent_title_never", { device })
      : say("silent_title", { device, age: duration((now - heard) / 1000, say) });
  return { title, facts, todo: say(todo), call: null };
}

function incident(alert: Alert, present: Present, { say, language }: Telling): Told {
  const word = text(alert.values["incident"]) ?? "";
  const key = `incident_kind_${word}`;
  const what = isPlainKey(key) ? say(key) : word.replaceAll("_", " ");
  const zone = present.site.time_zone;
  const first = moment(alert.pending_at);
  const facts = first === null ? [] : [say("alert_since", { time: clock(first, language, zone) })];
  const asked = moment(alert.values["asked_at"]);
  if (asked !== null) facts.push(say("incident_asked", { time: clock(asked, language, zone) }));
  const times = number(alert.values["times"]);
  const last = moment(alert.values["last_at"]);
  if (times !== null && last !== null) facts.push(say("incident_again", { n: times, time: clock(last, language, zone) }));
  const steps = Object.keys(alert.values).filter((key) => key.startsWith("step_")).sort();
  facts.push(...steps.map((key, n) => `${n + 1}. ${text(alert.values[key]) ?? ""}`));
  return { title: say("incident_title", { room: nameOf(alert.subject, present, say), what }), facts, todo: say("incident_do"), call: null };
}

/** What the gateway says of itself: since when, and why in its own words. */
function gateway(alert: Alert, present: Present, { say, language }: Telling, title: string, todo: PlainKey): Told {
  const from = moment(alert.pending_at);
  const reason = text(alert.values["reason"]);
  const facts = from === null ? [] : [say("alert_since", { time: clock(from, language, present.site.time_zone) })];
  if (reason !== null) facts.push(reason);
  return { title, facts, todo: say(todo), call: null };
}

function lasted(alert: Alert, { say, now }: Telling): string {
  const until = moment(alert.resolved_at) ?? now;
  return duration((until - (moment(alert.pending_at) ?? until)) / 1000, say);
}

/** A rule this page has no sentence for still says its name, its subject and its numbers. */
function other(alert: Alert, present: Present, { say }: Telling): Told {
  const facts = Object.entries(alert.values)
    .filter(([, value]) => typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${String(value)}`);
  return {
    title: say("other_title", { rule: alert.rule.replaceAll("_", " "), subject: nameOf(alert.subject, present, say) }),
    facts,
    todo: say("other_do"),
    call: null,
  };
}
