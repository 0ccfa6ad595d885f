/**
 * When the vehicle of a guest may be where it is to be, as far as the gateway says it. Pure.
 */
import type { Alert, Vehicle, Visit } from "../wire/types";
import { moment } from "./time";

export interface Ride {
  /** It brings the guest, or is still on its way to fetch them. */
  doing: "brings" | "fetches";
  /** When it may be there; a pick-up is not before its time, however near the vehicle stands. */
  eta: number;
  /** It will be too late, or may be. */
  atRisk: boolean;
}

/** By where it goes next, or by what was told with an alert about the guest; null where nobody knows. */
export function rideOf(visit: Visit, vehicles: readonly Vehicle[], alerts: readonly Alert[]): Ride | null {
  const next = vehicles.find((vehicle) => vehicle.id === visit.vehicle)?.next;
  const eta = moment(next?.eta);
  if (next && eta !== null && next.guests.includes(visit.code)) {
    if (next.kind === "trip") return { doing: "brings", eta, atRisk: next.at_risk };
    return { doing: "fetches", eta: Math.max(eta, moment(next.at) ?? eta), atRisk: next.at_risk };
  }
  const about = alerts.filter((alert) => alert.subject === `guest/${visit.code}` && alert.values["vehicle_position"] === "fresh");
  const etas = about.flatMap((alert) => moment(alert.values["vehicle_eta"]) ?? []);
  if (etas.length === 0) return null;
  const last = Math.max(...etas);
  return { doing: "brings", eta: last, atRisk: last > (moment(visit.expected_at) ?? last) };
}
