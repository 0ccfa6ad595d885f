/**
 * Which rooms and vehicles want a look, the most pressing first. Pure.
 */
import type { Alert, Room, RoomState, Vehicle } from "../wire/types";
import { bySeverityThenAge } from "./alerts";

const PRESSING: Readonly<Record<RoomState, number>> = { alert: 0, breach: 1, unknown: 2, ok: 3 };

export function roomsToLookAt(rooms: readonly Room[]): Room[] {
  return rooms
    .filter((room) => room.state !== "ok")
    .sort((a, b) => PRESSING[a.state] - PRESSING[b.state] || byId(a, b));
}

export interface VehicleLook {
  vehicle: Vehicle;
  /** What is the matter with it, the most severe first; null where nobody knows where it is. */
  alert: Alert | null;
}

/** Those of which something is the matter, then those of which nobody knows where they are. */
export function vehiclesToLookAt(vehicles: readonly Vehicle[], alerts: readonly Alert[]): VehicleLook[] {
  const open = alerts.filter((alert) => alert.state === "firing" || alert.state === "acknowledged").sort(bySeverityThenAge);
  return vehicles
    .map((vehicle) => ({ vehicle, alert: open.find((alert) => alert.subject === `vehicle/${vehicle.id}`) ?? null }))
    .filter(({ vehicle, alert }) => alert !== null || isLost(vehicle))
    .sort((a, b) => Number(b.alert !== null) - Number(a.alert !== null) || byId(a.vehicle, b.vehicle));
}

/** Nobody knows where it is now. */
export function isLost(vehicle: Vehicle): boolean {
  return vehicle.state === "stale" || vehicle.state === "offline";
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id.localeCompare(b.id, "en", { numeric: true });
}
