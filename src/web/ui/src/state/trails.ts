/**
 * Where each vehicle has been in the last minutes, from the positions this page heard. Pure.
 */

export interface TrailPoint {
  lat: number;
  lon: number;
  /** Milliseconds since 1970, the gateway's time. */
  at: number;
}
export type Trails = ReadonlyMap<string, readonly TrailPoint[]>;

export const TRAIL_MS = 10 * 60_000;
/** A vehicle that reports every second for ten minutes; beyond it the oldest points go. */
export const POINTS_KEPT = 600;

export function extend(trails: Trails, vehicle: string, point: TrailPoint): Trails {
  const before = trails.get(vehicle) ?? [];
  const last = before[before.length - 1];
  if (last !== undefined && point.at <= last.at) return trails;
  const kept = before.filter((old) => point.at - old.at <= TRAIL_MS);
  const next = new Map(trails);
  next.set(vehicle, [...kept, point].slice(-POINTS_KEPT));
  return next;
}

/** What is still younger than ten minutes at `now`. */
export function fresh(points: readonly TrailPoint[], now: number): TrailPoint[] {
  return points.filter((point) => now - point.at <= TRAIL_MS);
}
