import assert from "node:assert/strict";
import { test } from "node:test";
import { areas, boundsOf, grid, joined, trailLines, zoneAt, zonesOf } from "../src/view/ground";
import { placeLabels, type Label } from "../src/view/labels";
import type { Corner, Zones } from "../src/wire/fleet";

const square = (id: string | undefined, half: number): Zones["features"][number] => ({
  type: "Feature",
  properties: id === undefined ? null : { id },
  geometry: { type: "Polygon", coordinates: [[[121 - half, 31 - half], [121 + half, 31 - half], [121 + half, 31 + half], [121 - half, 31 + half]]] },
});
const plan = (...features: Zones["features"]): Zones => ({ type: "FeatureCollection", features });

test("zones are drawn closed, and what is no zone is passed over", () => {
  const broken = [square(undefined, 1), { ...square("line", 1), geometry: { type: "Polygon", coordinates: [[[121, 31], [122, 31]]] } }, { type: "Feature", properties: { id: "none" } }] as Zones["features"];
  const zones = zonesOf(plan(square("yard", 0.01), ...broken));
  assert.deepEqual(zones.map((zone) => zone.id), ["yard"]);
  const ring = areas(zones).features[0]?.geometry.coordinates[0] as Corner[];
  assert.deepEqual([ring.length, ring[0]], [5, ring[4]]);
  for (const nothing of [undefined, null, {} as Zones]) assert.deepEqual(zonesOf(nothing), []);
});

test("a place is in the smallest zone around it", () => {
  const zones = zonesOf(plan(square("grounds", 0.02), square("forecourt", 0.005)));
  assert.equal(zoneAt(zones, { lat: 31.001, lon: 121.001 })?.id, "forecourt");
  assert.equal(zoneAt(zones, { lat: 31.015, lon: 121.001 })?.id, "grounds");
  assert.equal(zoneAt(zones, { lat: 31.03, lon: 121 }), null);
});

const trail = (...minutes: number[]) => minutes.map((minute) => ({ at: minute * 60_000, lat: 31 + minute / 1000, lon: 121 }));

test("a trail fades with age, is forgotten after ten minutes, and ends where its vehicle is drawn", () => {
  const lines = trailLines("car-1", trail(0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14), { lat: 40, lon: 121 }, 14 * 60_000);
  const fades = lines.map((line) => Number(line.properties["fade"]));
  assert.deepEqual(fades, [...fades].sort((a, b) => a - b));
  assert.ok(fades.length > 3 && fades.every((fade) => fade > 0 && fade <= 1), String(fades));
  assert.equal(lines[lines.length - 1]?.geometry.coordinates.at(-1)?.[1], 40);
  assert.ok(lines.every((line) => line.geometry.coordinates.every(([, lat]) => lat >= 31.005)), "older than ten minutes");
});

test("a trail has no line where nothing was heard", () => {
  const lines = trailLines("car-1", trail(5, 6, 12, 13), { lat: 31.013, lon: 121 }, 14 * 60_000);
  const crosses = lines.some((line) => line.geometry.coordinates.some(([, lat], n, all) => n > 0 && (all[n - 1] as Corner)[1] < 31.007 && lat > 31.011));
  assert.ok(!crosses);
  assert.deepEqual(trailLines("car-1", [], { lat: 31, lon: 121 }, 0), []);
});

test("what was before the page opened comes before what it heard, and nothing twice", () => {
  assert.deepEqual(joined(trail(1, 2, 3, 4), trail(3, 5)).map((point) => point.at / 60_000), [1, 2, 3, 5]);
  assert.equal(joined(trail(1, 2), []).length, 2);
});

test("a grid has few lines, a round step, and stays while the map is moved a little", () => {
  const window = { south: 31.1, north: 31.3, west: 121.3, east: 121.6 };
  const { lines, step } = grid(window);
  assert.match(String(step), /^[125]0*$/);
  assert.ok(lines.features.length > 10 && lines.features.length < 80, String(lines.features.length));
  const uprights = (of: ReturnType<typeof grid>): number[] => of.lines.features.map((line) => line.geometry.coordinates).filter(([a, b]) => a?.[0] === b?.[0]).map(([a]) => a?.[0] ?? 0);
  const moved = grid({ south: 31.11, north: 31.31, west: 121.31, east: 121.61 });
  const both = uprights({ lines, step }).filter((lon) => uprights(moved).some((other) => Math.abs(other - lon) < 1e-9));
  assert.ok(both.length > 5, "lines jump");
});

test("bounds hold what is known and are none without it", () => {
  assert.deepEqual(boundsOf([{ lat: 31, lon: 121 }, { lat: 32, lon: 120 }, { lat: Number.NaN, lon: 0 }]), { south: 31, north: 32, west: 120, east: 121 });
  assert.equal(boundsOf([]), null);
});

const label = (x: number, y: number, more: Partial<Label> = {}): Label => ({ x, y, width: 60, height: 22, above: false, givesWay: false, before: null, ...more });

test("names beside vehicles that stand in one place make a column", () => {
  const spots = placeLabels([label(100, 100), label(101, 100), label(100, 101)], 800);
  assert.deepEqual(spots, [{ side: "right", down: 0 }, { side: "right", down: 24 }, { side: "right", down: 48 }]);
});

test("a name does not lie on another's arrow, nor outside the window", () => {
  assert.deepEqual(placeLabels([label(100, 100), label(130, 100)], 800).map((spot) => spot.side), ["left", "right"]);
  assert.equal(placeLabels([label(780, 100)], 800)[0]?.side, "left");
});

test("what gives way is left out where there is no room, a vehicle never is", () => {
  const crowd = Array.from({ length: 9 }, (_, n) => label(300 + (n % 3) * 30, 300 + Math.floor(n / 3) * 30));
  const spots = placeLabels([...crowd, label(345, 345, { givesWay: true, width: 200, height: 90 }), label(330, 335, { above: true, givesWay: true })], 800);
  assert.ok(spots.slice(0, 9).every((spot) => spot.side !== "hidden"));
  assert.deepEqual(spots.slice(9).map((spot) => spot.side), ["hidden", "hidden"]);
});

test("a name changes sides only where it must", () => {
  const before = { side: "left", down: 0 } as const;
  assert.deepEqual(placeLabels([label(400, 100, { before })], 800)[0], before);
  assert.equal(placeLabels([label(370, 100), label(400, 100, { before })], 800)[1]?.side, "right");
});
