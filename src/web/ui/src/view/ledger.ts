/**
 * Which alerts the ledger shows for the choices in the address, and when its list may change under the reader. Pure.
 */
import type { AlertQuery } from "../wire/alerts";
import { FINDINGS, type Alert, type AlertState } from "../wire/types";
import { numberOf } from "./alerts";
import { boundsOf } from "./dates";

export const STATES = ["open", "firing", "acknowledged", "shelved", "pending", "resolved", "all"] as const;
export type StateChoice = (typeof STATES)[number];
export const SEVERITIES = ["critical", "warning", "info"] as const;

/** The gateway's words for its rules, in the order in which people look for them. */
export const RULES = [
  "late_arrival",
  "arrival_reminder",
  "guest_waiting",
  "post_unmanned",
  "pickup_at_risk",
  "idle_vehicle",
  "vehicle_empty",
  "zone",
  "double_booking",
  "room_climate",
  "room_crowded",
  "incident",
  "kiosk_silent",
  "kiosk_slow",
  "vehicle_silent",
  "sensor_silent",
  "sensor_stuck",
  "battery_low",
  "upstream_offline",
  "disk_low",
  "backup_old",
  "data_given_up",
  "clock_untrusted",
  "custom",
] as const;
export const SUBJECTS = ["guest", "vehicle", "room", "kiosk", "sensor", "gateway"] as const;

/** What the address says, as it says it. */
export interface Choices {
  state: StateChoice;
  severity: string;
  rule: string;
  subject: string;
  day: string;
  q: string;
}

export function choicesOf(params: URLSearchParams): Choices {
  const said = (name: string): string => params.get(name)?.trim() ?? "";
  const state = STATES.find((one) => one === said("state")) ?? "open";
  return { state, severity: said("severity"), rule: said("rule"), subject: said("subject"), day: said("day"), q: said("q") };
}

/** How many choices beside state and search narrow the list. */
export function narrowing({ severity, rule, subject, day }: Choices): number {
  return [severity, rule, subject, day].filter((one) => one !== "").length;
}

/** As the gateway is asked. A day is a day of the site. */
export function queryOf({ state, severity, rule, subject, day, q }: Choices, zone: string): AlertQuery {
  const bounds = boundsOf(day, zone);
  return {
    state,
    ...(severity === "" ? {} : { severity }),
    ...(rule === "" ? {} : { rule }),
    ...(subject === "" ? {} : { subject }),
    ...(bounds === null ? {} : { from: new Date(bounds.from).toISOString(), to: new Date(bounds.to).toISOString() }),
    ...(q === "" ? {} : { q }),
  };
}

const OPEN: readonly AlertState[] = ["firing", "acknowledged", "shelved", "pending"];

export function isOpen(alert: Alert): boolean {
  return OPEN.includes(alert.state);
}

function inState(alert: Alert, state: StateChoice): boolean {
  return state === "all" || (state === "open" ? isOpen(alert) : alert.state === state);
}

/** Whether the gateway would give this alert for the choices; `name` is what people call its subject. */
export function fits(alert: Alert, choices: Choices, zone: string, name: string): boolean {
  const { state, severity, rule, subject, day, q } = choices;
  if (!inState(alert, state)) return false;
  if (severity !== "" && alert.severity !== severity) return false;
  if (rule !== "" && alert.rule !== rule) return false;
  if (subject !== "" && alert.subject !== subject && !alert.subject.startsWith(`${subject}/`)) return false;
  const bounds = boundsOf(day, zone);
  if (bounds !== null) {
    const at = Date.parse(alert.pending_at ?? "");
    if (!(at >= bounds.from && at < bounds.to)) return false;
  }
  return q === "" || said(alert, name).includes(q.toLowerCase());
}

function said(alert: Alert, name: string): string {
  const findings = FINDINGS.flatMap((part) => alert.findings?.[part] ?? []);
  const notes = [...alert.notes, ...findings].flatMap((note) => [note.by, note.text]);
  const people = [alert.acknowledged_by ?? "", alert.shelf?.by ?? "", alert.shelf?.reason ?? ""];
  const all = [alert.id, alert.rule, alert.subject, name, ...people, ...notes, ...Object.values(alert.values).map(String)];
  return all.join("\n").toLowerCase();
}

export function newestFirst(a: Alert, b: Alert): number {
  return numberOf(b.id) - numberOf(a.id);
}

export interface Laid {
  shown: Alert[];
  /** Held back so that nothing moves under the reader: announced by their number. */
  fresh: Alert[];
}

/**
 * While somebody reads (`held` is what they see), what is shown keeps its place whatever becomes of it, and new ones
 * wait; older ones that were asked for come below. Otherwise what fits, newest first.
 */
export function lay(known: ReadonlyMap<string, Alert>, fitting: readonly Alert[], held: readonly string[] | null): Laid {
  const sorted = [...fitting].sort(newestFirst);
  if (held === null || held.length === 0) return { shown: sorted, fresh: [] };
  const there = new Set(held);
  const lowest = Math.min(...held.map(numberOf));
  const others = sorted.filter((alert) => !there.has(alert.id));
  const kept = held.flatMap((id) => known.get(id) ?? []);
  return {
    shown: [...kept, ...others.filter((alert) => numberOf(alert.id) < lowest)],
    fresh: others.filter((alert) => numberOf(alert.id) > lowest),
  };
}
