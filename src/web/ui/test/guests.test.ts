import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedIn, takenBack } from "../src/state/apply";
import { curve, lateOnes, nextDue, nextVips } from "../src/view/arrivals";
import { arrange, countBy, keyOf, places, search, withCheckIns, type Wish } from "../src/view/guests";
import { roomsToLookAt, vehiclesToLookAt } from "../src/view/looks";
import { rideOf } from "../src/view/ride";
import type { Visit } from "../src/wire/types";
import { alert, at, NOW, present, room, vehicle, visit } from "./sample";

const ALL: Wish = { show: "awaited", query: "", tier: "", place: "", sort: "due" };
const codes = (visits: readonly Visit[]): string => visits.map((one) => one.code).join(" ");

const DAY = [
  visit("G-1", { expected_at: at("01:00"), place: "hall" }),
  visit("G-2", { expected_at: at("03:00"), tier: "vip" }),
  visit("G-3", { expected_at: at("02:00"), tier: "vip", state: "late", late_by_s: 1_040 }),
  visit("G-4", { state: "arrived", arrived_at: at("01:50"), waits_since: at("01:50"), name: "Zoë" }),
  visit("G-5", { state: "left", arrived_at: at("01:30"), name: "安娜" }),
  visit("G-6", { expected_at: null, tier: "vip" }),
  visit("G-7", { state: "cancelled", place: "hall" }),
];

test("the board shows VIPs first, then by time, and the filters count what they show", () => {
  assert.equal(codes(search(DAY, ALL)), "G-3 G-2 G-6 G-1");
  assert.deepEqual(countBy(DAY), { awaited: 4, late: 1, waiting: 1, here: 1, left: 1, cancelled: 1, all: 7 });
  for (const [show, count] of Object.entries(countBy(DAY, "vip", ""))) {
    assert.equal(search(DAY, { ...ALL, show: show as "all", tier: "vip" }).length, count, show);
  }
  assert.deepEqual(places(DAY), ["hall"]);
  assert.equal(codes(search(DAY, { ...ALL, show: "all", place: "hall" })), "G-1 G-7");
});

test("another order is by time, by who came last, by who is most late, or by name", () => {
  const of = (sort: Wish["sort"]): string => codes(search(DAY, { ...ALL, show: "all", sort })).split(" ").slice(0, 2).join(" ");
  assert.deepEqual([of("time"), of("arrived"), of("late")], ["G-1 G-3", "G-4 G-5", "G-3 G-1"]);
  const named = search(DAY.filter((one) => one.name !== null), { ...ALL, show: "all", sort: "name" });
  assert.equal(codes(named), "G-5 G-4");
});

test("a search looks at everybody, in any order of words, with or without accents", () => {
  const visits = [
    visit("G-1042", { name: "王芳", organisation: "市外事办", state: "arrived" }),
    visit("G-7", { name: "José Müller", host: "李娜", needs: ["轮椅"] }),
  ];
  const find = (query: string): string => codes(search(visits, { ...ALL, show: "late", query }));
  assert.deepEqual([find("1042"), find("外事 王"), find("jose  LI"), find("muller 李"), find("ｇ－７"), find("王 李"), find("轮椅")], ["G-1042", "G-1042", "", "G-7", "G-7", "", "G-7"]);
});

test("while somebody reads, rows keep their places, changed ones included, and new ones wait", () => {
  const before = search(DAY, ALL).map(keyOf);
  const after = DAY.map((one) => (one.code === "G-2" ? { ...one, state: "arrived" as const } : one.code === "G-5" ? { ...one, state: "late" as const } : one));
  const { shown, fresh } = arrange(search(after, ALL), after, before);
  assert.deepEqual([codes(shown), shown[1]?.state, fresh], ["G-3 G-2 G-6 G-1", "arrived", 1]);
  assert.equal(codes(arrange(search(after, ALL), after, null).shown), "G-3 G-6 G-1 G-5");
});

test("a check-in on its way shows, is no reason to touch the others, and lets nobody in twice", () => {
  const shown = withCheckIns(DAY, new Map([["G-2", at("02:17")], ["G-4", at("02:17")], ["G-7", at("02:17")]]));
  assert.deepEqual([shown[1]?.state, shown[1]?.arrived_at], ["arrived", at("02:17")]);
  assert.deepEqual([shown[3], shown[6], shown[0]], [DAY[3], DAY[6], DAY[0]]);
  assert.equal(withCheckIns(DAY, new Map()), DAY);
});

test("a check-in that is taken back leaves everything as the gateway says it was", () => {
  const guests = { expected: 6, arrived: 2, late: 1, cancelled: 1, left: 1 };
  const before = present({ visits: DAY, guests });
  for (const code of ["G-1", "G-3", "G-5"]) {
    const was = DAY.filter((one) => one.code === code);
    const inside = checkedIn(before, code, at("02:17"), 0);
    assert.equal(inside.visits.find((one) => one.code === code)?.state, "arrived", code);
    assert.notDeepEqual(inside.guests, guests, code);
    const back = takenBack(inside, was);
    assert.deepEqual([back.guests, back.visits], [guests, DAY], code);
    assert.deepEqual(takenBack(back, was).guests, guests, "said again, it is as it was");
  }
});

test("the day's curve counts who should be here and who is, and knows nothing of what is to come", () => {
  const drawn = curve(DAY, NOW);
  assert.ok(drawn !== null);
  const told = (stamp: string): [number | undefined, number | null | undefined] => {
    const n = drawn.at.indexOf(Date.parse(stamp) / 1000);
    return [drawn.expected[n], drawn.arrived[n]];
  };
  assert.deepEqual([told(at("01:00")), told(at("01:30")), told(at("02:00"))], [[1, 0], [1, 1], [4, 2]]);
  assert.deepEqual([told(at("02:20")), told(at("03:00"))], [[4, null], [5, null]]);
  const now = drawn.at.indexOf(NOW / 1000);
  assert.deepEqual([drawn.expected[now], drawn.arrived[now], drawn.untimed], [4, 2, 1]);
  assert.deepEqual([...drawn.at].sort((a, b) => a - b), drawn.at);
});

test("a day without anybody has no curve, and a plan of many days not more points than fit", () => {
  assert.equal(curve([], NOW), null);
  assert.equal(curve([visit("G-1", { expected_at: null }), visit("G-2", { state: "cancelled" })], NOW), null);
  const long = curve([visit("G-1", { expected_at: "2026-11-01T00:00:00Z" }), visit("G-2", { expected_at: "2026-11-29T00:00:00Z" })], NOW);
  assert.ok((long?.at.length ?? 999) < 300 && long?.expected.at(-1) === 2);
});

test("who comes next is told in the order of time, late ones apart with VIPs first", () => {
  const visits = [...DAY, visit("G-8", { state: "late", expected_at: at("00:30") }), visit("G-9", { tier: "vip", expected_at: at("02:30") }), visit("G-10", { expected_at: at("02:30") })];
  assert.equal(codes(nextVips(visits)), "G-9 G-2");
  assert.equal(codes(lateOnes(visits)), "G-3 G-8");
  const next = nextDue(visits, NOW);
  assert.deepEqual([next?.visit.code, next?.n], ["G-9", 2]);
  assert.equal(nextDue(visits, Date.parse(at("04:00"))), null);
});

test("rooms and vehicles that want a look come with the most pressing first", () => {
  const rooms = [room("a"), room("b", { state: "unknown" }), room("c", { state: "breach" }), room("d10", { state: "alert" }), room("d9", { state: "alert" })];
  assert.deepEqual(roomsToLookAt(rooms).map((one) => one.id), ["d9", "d10", "c", "b"]);
  const vehicles = [vehicle("car-1"), vehicle("car-2", { state: "offline" }), vehicle("car-3", { state: "stationary" }), vehicle("car-4")];
  const alerts = [alert("A-1", { subject: "vehicle/car-3" }), alert("A-2", { subject: "vehicle/car-4", state: "pending" })];
  assert.deepEqual(vehiclesToLookAt(vehicles, alerts).map((one) => `${one.vehicle.id} ${one.alert?.id}`), ["car-3 A-1", "car-2 undefined"]);
});

test("a vehicle is said to come when the gateway has said so, of its next guests or from a position that was fresh", () => {
  const values = { vehicle_position: "fresh", vehicle_eta: at("02:52") };
  const [mine, other] = [visit("G-1", { vehicle: "car-1" }), visit("G-2", { vehicle: "car-1" })];
  const told = { doing: "brings", eta: Date.parse(at("02:52")), atRisk: true };
  assert.deepEqual(rideOf(mine, [], [alert("A-1", { values })]), told);
  assert.equal(rideOf(other, [], [alert("A-1", { values })]), null);
  assert.equal(rideOf(mine, [], [alert("A-1", { values: { ...values, vehicle_position: "stale" } })]), null);
  const stop = { kind: "pickup" as const, guest: "G-2", guests: ["G-2"], name: null, place: "station", lat: null, lon: null, at: at("02:20"), eta: at("02:25"), distance_m: 900, at_risk: false };
  const cars = [vehicle("car-1", { next: stop })];
  assert.deepEqual(rideOf(other, cars, []), { doing: "fetches", eta: Date.parse(at("02:25")), atRisk: false });
  assert.equal(rideOf(other, [vehicle("car-1", { next: { ...stop, at: at("03:00") } })], [])?.eta, Date.parse(at("03:00")));
  assert.equal(rideOf(other, [vehicle("car-1", { next: { ...stop, kind: "trip", at: at("03:00") } })], [])?.eta, Date.parse(at("02:25")));
  assert.equal(rideOf(mine, cars, []), null);
  assert.equal(rideOf(other, [vehicle("car-1", { next: { ...stop, eta: null } })], []), null);
});
