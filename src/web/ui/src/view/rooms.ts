/**
 * What a room's tile shows: the four quantities people ask for, in fixed places, then the rest; which rooms are shown,
 * and in which order. Pure.
 */
import type { Speak } from "../words/speak";
import type { Alert, Limits, Room, RoomState } from "../wire/types";
import { metricNumber, metricUnit, metricValue } from "./metrics";

export const MAIN_METRICS = ["temperature", "humidity", "co2", "occupancy"] as const;
const NOT_METRICS: ReadonlySet<string> = new Set(["id", "name", "capacity", "reading_at", "state", "limits", "over", "in_use", "booking"]);

export interface Measured {
  metric: string;
  /** Null when unknown: its place stays, and says so. */
  value: number | null;
  /** It is out of its limits; `alert`: somebody is to do something about it. */
  off: "no" | "breach" | "alert";
  limits: Limits;
}

export function measured(room: Room, alerts: readonly Alert[]): { main: Measured[]; more: Measured[] } {
  const one = (metric: string): Measured => {
    const value = room[metric];
    return { metric, value: typeof value === "number" ? value : null, off: offLimit(room, metric, alerts), limits: limitsOf(room, metric) };
  };
  return { main: MAIN_METRICS.map(one), more: otherMetrics(room).map(one) };
}

/** What it measures beside the four. */
export function otherMetrics(room: Room): string[] {
  return Object.keys(room)
    .filter((name) => !NOT_METRICS.has(name) && !(MAIN_METRICS as readonly string[]).includes(name))
    .filter((name) => typeof room[name] === "number")
    .sort();
}

/** A room's people have its capacity for a limit. */
export function limitsOf(room: Room, metric: string): Limits {
  const known = room.limits?.[metric];
  if (known !== undefined || metric !== "occupancy" || room.capacity === null) return known ?? {};
  return { high: room.capacity };
}

/** By its open alerts, and by what the gateway says is out of its limits. */
export function offLimit(room: Room, metric: string, alerts: readonly Alert[]): Measured["off"] {
  const about = alerts.filter((alert) => isAbout(alert, room.id, metric) && alert.state !== "resolved");
  if (about.some((alert) => alert.state === "firing" || alert.state === "acknowledged")) return "alert";
  return about.length > 0 || room.over?.[metric] !== undefined ? "breach" : "no";
}

/** Whether an alert says that a room's quantity is out of its limits. */
export function isAbout(alert: Alert, room: string, metric: string): boolean {
  if (alert.subject !== `room/${room}`) return false;
  if (alert.rule === "room_crowded") return metric === "occupancy";
  return alert.rule === "room_climate" && alert.values["metric"] === metric;
}

/** Alerts of a room and of what stands in it: `room/lobby`, `sensor/lobby/t1`. */
export function isInRoom(alert: Alert, room: string): boolean {
  return alert.subject === `room/${room}` || alert.subject.startsWith(`sensor/${room}/`) || alert.subject.startsWith(`room/${room}/`);
}

/** `18.0–27.0 °C`, `≤ 1000 ppm`; empty where nothing is judged. */
export function limitsText(metric: string, { low, high }: Limits): string {
  if (low !== undefined && high !== undefined) return `${metricNumber(metric, low)}–${metricValue(metric, high)}`;
  if (high !== undefined) return `≤\u00a0${metricValue(metric, high)}`;
  return low === undefined ? "" : `≥\u00a0${metricValue(metric, low)}`;
}

/** The same for a tile, which says the unit beside the value. */
export function limitsShort(metric: string, { low, high }: Limits): string {
  const put = (value: number): string => (Number.isInteger(value) ? String(value) : metricNumber(metric, value));
  if (low !== undefined && high !== undefined) return `${put(low)}–${put(high)}`;
  if (high !== undefined) return `≤\u00a0${put(high)}`;
  return low === undefined ? "" : `≥\u00a0${put(low)}`;
}

/** A value with what is counted: people are counted, and have no unit of their own. */
export function unitOf(metric: string, say: Speak): string {
  return metric === "occupancy" ? say("room_people_unit") : metricUnit(metric);
}

export const SHOWN = ["all", "look", "unknown"] as const;
export type Shown = (typeof SHOWN)[number];

export function isShown(room: Room, shown: Shown): boolean {
  switch (shown) {
    case "all":
      return true;
    case "look":
      return room.state === "alert" || room.state === "breach";
    case "unknown":
      return room.state === "unknown";
  }
}

export function countRooms(rooms: readonly Room[]): Record<Shown, number> {
  const count = (shown: Shown): number => rooms.filter((room) => isShown(room, shown)).length;
  return { all: rooms.length, look: count("look"), unknown: count("unknown") };
}

/** By name or id; what is booked there finds a room, too. */
export function isNamed(room: Room, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const said = `${room.name ?? ""} ${room.id} ${room.booking?.title ?? ""}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

const WEIGHT: Readonly<Record<RoomState, number>> = { alert: 0, breach: 1, unknown: 2, ok: 3 };

/** The worst first; of equals, the order in which they came. */
export function worstFirst(rooms: readonly Room[]): Room[] {
  return [...rooms].sort((a, b) => WEIGHT[a.state] - WEIGHT[b.state]);
}

/** While somebody reads (`held` is what they see), rooms keep their places; what is new stands at the end. */
export function arrangeRooms(rooms: readonly Room[], isWorstFirst: boolean, held: readonly string[] | null): Room[] {
  const right = isWorstFirst ? worstFirst(rooms) : [...rooms];
  if (held === null) return right;
  const place = new Map(held.map((id, at) => [id, at]));
  return right.sort((a, b) => (place.get(a.id) ?? held.length) - (place.get(b.id) ?? held.length));
}
