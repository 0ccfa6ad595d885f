import assert from "node:assert/strict";
import { test } from "node:test";
import { bandsOf, begun, lasting, stretchOf, united, without } from "../src/view/room-day";
import { bookingAge, daySummary, useOf } from "../src/view/room-words";
import { arrangeRooms, countRooms, isInRoom, isNamed, limitsOf, limitsShort, limitsText, measured, worstFirst } from "../src/view/rooms";
import { cut, put, times, type Slots } from "../src/view/slots";
import { learn, speaker } from "../src/words/speak";
import { rooms as words } from "../src/words/pages/rooms";
import type { Room } from "../src/wire/types";
import { alert, at, NOW, room } from "./sample";

learn(words);
const ids = (rooms: readonly Room[]): string => rooms.map((one) => one.id).join(" ");
const stamp = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16);
const telling = { say: speaker("en"), language: "en" as const, now: NOW, zone: "Asia/Shanghai" };

test("a stretch ends at the present, or is a whole day of the site's", () => {
  const now = NOW / 1000;
  const cases: [span: string, day: string, want: string][] = [
    ["1h", "", "1h 2026-11-23 2026-11-23T01:18 2026-11-23T02:18 60 true"],
    ["6h", "", "6h 2026-11-23 2026-11-22T20:18 2026-11-23T02:18 120 true"],
    ["day", "", "day 2026-11-23 2026-11-22T16:00 2026-11-23T02:20 300 true"],
    ["week", "", "week 2026-11-23 2026-11-16T16:00 2026-11-23T02:30 1800 true"],
    ["day", "2026-11-22", "day 2026-11-22 2026-11-21T16:00 2026-11-22T16:00 300 false"],
    ["week", "2026-11-22", "week 2026-11-22 2026-11-15T16:00 2026-11-22T16:00 1800 false"],
    // Hours are those before the present; a day that has not come, and one that is none, is today.
    ["1h", "2026-11-22", "day 2026-11-22 2026-11-21T16:00 2026-11-22T16:00 300 false"],
    ["day", "2026-11-24", "day 2026-11-23 2026-11-22T16:00 2026-11-23T02:20 300 true"],
    ["year", "2026-02-31", "day 2026-11-23 2026-11-22T16:00 2026-11-23T02:20 300 true"],
  ];
  for (const [span, day, want] of cases) {
    const made = stretchOf(span, day, now, "Asia/Shanghai");
    assert.equal([made.span, made.day, stamp(made.from), stamp(made.to), made.step, made.isLive].join(" "), want, `${span} ${day}`);
  }
});

test("a day is drawn from the hour in which something was first heard", () => {
  const x = [0, 3_600, 7_300, 10_900];
  assert.equal(begun(0, x, [[null, null, null, 3], [null, null, 4, 4]]), 7_200);
  assert.equal(begun(0, x, [[null, null, null, null]]), 0);
  assert.equal(begun(1_800, [1_800, 2_100], [[1, 2]]), 1_800);
});

test("of two things at once the graver is tinted, and a silence is hatched up to the present", () => {
  const start = Date.parse(at("02:00")) / 1000;
  const x = [0, 1, 2, 3, 4, 5].map((n) => start + n * 300);
  const alerts = [
    alert("A-1", { rule: "room_climate", subject: "room/lobby", pending_at: at("02:05"), fired_at: at("02:10"), resolved_at: at("02:15"), values: { metric: "co2" } }),
    alert("A-2", { rule: "room_climate", subject: "room/lobby", values: { metric: "temperature" } }),
    alert("A-3", { rule: "room_climate", subject: "room/hall", values: { metric: "co2" } }),
  ];
  const seen = { room: "lobby", metric: "co2", x, limits: { high: 1000 }, alerts, from: start, to: start + 1_800, now: start + 1_500 };
  const told = (values: (number | null)[]): string[] =>
    bandsOf({ ...seen, values }).map((band) => `${band.tone} ${(band.from - start) / 60}-${(band.to - start) / 60}`);
  assert.deepEqual(told([900, 1_100, 1_200, 1_200, 900, 900]), ["look 5-10", "look 15-20", "act 10-15"]);
  assert.deepEqual(told([900, 900, 900, 900, null, null]), ["unknown 15-25", "look 5-10", "act 10-15"]);
});

test("an alert that is still open is tinted up to the present, a crowd in the people's chart", () => {
  const now = Date.parse(at("02:30")) / 1000;
  const open = alert("A-1", { rule: "room_crowded", subject: "room/lobby", pending_at: null, fired_at: at("02:10") });
  const bands = bandsOf({ room: "lobby", metric: "occupancy", x: [], values: [], limits: {}, alerts: [open], from: now - 3_600, to: now + 60, now });
  assert.deepEqual(bands, [{ from: now - 1_200, to: now, tone: "act" }]);
});

test("stretches are put together, cut apart and measured", () => {
  const some = [{ from: 5, to: 9 }, { from: 0, to: 3 }, { from: 2, to: 4 }];
  assert.deepEqual(united(some), [{ from: 0, to: 4 }, { from: 5, to: 9 }]);
  assert.deepEqual(without([{ from: 0, to: 10 }], [{ from: 2, to: 3 }, { from: 8, to: 20 }]), [{ from: 0, to: 2 }, { from: 3, to: 8 }]);
  assert.equal(lasting(united(some), 2, 7), 4);
});

test("what is heard carries a chart on; the steps between stay empty", () => {
  const asked: Slots = { from: 600, step: 60, columns: { temperature: { mean: [20, null], low: [19, null], high: [21, null] }, co2: { mean: [500, 510] } } };
  const one = put(asked, "temperature", 790, 22);
  assert.deepEqual(one.columns["temperature"], { mean: [20, null, null, 22], low: [19, null, null, 22], high: [21, null, null, 22] });
  assert.deepEqual(put(one, "temperature", 830, 20).columns["temperature"], { mean: [20, null, null, 20], low: [19, null, null, 20], high: [21, null, null, 22] });
  assert.deepEqual(put(one, "co2", 610, 600).columns["co2"], { mean: [600, 510] });
  assert.deepEqual(put(one, "humidity", 600, 40).columns["humidity"], { mean: [40] });
  // Before what was asked for, or after a long sleep: the gateway is asked, not the page's memory.
  assert.equal(put(asked, "co2", 599, 1), asked);
  assert.equal(put(asked, "co2", 600 + 60 * 5_000, 1), asked);
  assert.deepEqual(cut(one, one.columns["temperature"]?.mean, 660, 900), [null, null, 22, null]);
  assert.deepEqual(cut(one, undefined, 540, 660), [null, null]);
  assert.deepEqual(times(one, 570, 720), [600, 660]);
});

test("a measure knows its limits and whether it is out of them", () => {
  const hall = room("hall", { capacity: 80, occupancy: 90, co2: 1_100, limits: { temperature: { low: 18, high: 27.5 }, co2: { high: 1000 } }, over: { co2: "high" } });
  const { main, more } = measured(hall, [alert("A-1", { rule: "room_crowded", subject: "room/hall" })]);
  assert.deepEqual(main.map((one) => [one.metric, one.off]), [["temperature", "no"], ["humidity", "no"], ["co2", "breach"], ["occupancy", "alert"]]);
  assert.deepEqual([main[1]?.value, main[3]?.limits, more], [null, { high: 80 }, []]);
  assert.deepEqual([limitsText("temperature", limitsOf(hall, "temperature")), limitsShort("temperature", limitsOf(hall, "temperature"))], ["18.0–27.5\u00a0°C", "18–27.5"]);
  assert.deepEqual([limitsText("co2", limitsOf(hall, "co2")), limitsText("humidity", limitsOf(hall, "humidity"))], ["≤\u00a01000\u00a0ppm", ""]);
  assert.equal(limitsText("humidity", { low: 30 }), "≥\u00a030%");
});

test("rooms are found by name, id and booking, and counted by how they stand", () => {
  const some = [
    room("hall", { name: "宴会厅", state: "alert", booking: { from: at("02:00"), to: at("03:00"), title: "Signing Ceremony" } }),
    room("lobby", { state: "unknown" }),
    room("vip-1", { state: "breach" }),
    room("vip-2"),
  ];
  assert.equal(ids(some.filter((one) => isNamed(one, "vip"))), "vip-1 vip-2");
  assert.equal(ids(some.filter((one) => isNamed(one, " 宴会 sign "))), "hall");
  assert.deepEqual(countRooms(some), { all: 4, look: 2, unknown: 1 });
  assert.equal(ids(worstFirst([...some].reverse())), "hall vip-1 lobby vip-2");
});

test("rooms keep their places while somebody reads, and take the right ones after", () => {
  const before = [room("a"), room("b", { state: "breach" }), room("c")];
  const after = [room("a", { state: "alert" }), room("b"), room("c"), room("d", { state: "alert" })];
  assert.equal(ids(arrangeRooms(before, true, null)), "b a c");
  assert.equal(ids(arrangeRooms(after, true, ["b", "a", "c"])), "b a c d");
  assert.equal(ids(arrangeRooms(after, true, null)), "a d b c");
  assert.equal(ids(arrangeRooms(after, false, null)), "a b c d");
});

test("a room's alerts are its own and those of what stands in it", () => {
  const of = (subject: string): boolean => isInRoom(alert("A-1", { subject }), "vip-1");
  assert.deepEqual(["room/vip-1", "sensor/vip-1/t1", "room/vip-10", "sensor/vip-10/t1", "kiosk/vip-1"].map(of), [true, true, false, false, false]);
});

test("what a room is used for is said as people say it", () => {
  const runs = { from: at("02:00"), to: at("03:00"), title: "Signing" };
  const next = { from: at("03:30"), to: at("04:00") };
  assert.equal(useOf(room("hall", { booking: runs, in_use: true }), telling), "Signing, until 11:00");
  assert.equal(useOf(room("hall", { booking: next, in_use: false }), telling), "Free, booked from 11:30");
  assert.equal(useOf(room("hall", { booking: next, in_use: true }), telling), "In use");
  assert.equal(useOf(room("hall", { booking: null, in_use: false }), telling), "Free");
  // Nobody counts and nothing is booked: nobody knows.
  assert.equal(useOf(room("hall", { booking: null, in_use: null }), telling), null);
  assert.equal(useOf(room("hall"), telling), null);
  assert.deepEqual([bookingAge(runs, telling), bookingAge(next, telling)], ["runs, 42 min left", "begins in 1 h 12 min"]);
});

test("a day is summed up with its extremes, and with what was wrong in it", () => {
  const x = [0, 1, 2].map((n) => Date.parse(at("02:00")) / 1000 + n * 600);
  const summed = { x, low: [19, null, 21], high: [20, null, 28], over: 650, silent: 600, span: 3_600, put: (value: number) => `${value} °C` };
  assert.equal(daySummary(summed, telling), "Lowest 19 °C at 10:00, highest 28 °C at 10:20. Beyond its limits for 10 min. No data for 10 min.");
  assert.equal(daySummary({ ...summed, over: 0, silent: 30 }, { ...telling, say: speaker("zh-CN"), language: "zh-CN" }), "最低 19 °C（10:00），最高 28 °C（10:20）。");
  assert.equal(daySummary({ ...summed, low: [null], high: [null] }, telling), "Nothing was measured in this time.");
});
