/**
 * Values in steps of equal length, carried on by what is heard while the page is open. What is put in here is a good
 * guess until the gateway is asked again: it alone knows a step's mean. Pure. Times are seconds since 1970.
 */

export type Known = number | null;

export interface Column {
  mean: readonly Known[];
  /** Absent where only the mean was asked for. */
  low?: readonly Known[];
  high?: readonly Known[];
}

export interface Slots {
  step: number;
  /** Where the first step begins. */
  from: number;
  columns: Readonly<Record<string, Column>>;
}

/** A page that was asleep does not grow by years of steps: the gateway is asked again instead. */
const GROWS_AT_MOST = 2_000;

/** With one more value; the same object where it does not belong. */
export function put(slots: Slots, metric: string, at: number, value: number): Slots {
  const place = Math.floor((at - slots.from) / slots.step);
  const before = slots.columns[metric] ?? { mean: [] };
  if (place < 0 || place - before.mean.length > GROWS_AT_MOST) return slots;
  const column: Column = {
    mean: laid(before.mean, place, () => value),
    ...(before.low === undefined ? {} : { low: laid(before.low, place, (old) => Math.min(old ?? value, value)) }),
    ...(before.high === undefined ? {} : { high: laid(before.high, place, (old) => Math.max(old ?? value, value)) }),
  };
  return { ...slots, columns: { ...slots.columns, [metric]: column } };
}

function laid(values: readonly Known[], place: number, value: (old: Known) => number): Known[] {
  const longer = [...values];
  while (longer.length <= place) longer.push(null);
  longer[place] = value(longer[place] ?? null);
  return longer;
}

/** The steps that begin in a stretch, with null where none is known. */
export function cut(slots: Slots, values: readonly Known[] | undefined, from: number, to: number): Known[] {
  const { begin, count } = reach(slots, from, to);
  return Array.from({ length: count }, (_, n) => values?.[begin + n] ?? null);
}

/** When those steps begin. */
export function times(slots: Slots, from: number, to: number): number[] {
  const { begin, count } = reach(slots, from, to);
  return Array.from({ length: count }, (_, n) => slots.from + (begin + n) * slots.step);
}

function reach(slots: Slots, from: number, to: number): { begin: number; count: number } {
  const begin = Math.ceil((from - slots.from) / slots.step);
  return { begin, count: Math.max(0, Math.ceil((to - slots.from) / slots.step) - begin) };
}
