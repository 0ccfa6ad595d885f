import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBegan, legs, strokes, type DayPoint } from "../src/view/day";

const MINUTE = 60_000;
/** A metre north, in degrees. */
const METRE = 1 / 111_320;

/** From minute `from` to `to`, a point each half minute, `speed` metres a minute northwards from `north`. */
function ride(from: number, to: number, north: number, speed: number): DayPoint[] {
  const points: DayPoint[] = [];
  for (let at = from; at <= to; at += 0.5) points.push({ at: at * MINUTE, lat: 31 + (north + (at - from) * speed) * METRE, lon: 121 });
  return points;
}
const told = (points: DayPoint[], until: number, thinned = false): string[] =>
  legs(points, until * MINUTE, thinned).map((leg) => `${leg.kind} ${leg.from / MINUTE}-${leg.to / MINUTE}`);

test("a day is drives, stands and silences, without a hole between them", () => {
  const points = [...ride(0, 10, 0, 500), ...ride(10.5, 40, 5_000, 0), ...ride(60, 70, 5_000, 500)];
  assert.deepEqual(told(points, 70), ["moving 0-10", "standing 10-40", "silent 40-60", "moving 60-70"]);
  assert.deepEqual(legs(points, 70 * MINUTE).map((leg) => Math.round(leg.metres / 100)), [50, 0, 0, 50]);
});

test("a red light is no stand, and a receiver that wanders drives nowhere", () => {
  assert.deepEqual(told([...ride(0, 5, 0, 500), ...ride(5.5, 7, 2_500, 0), ...ride(7.5, 12, 2_750, 500)], 12), ["moving 0-12"]);
  const wanders = ride(0, 60, 0, 0).map((point, n) => ({ ...point, lat: point.lat + (n % 3) * 12 * METRE }));
  assert.deepEqual(told(wanders, 60), ["standing 0-60"]);
  assert.deepEqual(told(ride(0, 1.5, 0, 2), 2), ["standing 0-1.5"]);
});

test("what is silent until now is said to be", () => {
  assert.deepEqual(told(ride(0, 10, 0, 500), 11), ["moving 0-10"]);
  assert.deepEqual(told(ride(0, 10, 0, 500), 30), ["moving 0-10", "silent 10-30"]);
  assert.deepEqual(told([], 30), []);
});

test("points of a thinned track are farther apart without being silences", () => {
  const points = [...ride(0, 30, 0, 500), ...ride(30.5, 60, 15_000, 0)].filter((_, n) => n % 10 === 0);
  assert.deepEqual(told(points, 60, true), ["moving 0-30", "standing 30-60"]);
  assert.equal(strokes(points, true).length, 1);
  assert.equal(told(points, 60).filter((leg) => leg.startsWith("silent")).length, 12);
});

test("points that come twice or out of order do not run time backwards", () => {
  const points = ride(0, 10, 0, 500);
  assert.deepEqual(told([...points, ...points.slice(3, 6)], 10), ["moving 0-10"]);
});

test("a track is drawn in pieces, with nothing where nothing was heard", () => {
  const pieces = strokes([...ride(0, 10, 0, 500), ...ride(30, 40, 5_000, 500), { at: 90 * MINUTE, lat: 31, lon: 121 }]);
  assert.deepEqual(pieces.map((piece) => piece.length), [21, 21]);
});

test("the day begins at midnight where the site is", () => {
  const now = Date.parse("2026-11-23T02:17:20.412Z");
  assert.equal(new Date(dayBegan(now, "Asia/Shanghai")).toISOString(), "2026-11-22T16:00:00.000Z");
  assert.equal(new Date(dayBegan(now, "America/New_York")).toISOString(), "2026-11-22T05:00:00.000Z");
  assert.equal(new Date(dayBegan(now, "No/Where")).toISOString(), "2026-11-23T00:00:00.000Z");
});
