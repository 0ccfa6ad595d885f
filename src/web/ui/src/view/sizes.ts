/**
 * Bytes as people say them. Pure.
 */
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `873 B`, `12 kB`, `4.2 GB`: three figures at most. */
export function size(bytes: number): string {
  let [left, unit] = [bytes, 0];
  while (left >= 999.5 && unit < UNITS.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${left < 10 && unit > 1 ? left.toFixed(1) : Math.round(left)} ${UNITS[unit] ?? ""}`;
}
