/**
 * The path of a small line: gaps stay gaps, a single value is a dot, and a still room looks still. Pure.
 */
import type { Value } from "./series";

export interface SparkBox {
  width: number;
  height: number;
  /** So that a thick line is not cut at the edges. */
  margin: number;
}

export interface SparkPath {
  line: string;
  /** The heights of those limits that the line comes near. */
  limitsAt: number[];
}

/** A limit this near to the values, as a share of their stretch, is worth its place. */
const NEAR = 0.5;

export function sparkPath(values: readonly Value[], limits: readonly number[], least: number, box: SparkBox): SparkPath {
  const known = values.filter((value): value is number => typeof value === "number");
  if (known.length === 0) return { line: "", limitsAt: [] };
  const [lowest, highest] = [Math.min(...known), Math.max(...known)];
  const reach = Math.max(highest - lowest, least) * NEAR;
  const near = limits.filter((limit) => limit >= lowest - reach && limit <= highest + reach);
  const [from, to] = [Math.min(lowest, ...near), Math.max(highest, ...near)];
  const spare = Math.max(0, least - (to - from)) / 2;
  const [min, max] = [from - spare, to + spare];
  const high = box.height - 2 * box.margin;
  const y = (value: number): number => round(box.margin + high - (max === min ? high / 2 : ((value - min) / (max - min)) * high));
  const x = (at: number): number => round(values.length < 2 ? box.width : (at / (values.length - 1)) * box.width);
  return { line: path(values, x, y), limitsAt: near.map(y) };
}

function path(values: readonly Value[], x: (at: number) => number, y: (value: number) => number): string {
  let line = "";
  let open = false;
  values.forEach((value, at) => {
    if (value === undefined) return;
    if (value === null) {
      open = false;
      return;
    }
    // A stroke of no length with a round end is a dot.
    line += open ? `L${x(at)} ${y(value)}` : `M${x(at)} ${y(value)}h0`;
    open = true;
  });
  return line;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
