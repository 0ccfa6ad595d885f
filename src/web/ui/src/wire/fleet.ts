/**
 * What the page of vehicles asks for: where one has been, what was wrong with it, and the zones of the plan.
 */
import { ask, OVERVIEW_TIMEOUT_MS, type Answer } from "./api";
import type { Alert, Stamp } from "./types";

export interface TrackPoint {
  at: Stamp;
  lat: number;
  lon: number;
  speed_kmh: number | null;
  course: number | null;
}

/** `/api/v1/vehicles/{id}/track` */
export interface Track {
  vehicle: string;
  from: Stamp;
  to: Stamp;
  /** Oldest first. */
  points: TrackPoint[];
  /** There were more points than are told. */
  thinned: boolean;
}

/** Longitude first, as GeoJSON has it. */
export type Corner = readonly [lon: number, lat: number];

/** RFC 7946; what a map editor writes beside it is passed over. */
export interface ZoneFeature {
  type: "Feature";
  properties: { id?: string; name?: string } | null;
  geometry: { type: "Polygon"; coordinates: Corner[][] };
}

export interface Zones {
  type: "FeatureCollection";
  features: ZoneFeature[];
}

/** The most alerts of one vehicle and day that are listed. */
const ALERTS_ASKED = 50;

export function track(vehicle: string, from: number, to: number): Promise<Answer<Track>> {
  const span = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  return ask(`/api/v1/vehicles/${encodeURIComponent(vehicle)}/track?${span}`, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

/** The plan's zones are absent where it has none. */
export function zones(): Promise<Answer<{ zones?: Zones | null }>> {
  return ask("/api/v1/plan", { cache: "no-cache" }, OVERVIEW_TIMEOUT_MS);
}

/** Open ones and ended ones, the newest first. */
export function alertsOf(vehicle: string): Promise<Answer<{ alerts: Alert[] }>> {
  const asked = new URLSearchParams({ state: "all", subject: `vehicle/${vehicle}`, limit: String(ALERTS_ASKED) });
  return ask(`/api/v1/alerts?${asked}`, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}
