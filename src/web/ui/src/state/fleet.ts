/**
 * What the page of vehicles knows beyond the present: the zones of the plan, where vehicles were before the page was
 * opened, and one vehicle's day. Asked for while the page is open, never before. Draws nothing.
 */
import { computed, effect, signal } from "@preact/signals";
import type { Refusal } from "../wire/api";
import * as fleet from "../wire/fleet";
import type { Alert } from "../wire/types";
import { dayBegan, type DayPoint } from "../view/day";
import { among, inOrder, shownOf } from "../view/fleet";
import { zonesOf, type Zone } from "../view/ground";
import { route } from "./route";
import { live, now, present, vehicles, zone } from "./store";
import { TRAIL_MS, type TrailPoint } from "./trails";

export interface Day {
  vehicle: string;
  /** Midnight, in the site's zone. */
  from: number;
  points: DayPoint[];
  /** There were more points than were told. */
  thinned: boolean;
  /** The newest first. */
  alerts: Alert[];
  refusal: Refusal | null;
}

/** The vehicle that the address names. */
export const chosen = computed(() => (route.value.page === "vehicles" ? route.value.id : null));
/** Which vehicles the address asks for. */
export const shown = computed(() => shownOf(route.value.params.get("show") ?? "all"));
/** Those, in the order of the list; the chosen one is always among them. */
export const listed = computed(() =>
  inOrder(vehicles.value).filter((vehicle) => among(vehicle, shown.value) || vehicle.id === chosen.value),
);

/** Null until the plan has been asked. */
export const zones = signal<readonly Zone[] | null>(null);
/** Of the ten minutes before the page was opened. */
export const pastTrails = signal<ReadonlyMap<string, readonly TrailPoint[]>>(new Map());
/** Null while it is on its way, and where no vehicle is chosen. */
export const day = signal<Day | null>(null);

/** A plan is replaced a few times a day. */
const PLAN_EVERY_MS = 5 * 60_000;
/** A day grows by what the page hears; this mends what it missed. */
const DAY_EVERY_MS = 60_000;
/** So many trails are asked for at a time. */
const AT_A_TIME = 3;

let planAsked = 0;
/** A journal of its own: what was asked under another says nothing here. */
let epoch: string | null = null;
let askedTrails = new Set<string>();

/** Asks for what is missing, now and from time to time, until the returned function is called. */
export function attend(): () => void {
  let over = false;
  const look = async (): Promise<void> => {
    if (present.peek()?.epoch !== epoch) forget();
    await Promise.all([askPlan(), askTrails(() => over)]);
  };
  void look();
  const timer = setInterval(() => void look(), 10_000);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

function forget(): void {
  epoch = present.peek()?.epoch ?? null;
  planAsked = 0;
  askedTrails = new Set();
  pastTrails.value = new Map();
}

async function askPlan(): Promise<void> {
  if (planAsked !== 0 && Date.now() - planAsked < PLAN_EVERY_MS) return;
  planAsked = Date.now();
  const answer = await fleet.zones();
  // A plan that cannot be had leaves the zones as they were; the next round asks again.
  if (answer.ok) zones.value = zonesOf(answer.value.zones);
  else planAsked = 0;
}

/** One trail for each vehicle that has a place, once. */
async function askTrails(over: () => boolean): Promise<void> {
  const wanted = vehicles.peek().filter((vehicle) => vehicle.lat !== null && !askedTrails.has(vehicle.id));
  for (const vehicle of wanted) askedTrails.add(vehicle.id);
  const ask = async (): Promise<void> => {
    for (let next = wanted.pop(); next !== undefined && !over(); next = wanted.pop()) await askTrail(next.id);
    for (const left of wanted) askedTrails.delete(left.id);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
}

async function askTrail(vehicle: string): Promise<void> {
  const until = now.peek();
  const answer = await fleet.track(vehicle, until - TRAIL_MS, until);
  if (!answer.ok) return;
  const points = answer.value.points.map((point) => ({ lat: point.lat, lon: point.lon, at: Date.parse(point.at) }));
  pastTrails.value = new Map(pastTrails.peek()).set(vehicle, points);
}

/** One vehicle's day, now and while it is looked at, until the returned function is called. */
export function attendDay(vehicle: string): () => void {
  let over = false;
  day.value = null;
  const look = async (): Promise<void> => {
    if (day.peek() !== null && !live.peek()) return;
    const until = now.peek();
    const from = dayBegan(until, zone.peek());
    const [track, alerts] = await Promise.all([fleet.track(vehicle, from, until), fleet.alertsOf(vehicle)]);
    if (over) return;
    const before = day.peek();
    const points = track.ok
      ? track.value.points.map((point) => ({ lat: point.lat, lon: point.lon, at: Date.parse(point.at) }))
      : (before?.points ?? []);
    day.value = {
      vehicle,
      from,
      points,
      thinned: track.ok ? track.value.thinned : (before?.thinned ?? false),
      alerts: alerts.ok ? alerts.value.alerts.filter((alert) => Date.parse(alert.pending_at ?? "") >= from) : (before?.alerts ?? []),
      refusal: track.ok ? null : track.refusal,
    };
  };
  void look();
  const timer = setInterval(() => void look(), DAY_EVERY_MS);
  const unhear = effect(() => {
    const heard = vehicles.value.find((one) => one.id === vehicle);
    const [before, at] = [day.peek(), Date.parse(heard?.heard_at ?? "")];
    if (before === null || heard === undefined || heard.lat === null || heard.lon === null) return;
    if (heard.no_fix_since !== null || !(at > (before.points[before.points.length - 1]?.at ?? before.from))) return;
    day.value = { ...before, points: [...before.points, { at, lat: heard.lat, lon: heard.lon }] };
  });
  return () => {
    over = true;
    unhear();
    clearInterval(timer);
    day.value = null;
  };
}
