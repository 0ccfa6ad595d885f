/**
 * What a room's tile shows: the four quantities people ask for, in fixed places, then the rest. Pure.
 */
import type { Alert, Room } from "../wire/types";

export const MAIN_METRICS = ["temperature", "humidity", "co2", "occupancy"] as const;
const NOT_METRICS: ReadonlySet<string> = new Set(["id", "name", "capacity", "reading_at", "state"]);

export interface Measured {
  metric: string;
  /** Null when unknown: its place stays, and says so. */
  value: number | null;
  /** An open alert is about this quantity. */
  off: "no" | "breach" | "alert";
}

export function measured(room: Room, alerts: readonly Alert[]): { main: Measured[]; more: Measured[] } {
  const rest = Object.keys(room)
    .filter((name) => !NOT_METRICS.has(name) && !(MAIN_METRICS as readonly string[]).includes(name))
    .filter((name) => typeof room[name] === "number")
    .sort();
  const one = (metric: string): Measured => {
    const value = room[metric];
    return { metric, value: typeof value === "number" ? value : null, off: offLimit(room, metric, alerts) };
  };
  return { main: MAIN_METRICS.map(one), more: rest.map(one) };
}

function offLimit(room: Room, metric: string, alerts: readonly Alert[]): Measured["off"] {
  const about = alerts.filter(
    (alert) =>
      alert.rule === "room_climate" && alert.subject === `room/${room.id}` && alert.values["metric"] === metric,
  );
  if (about.some((alert) => alert.state === "firing" || alert.state === "acknowledged")) return "alert";
  return about.length > 0 ? "breach" : "no";
}
