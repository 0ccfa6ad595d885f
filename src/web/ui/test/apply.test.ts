import assert from "node:assert/strict";
import { test } from "node:test";
import { alertChange, apply, begin, catchUp, received, RESOLVED_KEPT } from "../src/state/apply";
import { alert, at, entry, overview, present, room, vehicle, visit } from "./sample";

const scan = (seq: number, verdict: string, more: object = {}) =>
  entry(seq, "scan", { code: "G-1", kiosk: "K01", verdict, late_by_s: 0, ...more }, { device: "kiosk/K01" });

test("an admitted scan makes the visit arrive and the counts follow", () => {
  const { present: after, ask } = apply(present(), scan(101, "admit", { late_by_s: 90 }));
  const [first, second] = after.visits;
  assert.deepEqual([first?.state, first?.arrived_at, first?.late_by_s], ["arrived", at("02:18"), 90]);
  assert.equal(second?.state, "expected");
  assert.equal(after.guests.arrived, 1);
  assert.ok(ask);
});

test("a late guest who arrives is no longer counted late", () => {
  const before = present({ visits: [visit("G-1", { state: "late" })], guests: { expected: 1, arrived: 0, late: 1, cancelled: 0, left: 0 } });
  assert.deepEqual(apply(before, scan(101, "admit")).present.guests, { expected: 1, arrived: 1, late: 0, cancelled: 0, left: 0 });
});

test("verdicts that refuse leave the visit as it was", () => {
  for (const verdict of ["not_found", "wrong_day", "wrong_point", "cancelled", "already_in"]) {
    const before = present();
    const after = apply(before, scan(101, verdict)).present;
    assert.deepEqual(after.visits, before.visits, verdict);
    assert.deepEqual(after.guests, before.guests, verdict);
  }
});

test("leaving and coming back keeps the first arrival", () => {
  let now = apply(present(), scan(101, "admit")).present;
  now = apply(now, { ...scan(102, "left", { direction: "exit" }), received_at: at("03:00") }).present;
  assert.deepEqual([now.visits[0]?.state, now.guests.left], ["left", 1]);
  now = apply(now, { ...scan(103, "admit_again"), received_at: at("03:30") }).present;
  assert.deepEqual([now.visits[0]?.state, now.visits[0]?.arrived_at], ["arrived", at("02:18")]);
  assert.deepEqual([now.guests.arrived, now.guests.left], [1, 0]);
});

test("an entry already within the overview changes nothing", () => {
  const before = present();
  assert.equal(apply(before, scan(100, "admit")).present, before);
});

test("a position moves its vehicle, and asks only when its state may have changed", () => {
  const cases: [state: "moving" | "stationary" | "stale" | "offline", speed: number | null, ask: boolean][] = [
    ["moving", 30, false],
    ["moving", 1.9, true],
    ["stationary", 2.5, false],
    ["stationary", 6, true],
    ["stale", 0, true],
    ["offline", 40, true],
    ["moving", null, false],
  ];
  for (const [state, speed, ask] of cases) {
    const before = present({ vehicles: [vehicle("car-1", { state }), vehicle("car-2")] });
    const body = { lat: 31.3, lon: 121.5, speed_kmh: speed, course: null, fix_at: at("02:17") };
    const done = apply(before, entry(101, "position", body, { subject: "vehicle/car-1" }));
    const [moved, other] = done.present.vehicles;
    assert.deepEqual([moved?.lat, moved?.speed_kmh, moved?.course], [31.3, speed, 90], state);
    assert.equal(other, before.vehicles[1]);
    assert.equal(done.ask, ask, `${state} at ${speed}`);
  }
});

test("a vehicle nobody knew is asked about", () => {
  assert.ok(apply(present(), entry(101, "position", { lat: 1, lon: 2 }, { subject: "vehicle/new" })).ask);
});

test("a reading changes only what it measured; a room that was unknown is asked about", () => {
  const before = present({ rooms: [room("lobby", { co2: 700 }), room("hall", { state: "unknown" })] });
  const done = apply(before, entry(101, "reading", { room: "lobby", sensor: "s1", temperature: 23.1 }));
  assert.deepEqual([done.present.rooms[0]?.["temperature"], done.present.rooms[0]?.["co2"]], [23.1, 700]);
  assert.equal(done.present.rooms[0]?.["sensor"], undefined);
  assert.equal(done.ask, false);
  assert.ok(apply(before, entry(101, "reading", { room: "hall", temperature: 20 })).ask);
});

test("a device is heard by what it sends, and what it sends wrongly is counted", () => {
  let now = apply(present(), scan(101, "admit")).present;
  now = apply(now, entry(102, "rejected", { reason: "bad json" }, { device: "kiosk/K01" })).present;
  const [kiosk] = now.devices;
  assert.deepEqual([kiosk?.heard_at, kiosk?.received, kiosk?.rejected], [at("02:18"), 6, 1]);
  now = apply(now, entry(103, "device", { state: "silent" }, { subject: "kiosk/K01" })).present;
  assert.equal(now.devices[0]?.state, "silent");
});

test("alerts come, change in place, and go to the resolved ones, which are bounded", () => {
  let now = alertChange(present({ alerts: [alert("A-1"), alert("A-2")] }), alert("A-1", { state: "acknowledged" }));
  assert.deepEqual(now.alerts.map((one) => `${one.id} ${one.state}`), ["A-1 acknowledged", "A-2 firing"]);
  now = alertChange(now, alert("A-3"));
  now = alertChange(now, alert("A-1", { state: "resolved", resolution: "arrived_late" }));
  assert.deepEqual([now.alerts.map((one) => one.id), now.resolved.map((one) => one.id)], [["A-2", "A-3"], ["A-1"]]);
  for (let n = 10; n < 60; n += 1) now = alertChange(now, alert(`A-${n}`, { state: "resolved" }));
  assert.equal(now.resolved.length, RESOLVED_KEPT);
  assert.equal(now.resolved[0]?.id, "A-59");
});

test("entries that came while an overview was under way are not lost by it", () => {
  const entries = [scan(101, "admit"), entry(102, "alert", alert("A-9"))];
  const older = catchUp(overview({ seq: 100 }), null, entries);
  assert.deepEqual([older.seq, older.visits[0]?.state, older.alerts.length], [102, "arrived", 1]);
  const newer = catchUp(overview({ seq: 102 }), null, entries);
  assert.deepEqual([newer.seq, newer.visits[0]?.state, newer.alerts.length], [102, "expected", 0]);
});

test("a new epoch begins without what the old one resolved", () => {
  const before = alertChange(present(), alert("A-1", { state: "resolved" }));
  assert.equal(begin(overview(), before).resolved.length, 1);
  assert.equal(begin(overview({ epoch: "zz11" }), before).resolved.length, 0);
});

test("a guest who was received waits no more, and nobody else is taken for received", () => {
  const waits = { state: "arrived", waits_since: at("02:10") } as const;
  const before = present({ visits: [visit("G-1", waits), visit("G-1"), visit("G-2", waits)] });
  const after = received(before, "G-1", at("02:17"));
  assert.deepEqual(after.visits.map((one) => [one.waits_since, one.received_at]), [[null, at("02:17")], [null, null], [at("02:10"), null]]);
});
