/**
 * What a row of values over time says: where it is silent, where it is beyond a limit, its extremes, and the same in a
 * table. Pure. Times are seconds since 1970; null is a gap, undefined a step at which nothing was due.
 */

export type Value = number | null | undefined;

/** Which side of them is too much. */
export interface Limits {
  low?: number | null;
  high?: number | null;
}

export interface Stretch {
  from: number;
  to: number;
}

/** Fewer steps without a value are no silence: a sensor may report between two of them. */
const SILENT_STEPS = 3;
/** A sensor that speaks every hour is not silent for 59 minutes: so many times its own pace. */
const SILENT_PACES = 2.5;

/**
 * Tells steps at which nothing was due (undefined) from silence (null), by how often a value comes otherwise. Before the
 * first and after the last value the same patience holds.
 */
export function bridged(values: readonly (number | null)[]): Value[] {
  const known = values.flatMap((value, at) => (value === null ? [] : [at]));
  const apart = known.slice(1).map((at, n) => at - (known[n] ?? at)).sort((a, b) => a - b);
  const pace = apart[Math.floor((apart.length - 1) / 2)] ?? 1;
  const patience = Math.max(SILENT_STEPS, pace * SILENT_PACES);
  const made: Value[] = [...values];
  const ends = known.length === 0 ? [] : [-1, ...known, values.length];
  ends.slice(1).forEach((next, n) => {
    const before = ends[n] ?? next;
    if (next - before <= patience) made.fill(undefined, before + 1, next);
  });
  return made;
}

/** Where nothing was heard, from the last value before it to the first after it; `to` is where the present ends. */
export function silences(x: readonly number[], values: readonly Value[], from: number, to: number): Stretch[] {
  const found: Stretch[] = [];
  let begun: number | null = null;
  let last: number | null = null;
  values.forEach((value, at) => {
    const time = x[at];
    if (time === undefined || time < from || time > to || value === undefined) return;
    if (value === null) {
      begun ??= last ?? from;
      return;
    }
    if (begun !== null) found.push({ from: begun, to: time });
    begun = null;
    last = time;
  });
  if (begun !== null) found.push({ from: begun, to });
  return found.filter((stretch) => stretch.to > stretch.from);
}

/** Where the values are beyond a limit. A silence ends a stretch: nobody knows how it went on. */
export function beyond(x: readonly number[], values: readonly Value[], { low, high }: Limits): Stretch[] {
  const found: Stretch[] = [];
  let begun: number | null = null;
  let last: number | null = null;
  const end = (at: number | null): void => {
    if (begun !== null && at !== null) found.push({ from: begun, to: at });
    begun = null;
  };
  values.forEach((value, at) => {
    const time = x[at];
    if (time === undefined || value === undefined) return;
    if (value === null) return end(last);
    const isBeyond = (high != null && value > high) || (low != null && value < low);
    if (isBeyond) begun ??= time;
    else end(time);
    last = time;
  });
  end(last);
  return found;
}

export interface Extremes {
  low: { value: number; at: number };
  high: { value: number; at: number };
  last: { value: number; at: number };
}

/** Null where there is no value at all. */
export function extremes(x: readonly number[], values: readonly Value[]): Extremes | null {
  let found: Extremes | null = null;
  values.forEach((value, n) => {
    const at = x[n];
    if (at === undefined || value === null || value === undefined) return;
    const one = { value, at };
    if (found === null) found = { low: one, high: one, last: one };
    else found = { low: value < found.low.value ? one : found.low, high: value > found.high.value ? one : found.high, last: one };
  });
  return found;
}

/** The place of the step nearest to a time; null where there is none. */
export function nearest(x: readonly number[], at: number): number | null {
  if (x.length === 0) return null;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  return Math.abs((x[before] ?? 0) - at) <= Math.abs((x[low] ?? 0) - at) ? before : low;
}

/** The next step, in a direction, at which the values say something; the last one where there is none. */
export function neighbour(values: readonly Value[], from: number, step: number): number {
  const direction = Math.sign(step);
  let at = Math.min(Math.max(from + step, 0), values.length - 1);
  while (values[at] === undefined && at + direction >= 0 && at + direction < values.length) at += direction;
  return at;
}

/** The value that a line shows at a step: its own, or between its neighbours where nothing was due. */
export function shownAt(x: readonly number[], values: readonly Value[], at: number): number | null {
  const own = values[at];
  if (own !== undefined) return own;
  let before = at;
  let after = at;
  while (before >= 0 && values[before] === undefined) before -= 1;
  while (after < values.length && values[after] === undefined) after += 1;
  const [a, b] = [values[before], values[after]];
  if (typeof a !== "number" || typeof b !== "number") return null;
  const [from, to, here] = [x[before] ?? 0, x[after] ?? 0, x[at] ?? 0];
  return a + ((b - a) * (here - from)) / Math.max(to - from, 1e-9);
}

export interface Cell {
  mean: number;
  low: number;
  high: number;
  last: number;
}

/** A table's rows need not be more than these: who wants each value asks the gateway. */
const ROWS_MOST = 48;
const ROW_STEPS = [60, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 86_400];

export interface Row {
  from: number;
  cells: (Cell | null)[];
}

/** The same in rows of equal time, so that it can be read without eyes. */
export function tableRows(x: readonly number[], columns: readonly (readonly Value[])[], from: number, to: number): Row[] {
  const step = ROW_STEPS.find((one) => (to - from) / one <= ROWS_MOST) ?? 604_800;
  const rows: Row[] = [];
  for (let begin = from; begin < to; begin += step) {
    rows.push({ from: begin, cells: columns.map((values) => cell(x, values, begin, begin + step)) });
  }
  return rows;
}

function cell(x: readonly number[], values: readonly Value[], from: number, to: number): Cell | null {
  const inside = values.filter((value, at): value is number => {
    const time = x[at];
    return typeof value === "number" && time !== undefined && time >= from && time < to;
  });
  const last = inside[inside.length - 1];
  if (last === undefined) return null;
  return { mean: inside.reduce((sum, value) => sum + value, 0) / inside.length, low: Math.min(...inside), high: Math.max(...inside), last };
}
