/**
 * What lies on the map beside the vehicles, as GeoJSON: zones, trails, the way to the next pick-up, a grid. Pure.
 */
import type { Corner, Zones } from "../wire/fleet";
import type { TrailPoint } from "../state/trails";
import { TRAIL_MS } from "../state/trails";
import { strokes, type DayPoint } from "./day";
import { metres, scaleBar, type Place } from "./sketch";

export interface Line {
  type: "Feature";
  properties: Record<string, string | number | boolean>;
  geometry: { type: "LineString"; coordinates: Corner[] };
}
export interface Area {
  type: "Feature";
  properties: Record<string, string | number | boolean>;
  geometry: { type: "Polygon"; coordinates: Corner[][] };
}
export interface Features<F> {
  type: "FeatureCollection";
  features: F[];
}

/** South-west and north-east. */
export interface Bounds {
  south: number;
  west: number;
  north: number;
  east: number;
}

export interface Zone {
  id: string;
  name: string;
  ring: Corner[];
  /** Where its name stands. */
  middle: Place;
  bounds: Bounds;
}

/** The zones that can be drawn: a plan that was read by another version must not take the map with it. */
export function zonesOf(plan: Zones | null | undefined): Zone[] {
  const features: unknown = plan?.features;
  if (!Array.isArray(features)) return [];
  return (features as Zones["features"]).flatMap((feature): Zone[] => {
    const ring = feature?.geometry?.coordinates?.[0];
    const id = feature?.properties?.id;
    if (typeof id !== "string" || !Array.isArray(ring)) return [];
    const corners = ring.filter((corner) => Array.isArray(corner) && isPlace({ lon: corner[0], lat: corner[1] }));
    if (corners.length < 3) return [];
    const bounds = boundsOf(corners.map(([lon, lat]) => ({ lat, lon }))) as Bounds;
    return [{ id, name: feature.properties?.name ?? id, ring: corners, middle: middleOf(bounds), bounds }];
  });
}

/** The smallest zone around a place: a forecourt lies in its grounds. */
export function zoneAt(zones: readonly Zone[], place: Place): Zone | null {
  const size = ({ bounds }: Zone): number => (bounds.north - bounds.south) * (bounds.east - bounds.west);
  const around = zones.filter((zone) => isIn(zone.ring, place));
  return around.sort((a, b) => size(a) - size(b))[0] ?? null;
}

/** By how often a line eastward crosses the ring. */
function isIn(ring: readonly Corner[], { lat, lon }: Place): boolean {
  let inside = false;
  ring.forEach(([x, y], n) => {
    const [px, py] = ring[(n + ring.length - 1) % ring.length] as Corner;
    if (y > lat !== py > lat && lon < ((px - x) * (lat - y)) / (py - y) + x) inside = !inside;
  });
  return inside;
}

export function areas(zones: readonly Zone[]): Features<Area> {
  return collect(
    zones.map((zone) => ({ type: "Feature", properties: { id: zone.id }, geometry: { type: "Polygon", coordinates: [closed(zone.ring)] } })),
  );
}

function closed(ring: readonly Corner[]): Corner[] {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  const isClosed = first !== undefined && last !== undefined && first[0] === last[0] && first[1] === last[1];
  return isClosed || first === undefined ? [...ring] : [...ring, first];
}

/** A trail is drawn in so many pieces, each fainter than the one after it. */
const FADES = 6;

/** A trail breaks where nothing was heard for longer: a vehicle that stands still reports each half minute. */
const BREAK_MS = 150_000;

/** One vehicle's trail up to where it is drawn; `fade` is 1 for the newest piece and falls towards 0. */
export function trailLines(vehicle: string, trail: readonly TrailPoint[], shown: Place, now: number): Line[] {
  const points = trail.filter((point) => now - point.at <= TRAIL_MS);
  const last = points[points.length - 1];
  if (last === undefined) return [];
  const pieces: { age: number; corners: Corner[] }[] = [];
  let before = points[0] as TrailPoint;
  for (const point of [...points.slice(1), { ...shown, at: last.at }]) {
    const age = Math.min(FADES - 1, Math.max(0, Math.floor(((now - point.at) / TRAIL_MS) * FADES)));
    const piece = pieces[pieces.length - 1];
    const isBroken = point.at - before.at > BREAK_MS;
    if (!isBroken && piece?.age === age) piece.corners.push([point.lon, point.lat]);
    else if (!isBroken) pieces.push({ age, corners: [[before.lon, before.lat], [point.lon, point.lat]] });
    else pieces.push({ age: -1, corners: [] });
    before = point;
  }
  return pieces.filter(({ age }) => age >= 0).map(({ age, corners }) => line(corners, { vehicle, fade: 1 - age / FADES }));
}

/** What was before the page opened, then what it heard itself. */
export function joined(past: readonly TrailPoint[], live: readonly TrailPoint[]): TrailPoint[] {
  const first = live[0]?.at ?? Infinity;
  return [...past.filter((point) => point.at < first), ...live];
}

/** A day's track as lines; where nothing was heard, there is none. */
export function trackLines(vehicle: string, points: readonly DayPoint[], thinned: boolean): Line[] {
  return strokes(points, thinned).map((piece) => line(piece.map(({ lat, lon }): Corner => [lon, lat]), { vehicle }));
}

export function wayTo(vehicle: string, from: Place, to: Place, risk: boolean): Line {
  return line([[from.lon, from.lat], [to.lon, to.lat]], { vehicle, risk });
}

export function collect<F>(features: F[]): Features<F> {
  return { type: "FeatureCollection", features };
}

function line(coordinates: Corner[], properties: Line["properties"]): Line {
  return { type: "Feature", properties, geometry: { type: "LineString", coordinates } };
}

export function boundsOf(places: readonly Place[]): Bounds | null {
  const known = places.filter(isPlace);
  if (known.length === 0) return null;
  const [lats, lons] = [known.map((place) => place.lat), known.map((place) => place.lon)];
  return { south: Math.min(...lats), north: Math.max(...lats), west: Math.min(...lons), east: Math.max(...lons) };
}

export function middleOf({ south, north, west, east }: Bounds): Place {
  return { lat: (south + north) / 2, lon: (west + east) / 2 };
}

function isPlace(place: { lat: unknown; lon: unknown }): boolean {
  const { lat, lon } = place;
  return typeof lat === "number" && typeof lon === "number" && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
}

/** About how many squares lie side by side in the window. */
const SQUARES = 6;
/** More lines than this are of no use to anybody. */
const LINES_MAX = 60;

/** Lines a round number of metres apart, over three windows so that a drag does not run out of them. */
export function grid(window: Bounds): { lines: Features<Line>; step: number } {
  const middle = middleOf(window);
  const half = metres(middle, { lat: window.north, lon: window.east });
  const step = scaleBar(Math.max((2 * half.x) / SQUARES, 1));
  const perLat = step / 111_320;
  // By the whole degree, so that the lines stay where they are while the map is moved.
  const perLon = perLat / Math.max(0.05, Math.cos((Math.round(middle.lat) * Math.PI) / 180));
  const [wide, high] = [window.east - window.west, window.north - window.south];
  const edges = { west: window.west - wide, east: window.east + wide, south: window.south - high, north: window.north + high };
  const upright = steps(edges.west, edges.east, perLon).map((lon) => line([[lon, edges.south], [lon, edges.north]], {}));
  const level = steps(edges.south, edges.north, perLat).map((lat) => line([[edges.west, lat], [edges.east, lat]], {}));
  return { lines: collect([...upright, ...level]), step };
}

function steps(from: number, to: number, by: number): number[] {
  const first = Math.ceil(from / by);
  const count = Math.min(LINES_MAX, Math.max(0, Math.floor(to / by) - first + 1));
  return Array.from({ length: count }, (_, n) => (first + n) * by);
}
