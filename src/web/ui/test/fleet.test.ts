import assert from "node:assert/strict";
import { test } from "node:test";
import { among, counts, etaOf, etaShort, inOrder, plateOf, shortName, shownOf, troubleOf, whatIsNext } from "../src/view/fleet";
import { at as placeAt, isOver, toward, turn } from "../src/view/glide";
import { vehicles as words } from "../src/words/pages/vehicles";
import { learn, speaker } from "../src/words/speak";
import type { NextStop } from "../src/wire/types";
import { alert, at, vehicle } from "./sample";

learn(words);
const fleet = [vehicle("car-10"), vehicle("car-2", { state: "stationary" }), vehicle("car-1", { state: "stale" }), vehicle("car-3", { state: "offline" })];

test("a filter shows its vehicles, and the counts beside it agree with it", () => {
  const n = counts(fleet);
  assert.deepEqual(n, { all: 4, moving: 1, standing: 1, unknown: 2 });
  for (const shown of ["all", "moving", "standing", "unknown"] as const) {
    assert.equal(fleet.filter((one) => among(one, shown)).length, n[shown], shown);
  }
  assert.deepEqual([shownOf("unknown"), shownOf("nonsense"), shownOf("")], ["unknown", "all", "all"]);
});

test("vehicles keep their order, 2 before 10", () => {
  assert.deepEqual(inOrder(fleet).map((one) => one.id), ["car-1", "car-2", "car-3", "car-10"]);
});

test("the name beside an arrow is short, and never empty", () => {
  const cases: [string | null, string, string | null][] = [
    ["一号车 (沪A·T0501)", "一号车", "沪A·T0501"],
    ["二号车（王师傅）", "二号车", "王师傅"],
    ["Minibus A", "Minibus A", null],
    ["(沪A·T0501)", "(沪A·T0501)", "沪A·T0501"],
    [null, "car-7", null],
  ];
  for (const [name, short, plate] of cases) {
    assert.deepEqual([shortName({ id: "car-7", name }), plateOf({ name })], [short, plate], String(name));
  }
});

test("who is fetched, with whom, and when; an arrival that nobody knows is said to be unknown", () => {
  const next: NextStop = { kind: "pickup", guest: "G-1", guests: ["G-1", "G-2", "G-3"], name: "王芳", place: "station", lat: null, lon: null, at: at("02:20"), eta: at("02:30"), distance_m: null, at_risk: false };
  const [en, zh] = [speaker("en"), speaker("zh-CN")];
  assert.equal(whatIsNext(next, en), "Next pick-up: 王芳 and 2 more");
  assert.equal(whatIsNext({ ...next, guests: ["G-1"] }, zh), "下一接站：王芳");
  assert.equal(whatIsNext({ ...next, kind: "trip", name: null, guests: ["G-1"] }, en), "Brings: Guest G-1");
  assert.equal(whatIsNext({ ...next, guest: null, name: null, guests: [] }, en), "Next pick-up");
  assert.equal(etaOf("moving", next, en, "en", "Asia/Shanghai"), "about 10:30");
  assert.equal(etaOf("moving", { ...next, eta: null }, zh, "zh-CN", "Asia/Shanghai"), "到达时间不明");
});

test("what still stands in good time has no hour of arrival yet; late, it has", () => {
  const next: NextStop = { kind: "pickup", guest: null, guests: [], name: null, place: null, lat: null, lon: null, at: at("07:00"), eta: at("05:25"), distance_m: 15_000, at_risk: false };
  const told = (state: "moving" | "stationary", more: Partial<NextStop> = {}) => [etaOf, etaShort].map((say) => say(state, { ...next, ...more }, speaker("en"), "en", "UTC"));
  assert.deepEqual(told("stationary"), ["in good time", "07:00"]);
  assert.deepEqual(told("moving"), ["about 05:25", "about 05:25"]);
  assert.deepEqual(told("stationary", { eta: at("07:10") }), ["about 07:10", "about 07:10"]);
  assert.deepEqual(told("stationary", { at_risk: true }), ["about 05:25", "about 05:25"]);
});

test("a vehicle shows the gravest of its alerts that are open, and no other's", () => {
  const open = [
    alert("A-1", { subject: "vehicle/car-1", severity: "warning" }),
    alert("A-2", { subject: "vehicle/car-1", severity: "critical", state: "acknowledged" }),
    alert("A-3", { subject: "vehicle/car-10", severity: "critical", state: "pending" }),
  ];
  assert.equal(troubleOf("car-1", open), "act");
  assert.equal(troubleOf("car-10", open), null);
  assert.equal(troubleOf("car", open), null);
});

test("a vehicle glides from where it is drawn to its fix, for as long as fixes are apart", () => {
  const way = toward({ lat: 31, lon: 121 }, { lat: 31.01, lon: 121.02 }, 5_000, 4_000);
  assert.equal(way.lasts, 1_000);
  assert.deepEqual(placeAt(way, 5_000), { lat: 31, lon: 121 });
  assert.ok(Math.abs(placeAt(way, 5_500).lat - 31.005) < 1e-9);
  assert.deepEqual(placeAt(way, 9_000), { lat: 31.01, lon: 121.02 });
  assert.ok(!isOver(way, 5_999) && isOver(way, 6_000));
});

test("what was far away, or long ago, is not made to fly", () => {
  assert.equal(toward({ lat: 31, lon: 121 }, { lat: 31.5, lon: 121 }, 5_000, 4_000).lasts, 0);
  assert.ok(toward({ lat: 31, lon: 121 }, { lat: 31.001, lon: 121 }, 95_000, 5_000).lasts <= 2_500);
  const jump = toward({ lat: 31, lon: 121 }, { lat: 31.5, lon: 121 }, 5_000, 4_000);
  assert.deepEqual(placeAt(jump, 5_000), { lat: 31.5, lon: 121 });
});

test("an arrow turns the shorter way", () => {
  const cases: [shown: number, course: number, drawn: number][] = [[350, 10, 370], [10, 350, -10], [370, 20, 380], [0, 90, 90], [-10, 350, -10]];
  for (const [shown, course, drawn] of cases) assert.equal(turn(shown, course), drawn, `${shown} to ${course}`);
});
