/**
 * Which rooms and vehicles want a look, the most pressing first. Pure.
 */
import type { Alert, Room, RoomState, Vehicle } from "../wire/types";

const PRESSING: Readonly<Record<RoomState, number>> = { alert: 0, breach: 1, unknown: 2, ok: 3 };

export function roomsToLookAt(rooms: readonly Room[]): Room[] {
  return rooms
    .filter((room) => room.state !== "ok")
    .sort((a, b) => PRESSING[a.state] - PRESSING[b.state] || byId(a, b));
}

/** Those of which something is the matter, then those of which nobody knows where they are. */
export function vehiclesToLookAt(vehicles: readonly Vehicle[], alerts: readonly Alert[]): Vehicle[] {
  const about = new Set(alerts.filter(isOpen).map((alert) => alert.subject));
  const isTroubled = (vehicle: Vehicle): boolean => about.has(`vehicle/${vehicle.id}`);
  return vehicles
    .filter((vehicle) => isTroubled(vehicle) || isLost(vehicle))
    .sort((a, b) => Number(isTroubled(b)) - Number(isTroubled(a)) || byId(a, b));
}

/** Nobody knows where it is now. */
export function isLost(vehicle: Vehicle): boolean {
  return vehicle.state === "stale" || vehicle.state === "offline";
}

function isOpen(alert: Alert): boolean {
  return alert.state === "firing" || alert.state === "acknowledged";
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id.localeCompare(b.id, "en", { numeric: true });
}
