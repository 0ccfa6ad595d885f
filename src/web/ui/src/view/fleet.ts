/**
 * The vehicles as a list: which are shown, in which order, and what is said of each. Pure.
 */
import type { Tone } from "../parts/mark";
import type { Language, Speak } from "../words/speak";
import type { Alert, NextStop, Severity, Vehicle, VehicleState } from "../wire/types";
import { clock, moment } from "./time";

export const TONES: Readonly<Record<VehicleState, Tone>> = {
  moving: "good",
  stationary: "calm",
  stale: "unknown",
  offline: "unknown",
};

export const SHOWN = ["all", "moving", "standing", "unknown"] as const;
export type Shown = (typeof SHOWN)[number];

const GROUP: Readonly<Record<VehicleState, Shown>> = {
  moving: "moving",
  stationary: "standing",
  stale: "unknown",
  offline: "unknown",
};

/** What the address asks for; whatever else it says is all. */
export function shownOf(said: string): Shown {
  return SHOWN.find((one) => one === said) ?? "all";
}

export function among(vehicle: Vehicle, shown: Shown): boolean {
  return shown === "all" || GROUP[vehicle.state] === shown;
}

export function counts(vehicles: readonly Vehicle[]): Record<Shown, number> {
  const found: Record<Shown, number> = { all: vehicles.length, moving: 0, standing: 0, unknown: 0 };
  for (const vehicle of vehicles) found[GROUP[vehicle.state]] += 1;
  return found;
}

/** By their short names on the wire, 2 before 10: the order stays whatever they do. */
export function inOrder(vehicles: readonly Vehicle[]): Vehicle[] {
  return [...vehicles].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

/** The name without the plate or driver in brackets behind it: what fits beside an arrow. */
export function shortName(vehicle: Pick<Vehicle, "id" | "name">): string {
  const short = vehicle.name?.replace(/\s*[(（].*$/u, "").trim() ?? "";
  return short === "" ? (vehicle.name ?? vehicle.id) : short;
}

/** What stands in those brackets. */
export function plateOf(vehicle: Pick<Vehicle, "name">): string | null {
  return /[(（]([^()（）]+)[)）]\s*$/u.exec(vehicle.name ?? "")?.[1] ?? null;
}

/** Whom it fetches, or brings, and how many come along. */
export function whatIsNext(next: NextStop, say: Speak): string {
  const first = next.name ?? (next.guest === null ? null : say("guest_coded", { code: next.guest }));
  if (first === null) return say(`next_${next.kind}_nobody`);
  const more = next.guests.filter((code) => code !== next.guest).length;
  return say(`next_${next.kind}`, { who: more === 0 ? first : say("next_and_more", { name: first, n: more }) });
}

/**
 * When it may be there: as a time of day while it drives or where it is late; that it has time enough while it still
 * stands, because it need not leave yet; that nobody knows, where that is so.
 */
export function etaOf(state: VehicleState, next: NextStop, say: Speak, language: Language, zone: string): string {
  const eta = moment(next.eta);
  if (eta === null) return say("next_eta_unknown");
  return hasTime(state, next) ? say("next_in_time") : say("next_eta", { time: clock(eta, language, zone) });
}

/** The same where there is little room: while it has time, the hour at which it is wanted. */
export function etaShort(state: VehicleState, next: NextStop, say: Speak, language: Language, zone: string): string {
  const at = moment(next.at);
  return hasTime(state, next) && at !== null ? clock(at, language, zone) : etaOf(state, next, say, language, zone);
}

function hasTime(state: VehicleState, next: NextStop): boolean {
  const [eta, at] = [moment(next.eta), moment(next.at)];
  return state === "stationary" && !next.at_risk && eta !== null && at !== null && eta <= at;
}

const WEIGHT: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };

/** The gravest of a vehicle's alerts that somebody must look at; null where there is none. */
export function troubleOf(vehicle: string, alerts: readonly Alert[]): Tone | null {
  const mine = alerts
    .filter((alert) => alert.subject === `vehicle/${vehicle}` && (alert.state === "firing" || alert.state === "acknowledged"))
    .map((alert) => WEIGHT[alert.severity]);
  return (["act", "look"] as const).find((tone) => mine.includes(tone)) ?? null;
}
