/** What is said of the rules that watch guests: the same facts as the notifiers say. */

import type { Present } from "../state/apply";
import type { Speak } from "../words/speak";
import type { Alert, Visit } from "../wire/types";
import type { Told, Telling } from "./alert-words";
import { nameOf, placeName, vehicleName } from "./names";
import { clock, duration, moment, since } from "./time";
import { number, text } from "./values";

/** Of whom an alert tells, as people call them, and the visit as it stands. */
function guest(alert: Alert, present: Present, say: Speak): { who: string; visit: Visit | undefined } {
  const code = text(alert.values["code"]) ?? alert.subject.replace(/^guest\//, "");
  const visit = present.visits.find((one) => one.code === code);
  const bare = visit?.name ?? say("guest_coded", { code });
  return { who: (visit?.tier ?? alert.values["tier"]) === "vip" ? say("who_vip", { name: bare }) : bare, visit };
}

export function late(alert: Alert, present: Present, { say, language, now }: Telling): Told {
  const values = alert.values;
  const { who, visit } = guest(alert, present, say);
  const expected = moment(values["expected_at"]) ?? moment(visit?.expected_at);
  const lateBy = expected === null ? number(values["late_by_s"]) : (now - expected) / 1000;
  const facts = journey(alert, present, { say, language, now });
  const vehicle = text(values["vehicle"]) ?? visit?.vehicle ?? null;
  const kiosk = kioskFact(alert, present, { say, language, now });
  if (kiosk !== null) facts.push(kiosk);
  return {
    title: lateBy === null ? say("late_title_unknown", { who }) : say("late_title", { who, late: duration(lateBy, say) }),
    facts,
    todo: say(kiosk !== null ? "late_do_kiosk" : vehicle !== null ? "late_do_vehicle" : visit?.host ? "late_do_host" : "late_do"),
    call: hostCall(visit),
  };
}

export function reminder(alert: Alert, present: Present, telling: Telling): Told {
  const { say, now } = telling;
  const { who, visit } = guest(alert, present, say);
  const expected = moment(alert.values["expected_at"]);
  const left = expected === null ? 0 : (expected - now) / 1000;
  return {
    title: left > 0 ? say("reminder_title", { who, age: duration(left, say) }) : say("reminder_title_open", { who }),
    facts: journey(alert, present, telling),
    todo: say("reminder_do"),
    call: hostCall(visit),
  };
}

export function waiting(alert: Alert, present: Present, { say, now }: Telling): Told {
  const { who, visit } = guest(alert, present, say);
  const from = moment(alert.values["since"]) ?? moment(alert.pending_at);
  const until = moment(alert.resolved_at) ?? now;
  const facts: string[] = [];
  const [point, place] = [text(alert.values["point"]), text(alert.values["place"])];
  if (point !== null) facts.push(say("waiting_fact_point", { point }));
  if (place !== null) facts.push(say("waiting_fact_place", { place: placeName(place, present) }));
  facts.push(...hostFact(visit, say));
  return {
    title: say("waiting_title", { who, age: duration(from === null ? 0 : (until - from) / 1000, say) }),
    facts,
    todo: say("waiting_do"),
    call: hostCall(visit),
  };
}

/** When and where a guest is expected, in which vehicle, by whom. */
function journey(alert: Alert, present: Present, telling: Telling): string[] {
  const { say, language } = telling;
  const { visit } = guest(alert, present, say);
  const expected = moment(alert.values["expected_at"]) ?? moment(visit?.expected_at);
  const facts: string[] = [];
  if (expected !== null) {
    const time = clock(expected, language, present.site.time_zone);
    const place = text(alert.values["place"]) ?? visit?.place ?? null;
    const named = place === null ? null : placeName(place, present);
    facts.push(named === null ? say("late_fact_expected", { time }) : say("late_fact_expected_place", { time, place: named }));
  }
  const vehicle = text(alert.values["vehicle"]) ?? visit?.vehicle ?? null;
  if (vehicle !== null) facts.push(vehicleFact(vehicle, present, telling));
  const known = whereabouts(alert, present, telling);
  if (known !== null) facts.push(known);
  facts.push(...hostFact(visit, say));
  return facts;
}

export function pickup(alert: Alert, present: Present, telling: Telling): Told {
  const { say, language } = telling;
  const at = moment(alert.values["pickup_at"]);
  const facts: string[] = [];
  if (at !== null) {
    const named = { trip: text(alert.values["trip"]) ?? "", place: placeName(text(alert.values["place"]) ?? "", present) };
    facts.push(say("pickup_fact", { ...named, time: clock(at, language, present.site.time_zone) }));
  }
  const known = whereabouts(alert, present, telling);
  if (known !== null) facts.push(known);
  const blind = ["none", "stale"].includes(text(alert.values["vehicle_position"]) ?? "");
  const vehicle = nameOf(alert.subject, present, say);
  return { title: say(blind ? "pickup_title_blind" : "pickup_title", { vehicle }), facts, todo: say("pickup_do"), call: null };
}

/** How far the vehicle was when the alert began, and when it may be here; or since when nobody knows. */
export function whereabouts(alert: Alert, present: Present, { say, language }: Telling): string | null {
  const { values } = alert;
  const word = text(values["vehicle_position"]);
  const clockOf = (key: string): string | null => {
    const at = moment(values[key]);
    return at === null ? null : clock(at, language, present.site.time_zone);
  };
  const [seen, eta, metres] = [clockOf("vehicle_seen_at"), clockOf("vehicle_eta"), number(values["vehicle_distance_m"])];
  if (word === null) return null;
  if (word === "none" || seen === null) return say("ride_none");
  if (word === "stale") {
    return metres === null || metres === 0 ? say("ride_stale", { seen }) : say("ride_stale_far", { seen, far: distance(metres, say) });
  }
  if (metres === 0) return say("ride_there", { seen });
  if (metres !== null && eta !== null) return say("ride_eta", { seen, eta, far: distance(metres, say) });
  const zone = text(values["vehicle_zone"]);
  return zone === null ? null : say("ride_zone", { seen, zone });
}

/** `800 m`, `3.2 km`, `12 km` */
export function distance(metres: number, say: Speak): string {
  if (metres < 1000) return say("sketch_metres", { n: metres });
  const km = metres / 1000;
  return say("sketch_kilometres", { n: km < 10 ? (Math.floor(km * 10) / 10).toFixed(1) : Math.floor(km) });
}

function hostFact(visit: Visit | undefined, say: Speak): string[] {
  if (!visit?.host) return [];
  return visit.host_contact
    ? [say("late_fact_host_contact", { host: visit.host, contact: visit.host_contact })]
    : [say("late_fact_host", { host: visit.host })];
}

function hostCall(visit: Visit | undefined): Told["call"] {
  return visit?.host && visit.host_contact ? { who: visit.host, number: visit.host_contact } : null;
}

function vehicleFact(id: string, present: Present, { say, now }: Telling): string {
  const known = present.vehicles.find((one) => one.id === id);
  const parts: string[] = [];
  if (known !== undefined) {
    parts.push(say(`vehicle_${known.state}`));
    if (known.state === "moving" && known.speed_kmh !== null) parts.push(say("vehicle_speed", { n: Math.round(known.speed_kmh) }));
    const age = since(known.fix_at, now);
    if (age !== null) parts.push(age < 3 ? say("vehicle_fix_now") : say("vehicle_fix_age", { age: duration(age, say) }));
  } else {
    parts.push(say("metric_absent"));
  }
  return say("late_fact_vehicle", { vehicle: vehicleName(id, present, say), state: parts.join(say("comma")) });
}

export function kioskFact(alert: Alert, present: Present, { say, language }: Telling): string | null {
  // Since it is heard again, a guest who has not been seen is not here by an unheard scan either.
  const silentKiosk = alert.values["kiosk_heard_at"] === undefined ? alert.values["kiosk_silent"] : undefined;
  if (silentKiosk === undefined || silentKiosk === null || silentKiosk === false) return null;
  const from = moment(alert.values["kiosk_silent_since"]);
  const id = text(silentKiosk)?.replace(/^kiosk\//, "") ?? null;
  if (from === null || id === null) return say("late_fact_kiosk_silent_open");
  const time = clock(from, language, present.site.time_zone);
  return say("late_fact_kiosk_silent", { kiosk: say("kind_kiosk", { id }), time });
}
