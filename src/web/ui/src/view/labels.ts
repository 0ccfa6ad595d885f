/**
 * Where names stand on the map so that none lies on another: beside their vehicle if they can, below each other where
 * several stand in one place. Pure; lengths in pixels, y downwards.
 */

export interface Label {
  /** Of what it names. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** It stands above its place, and not beside it. */
  above: boolean;
  /** Where there is no room it is left out; else it stands on the right, whatever it covers. */
  givesWay: boolean;
  /** Where it stood: it does not change sides without need. */
  before: Spot | null;
}

export type Side = "right" | "left" | "above" | "hidden";
export interface Spot {
  side: Side;
  down: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** From the middle of an arrow to its name, from there up to the name's upper edge, and half an arrow. */
const ASIDE = 15;
const RISE = 11;
const ARROW = 9;
/** One line of a name. A column of them may be long; a name of its own stays near what it names. */
const STEP = 24;
const COLUMN = Array.from({ length: 16 }, (_, n) => n * STEP);
const NEAR = [0, STEP, -STEP, 2 * STEP, -2 * STEP];
/** Closer than this, they stand in one place: their names make one column. */
const TOGETHER = 8;
const ABOVE = 3;

/** In the order given, the first have their choice. `wide` is the width of the window. */
export function placeLabels(labels: readonly Label[], wide: number): Spot[] {
  const taken: { of: Label; box: Box }[] = [];
  const arrows = labels.filter((label) => !label.above);
  return labels.map((label) => {
    const others = arrows.filter((one) => one !== label && !together(one, label)).map(arrowOf);
    const isFree = (spot: Spot): boolean => {
      const box = boxOf(label, spot);
      return ![...others, ...taken.map((one) => one.box)].some((other) => overlap(box, other));
    };
    const spots = label.above ? [{ side: "above", down: 0 } as const] : candidates(label, taken.some(({ of }) => together(of, label)), wide);
    const kept = spots.filter((spot) => spot.down === 0 && spot.side === label.before?.side && label.before.down === 0);
    const none: Spot = label.givesWay ? { side: "hidden", down: 0 } : (spots[0] as Spot);
    const spot = [...kept, ...spots].find(isFree) ?? none;
    if (spot.side !== "hidden") taken.push({ of: label, box: boxOf(label, spot) });
    return spot;
  });
}

function candidates(label: Label, inColumn: boolean, wide: number): Spot[] {
  const fits = label.x + ASIDE + label.width <= wide;
  const near: Side = fits ? "right" : "left";
  const far: Side = fits && label.x - ASIDE - label.width >= 0 ? "left" : near;
  const on = (side: Side, downs: readonly number[]): Spot[] => downs.map((down) => ({ side, down }));
  if (inColumn) return [...on(near, COLUMN), ...on(far, COLUMN)];
  return NEAR.flatMap((down) => [...on(near, [down]), ...on(far, [down])]);
}

function boxOf({ x, y, width, height }: Label, { side, down }: Spot): Box {
  if (side === "above") return { left: x - width / 2, right: x + width / 2, top: y - height - ABOVE, bottom: y - ABOVE };
  const left = side === "right" ? x + ASIDE : x - ASIDE - width;
  return { left, right: left + width, top: y - RISE + down, bottom: y - RISE + down + height };
}

function arrowOf({ x, y }: Label): Box {
  return { left: x - ARROW, right: x + ARROW, top: y - ARROW, bottom: y + ARROW };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function together(a: Label, b: Label): boolean {
  return Math.abs(a.x - b.x) < TOGETHER && Math.abs(a.y - b.y) < TOGETHER;
}
