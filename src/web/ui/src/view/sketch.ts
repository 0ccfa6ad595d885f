/**
 * Places positions on a flat sketch: metres around the middle, north up, and a frame that does not jump. Pure.
 * Good to a per cent over a city, which is what a sketch needs; it is no map.
 */

export interface Place {
  lat: number;
  lon: number;
}

/** The part of the world that is drawn: its middle, and half its width and height in metres. */
export interface Frame {
  middle: Place;
  halfWidth: number;
  halfHeight: number;
}

const METRES_PER_DEGREE = 111_320;
/** A parked fleet does not fill the sketch with the noise of its receivers. */
const LEAST_HALF_M = 250;
/** Room around the outermost vehicle, and the smallest share of the frame below which it is drawn closer. */
const MARGIN = 1.25;
const LOOSE = 0.4;

export function metres(middle: Place, place: Place): { x: number; y: number } {
  const x = (place.lon - middle.lon) * METRES_PER_DEGREE * Math.cos((middle.lat * Math.PI) / 180);
  return { x, y: (place.lat - middle.lat) * METRES_PER_DEGREE };
}

/** Keeps the frame it had while everything is inside and does not get lost in it. `aspect` is width by height. */
export function frame(places: readonly Place[], aspect: number, before: Frame | null): Frame | null {
  if (places.length === 0) return before;
  const middle = middleOf(places);
  const spread = extent(places, middle);
  if (before !== null && holds(before, extent(places, before.middle), spread)) return before;
  const halfHeight = Math.max(spread.y * MARGIN, (spread.x * MARGIN) / aspect, LEAST_HALF_M);
  return { middle, halfHeight, halfWidth: halfHeight * aspect };
}

interface Extent {
  x: number;
  y: number;
}

/** `reach` is measured from the frame's middle, `spread` from the places' own. */
function holds({ halfWidth, halfHeight }: Frame, reach: Extent, spread: Extent): boolean {
  const inside = reach.x <= halfWidth && reach.y <= halfHeight;
  const lost = spread.x < halfWidth * LOOSE && spread.y < halfHeight * LOOSE && halfHeight > LEAST_HALF_M;
  return inside && !lost;
}

function middleOf(places: readonly Place[]): Place {
  const lats = places.map((place) => place.lat);
  const lons = places.map((place) => place.lon);
  return {
    lat: (Math.min(...lats) + Math.max(...lats)) / 2,
    lon: (Math.min(...lons) + Math.max(...lons)) / 2,
  };
}

function extent(places: readonly Place[], middle: Place): Extent {
  let x = 0;
  let y = 0;
  for (const place of places) {
    const at = metres(middle, place);
    x = Math.max(x, Math.abs(at.x));
    y = Math.max(y, Math.abs(at.y));
  }
  return { x, y };
}

/** How wide and high a short name is on the sketch, in its own units. */
const LABEL_WIDTH = 80;
const LABEL_HEIGHT = 15;
const HAIR = 0.01;

/** How far down to move each label so that none lies on another; in the order given, the first stays. */
export function spreadLabels(points: readonly { x: number; y: number }[]): number[] {
  const taken: { x: number; y: number }[] = [];
  return points.map(({ x, y }) => {
    let free = y;
    // Less a hair: `label.y + LABEL_HEIGHT - label.y` may round to just below LABEL_HEIGHT, and a label that still
    // covers the place it gave way for would be stepped over for ever.
    const covers = (label: { x: number; y: number }): boolean =>
      Math.abs(label.x - x) < LABEL_WIDTH && Math.abs(label.y - free) < LABEL_HEIGHT - HAIR;
    // Each step passes at least one label for good, so this ends.
    for (let label = taken.find(covers); label !== undefined; label = taken.find(covers)) free = label.y + LABEL_HEIGHT;
    taken.push({ x, y: free });
    return free - y;
  });
}

/** A round length (1, 2 or 5 times a power of ten) of at most `most` metres. */
export function scaleBar(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((one) => one * power <= most) ?? 1;
  return step * power;
}
