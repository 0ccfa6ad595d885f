/**
 * A vehicle's day from its track: when it drove, when it stood, and when nobody knows. Pure.
 */
import { metres } from "./sketch";

/** One point of a track; times are milliseconds since 1970. */
export interface DayPoint {
  at: number;
  lat: number;
  lon: number;
}

export type LegKind = "moving" | "standing" | "silent";
export interface Leg {
  kind: LegKind;
  from: number;
  to: number;
  /** Driven in it; of a stand, nothing. */
  metres: number;
  /** Where it ended. */
  lat: number;
  lon: number;
}

/** A stand is a stay within so many metres of where it began, for at least so long: a red light is none. */
const STAND_M = 60;
const STAND_MS = 3 * 60_000;
/** A vehicle that stands still reports each half minute; without a word for so long, nobody knows. */
const SILENT_MS = 3 * 60_000;
/** A track that was thinned has its points farther apart, and of a stand little more than its ends. */
const SILENT_THINNED_MS = 8 * 60_000;

/** From the first point to `until`, without a hole. Points are in the order of their times. */
export function legs(points: readonly DayPoint[], until: number, thinned = false): Leg[] {
  const silent = thinned ? SILENT_THINNED_MS : SILENT_MS;
  const found: Leg[] = [];
  let run: DayPoint[] = [];
  for (const point of points) {
    const last = run[run.length - 1];
    if (last !== undefined && point.at <= last.at) continue;
    if (last !== undefined && point.at - last.at > silent) {
      found.push(...ofRun(run), { ...gap(last, point.at), lat: point.lat, lon: point.lon });
      run = [];
    }
    run.push(point);
  }
  const last = run[run.length - 1];
  if (last === undefined) return [];
  found.push(...ofRun(run));
  if (until - last.at > silent) found.push(gap(last, until));
  return merged(found.filter((leg) => leg.to > leg.from));
}

/** One stand is told once, also where the receiver wandered in between. */
function merged(found: readonly Leg[]): Leg[] {
  const legs: Leg[] = [];
  for (const leg of found) {
    const last = legs[legs.length - 1];
    if (last?.kind === "standing" && leg.kind === "standing" && last.to === leg.from) last.to = leg.to;
    else legs.push({ ...leg });
  }
  return legs;
}

/** Pieces of the track without a silence in them, to be drawn as lines. */
export function strokes(points: readonly DayPoint[], thinned = false): DayPoint[][] {
  const silent = thinned ? SILENT_THINNED_MS : SILENT_MS;
  const pieces: DayPoint[][] = [];
  for (const point of points) {
    const piece = pieces[pieces.length - 1];
    const last = piece?.[piece.length - 1];
    if (piece === undefined || last === undefined || point.at - last.at > silent) pieces.push([point]);
    else piece.push(point);
  }
  return pieces.filter((piece) => piece.length > 1);
}

function gap(last: DayPoint, to: number): Leg {
  return { kind: "silent", from: last.at, to, metres: 0, lat: last.lat, lon: last.lon };
}

/** Stands and drives of points that follow one another without a silence. */
function ofRun(run: readonly DayPoint[]): Leg[] {
  const found: Leg[] = [];
  let n = 0;
  let drivenFrom = 0;
  while (n < run.length) {
    const end = standEnd(run, n);
    if (end === null) {
      n += 1;
      continue;
    }
    found.push(...drive(run, drivenFrom, n), stand(run, n, end));
    drivenFrom = end;
    n = end + 1;
  }
  found.push(...drive(run, drivenFrom, run.length - 1));
  return found;
}

/** The last point of the stand that begins at `start`; null where none does. */
function standEnd(run: readonly DayPoint[], start: number): number | null {
  const first = run[start];
  if (first === undefined) return null;
  let end = start;
  for (let next = run[end + 1]; next !== undefined && apart(first, next) <= STAND_M; next = run[end + 1]) end += 1;
  return (run[end]?.at ?? first.at) - first.at >= STAND_MS ? end : null;
}

function stand(run: readonly DayPoint[], start: number, end: number): Leg {
  const [first, last] = [run[start] as DayPoint, run[end] as DayPoint];
  return { kind: "standing", from: first.at, to: last.at, metres: 0, lat: first.lat, lon: first.lon };
}

function drive(run: readonly DayPoint[], start: number, end: number): Leg[] {
  const [first, last] = [run[start], run[end]];
  if (first === undefined || last === undefined || end <= start) return [];
  let [driven, farthest] = [0, 0];
  for (let n = start; n <= end; n += 1) farthest = Math.max(farthest, apart(first, run[n] as DayPoint));
  // Too short to be a stand that is worth telling, but no drive either: what a receiver wanders.
  if (farthest <= STAND_M) return [stand(run, start, end)];
  for (let n = start + 1; n <= end; n += 1) driven += apart(run[n - 1] as DayPoint, run[n] as DayPoint);
  return [{ kind: "moving", from: first.at, to: last.at, metres: Math.round(driven), lat: last.lat, lon: last.lon }];
}

function apart(a: DayPoint, b: DayPoint): number {
  const { x, y } = metres(a, b);
  return Math.hypot(x, y);
}

/** Midnight before `now` where the clocks show `zone`'s time. On the night of a change of clocks, an hour off. */
export function dayBegan(now: number, zone: string): number {
  const said = inZone(zone).formatToParts(now);
  const part = (type: string): number => Number(said.find((one) => one.type === type)?.value ?? 0);
  const since = ((part("hour") % 24) * 60 + part("minute")) * 60 + part("second");
  return Math.floor(now / 1000) * 1000 - since * 1000;
}

function inZone(zone: string): Intl.DateTimeFormat {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" });
  }
}
