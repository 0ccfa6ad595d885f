/**
 * When the vehicle of a guest may be here, as far as the gateway has said it. Pure.
 */
import type { Alert, Visit } from "../wire/types";
import { moment } from "./time";

/** Told with an alert about the guest, from a position that was fresh then; null where nobody knows. */
export function rideEta(visit: Visit, alerts: readonly Alert[]): number | null {
  const about = alerts.filter((alert) => alert.subject === `guest/${visit.code}` && alert.values["vehicle_position"] === "fresh");
  const etas = about.flatMap((alert) => moment(alert.values["vehicle_eta"]) ?? []);
  return etas.length === 0 ? null : Math.max(...etas);
}
