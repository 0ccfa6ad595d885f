/**
 * How a vehicle moves on the map from one fix to the next: evenly, for about as long as the fixes are apart. Pure.
 */
import type { Place } from "./sketch";

export interface Glide {
  from: Place;
  to: Place;
  /** Both in milliseconds of whoever draws. */
  begun: number;
  lasts: number;
}

/** A fix that comes at once is still seen to move; one that comes late is not waited for. */
const SHORTEST_MS = 200;
const LONGEST_MS = 2_500;
/** Farther than this is no drive but a fix that was lost, or a picture that was caught up: it jumps. */
const FARTHEST_DEG = 0.05;

/** The way from where it is drawn now to its newest fix. `heardBefore` is when the fix before that was drawn. */
export function toward(shown: Place, fix: Place, now: number, heardBefore: number | null): Glide {
  const far = Math.abs(shown.lat - fix.lat) > FARTHEST_DEG || Math.abs(shown.lon - fix.lon) > FARTHEST_DEG;
  const apart = heardBefore === null ? LONGEST_MS : now - heardBefore;
  const lasts = far ? 0 : Math.min(Math.max(apart, SHORTEST_MS), LONGEST_MS);
  return { from: shown, to: fix, begun: now, lasts };
}

export function at(glide: Glide, now: number): Place {
  const share = isOver(glide, now) ? 1 : Math.max(0, (now - glide.begun) / glide.lasts);
  return {
    lat: glide.from.lat + (glide.to.lat - glide.from.lat) * share,
    lon: glide.from.lon + (glide.to.lon - glide.from.lon) * share,
  };
}

export function isOver(glide: Glide, now: number): boolean {
  return now >= glide.begun + glide.lasts;
}

/** The course to draw after `shown`, so that a turn from 350° to 10° goes by north and not all the way round. */
export function turn(shown: number, course: number): number {
  const off = (((course - shown) % 360) + 540) % 360;
  return shown + off - 180;
}
