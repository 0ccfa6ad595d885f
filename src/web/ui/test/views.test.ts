import assert from "node:assert/strict";
import { test } from "node:test";
import { extend, fresh, POINTS_KEPT, TRAIL_MS, type Trails } from "../src/state/trails";
import { tell } from "../src/view/alert-words";
import { arrange, sortOut, withOrders, written } from "../src/view/alerts";
import { byTrouble, telling } from "../src/view/devices";
import { metricValue } from "../src/view/metrics";
import { measured } from "../src/view/rooms";
import { frame, metres, scaleBar, spreadLabels } from "../src/view/sketch";
import { speaker, type Language } from "../src/words/speak";
import type { Alert } from "../src/wire/types";
import { alert, at, NOW, present, room, vehicle, visit } from "./sample";

const ids = (alerts: readonly Alert[]): string => alerts.map((one) => one.id).join(" ");
const told = (one: Alert, language: Language, more: Parameters<typeof present>[0] = {}) =>
  tell(one, present(more), { say: speaker(language), language, now: NOW });

test("the most severe comes first, and of equals the one that waited longest", () => {
  const alerts = [
    alert("A-1", { severity: "info" }),
    alert("A-2", { fired_at: at("02:12") }),
    alert("A-3", { severity: "critical", fired_at: at("02:15") }),
    alert("A-4", { fired_at: at("02:11") }),
    alert("A-5", { state: "acknowledged" }),
    alert("A-6", { state: "pending" }),
    alert("A-7", { state: "shelved" }),
  ];
  const ledger = sortOut(alerts);
  assert.equal(ids(ledger.firing), "A-3 A-4 A-2 A-1");
  assert.equal(ids(ledger.inHand), "A-5");
  assert.equal(ids(ledger.shelved), "A-7");
  assert.equal(ids(ledger.watching), "A-6");
});

test("nothing moves under a reader: new ones wait, changed ones stay, resolved ones go", () => {
  const seen = ["A-1", "A-2", "A-3"];
  const alerts = [alert("A-1"), alert("A-2", { state: "acknowledged" }), alert("A-9", { severity: "critical" })];
  const reading = arrange(alerts, seen);
  assert.deepEqual([ids(reading.shown), ids(reading.fresh)], ["A-1 A-2", "A-9"]);
  const looking = arrange(alerts, null);
  assert.deepEqual([ids(looking.shown), ids(looking.fresh)], ["A-9 A-1", ""]);
});

test("an acknowledgement on its way shows, and its refusal restores the alert itself", () => {
  const alerts = [alert("A-1"), alert("A-2")];
  const [shown, other] = withOrders(alerts, new Map([["A-1", { by: "Li Na", at: NOW }]]));
  assert.deepEqual([shown?.state, shown?.acknowledged_by], ["acknowledged", "Li Na"]);
  assert.equal(other, alerts[1]);
  assert.equal(withOrders(alerts, new Map())[0], alerts[0]);
});

test("only what was written anew is sent to the ledger", () => {
  const before = { cause: { at: at("02:00"), by: "Li Na", text: "jam" }, result: { at: at("02:00"), by: "Li Na", text: "late" } };
  const now = { cause: "jam", handling: " another car ", result: "", improvement: "" };
  assert.deepEqual(written(before, (part) => now[part]), { handling: "another car" });
});

test("a late VIP is told with car, host and what to do", () => {
  const late = alert("A-1", {
    severity: "critical",
    values: { code: "G-1", tier: "vip", expected_at: at("01:42"), late_by_s: 60, grace_s: 600, vehicle: "car-1", place: "东门" },
  });
  const venue = {
    visits: [visit("G-1", { name: "王芳", tier: "vip", host: "李娜", host_contact: "138 0013 8000" })],
    vehicles: [vehicle("car-1", { name: "一号车", speed_kmh: 23.4 })],
  };
  assert.deepEqual(told(late, "en", venue), {
    title: "王芳 (VIP) is 35 min late",
    facts: ["Expected at 09:42, 东门", "Comes in 一号车: Moving, 23 km/h, position 20 s ago", "Host: 李娜, 138 0013 8000"],
    todo: "Call the driver, then tell the host.",
    call: { who: "李娜", number: "138 0013 8000" },
  });
  assert.equal(told(late, "zh-CN", venue).title, "王芳（VIP）迟到 35 分钟");
});

test("a silent kiosk is said before anybody telephones", () => {
  const values = { code: "G-1", expected_at: at("01:00"), kiosk_silent: "kiosk/K03", kiosk_silent_since: at("02:08") };
  const { facts, todo } = told(alert("A-1", { values }), "en");
  assert.ok(facts.includes("May be here already: Kiosk K03 silent since 10:08"));
  assert.equal(todo, "Look at the entrance before calling.");
  const heard = told(alert("A-1", { values: { ...values, kiosk_heard_at: at("02:12") } }), "en");
  assert.deepEqual(heard.facts, ["Expected at 09:00"]);
});

test("rooms are too warm, cold, humid, dry or stuffy, and other metrics keep their name", () => {
  const cases: [metric: string, side: string, value: number, en: string, zh: string][] = [
    ["temperature", "high", 27.5, "Room lobby is too warm: 27.5\u00a0°C", "房间 lobby 温度过高：27.5\u00a0°C"],
    ["temperature", "low", 16, "Room lobby is too cold: 16.0\u00a0°C", "房间 lobby 温度过低：16.0\u00a0°C"],
    ["humidity", "high", 71.6, "Room lobby is too humid: 72%", "房间 lobby 湿度过高：72%"],
    ["humidity", "low", 20, "Room lobby is too dry: 20%", "房间 lobby 空气过干：20%"],
    ["co2", "high", 1204, "Room lobby is too stuffy: CO₂ 1204\u00a0ppm", "房间 lobby 空气不佳：CO₂ 1204\u00a0ppm"],
    ["radon_level", "high", 300, "Room lobby: radon level is too high, 300", "房间 lobby ：radon level过高，300"],
  ];
  for (const [metric, side, value, en, zh] of cases) {
    const one = alert("A-1", { rule: "room_climate", subject: "room/lobby", values: { metric, side, value, limit: 1, since: at("02:00") } });
    assert.equal(told(one, "en").title, en);
    assert.equal(told(one, "zh-CN").title, zh);
    assert.notEqual(told(one, "en").todo, "");
  }
});

const GATEWAY = ["upstream_offline", "disk_low", "backup_old", "data_given_up", "clock_untrusted"];

test("what the gateway says of itself comes with its reason", () => {
  for (const rule of GATEWAY) {
    const { facts } = told(alert("A-1", { rule, subject: "gateway", pending_at: at("02:00"), values: { reason: "401; check the token", after_s: 0 } }), "en");
    assert.deepEqual(facts, ["since 10:00", "401; check the token"], rule);
  }
  const { title } = told(alert("A-1", { rule: "upstream_offline", subject: "gateway", pending_at: at("02:00"), resolved_at: at("02:20"), values: {} }), "en");
  assert.match(title, /^The upstream has been out of reach for 20\Wmin/);
});

test("every rule says what to do, and one nobody has heard of shows its values", () => {
  for (const rule of ["idle_vehicle", "kiosk_silent", "vehicle_silent", "sensor_silent", "late_arrival", "incident", ...GATEWAY]) {
    const one = told(alert("A-1", { rule, values: {} }), "en");
    assert.doesNotMatch(one.title + one.todo, /undefined|null|NaN|_/, rule);
    assert.notEqual(one.todo, "");
  }
  const other = told(alert("A-1", { rule: "door_open", subject: "room/lobby", values: { open_s: 95, deep: { a: 1 } } }), "en");
  assert.deepEqual([other.title, other.facts], ["door open: Room lobby", ["open s: 95"]]);
});

test("a tile keeps its four places, marks the one that is off, and makes nothing up", () => {
  const hot = alert("A-1", { rule: "room_climate", subject: "room/lobby", values: { metric: "temperature" } });
  const stuffy = alert("A-2", { rule: "room_climate", subject: "room/lobby", state: "pending", values: { metric: "co2" } });
  const elsewhere = alert("A-3", { rule: "room_climate", subject: "room/hall", values: { metric: "humidity" } });
  const { main, more } = measured(room("lobby", { co2: 1100, humidity: 40, pm25: 12 }), [hot, stuffy, elsewhere]);
  assert.deepEqual(
    main.map((one) => `${one.metric} ${one.value} ${one.off}`),
    ["temperature 22.5 alert", "humidity 40 no", "co2 1100 breach", "occupancy null no"],
  );
  assert.deepEqual(more.map((one) => one.metric), ["pm25"]);
  assert.deepEqual([metricValue("temperature", 23), metricValue("humidity", 48.2)], ["23.0\u00a0°C", "48%"]);
});

test("devices in trouble come first, and K10 after K9", () => {
  const of = (id: string, state: "online" | "silent") => ({ id, state, heard_at: null, since: null, reason: null, received: 0, rejected: 0 });
  const sorted = [of("kiosk/K10", "online"), of("kiosk/K9", "online"), of("kiosk/K11", "silent")].sort(byTrouble);
  assert.deepEqual(sorted.map((one) => one.id), ["kiosk/K11", "kiosk/K9", "kiosk/K10"]);
  const said = (id: string, state: "online" | "silent") => telling({ ...of(id, state), reason: "unplugged" });
  assert.deepEqual([said("kiosk/K9", "online"), said("kiosk/K9", "silent"), said("link/mqtt", "online")], [null, "unplugged", "unplugged"]);
});

test("the sketch is in metres, and its frame holds still until somebody leaves it or is lost in it", () => {
  const middle = { lat: 31.2, lon: 121.4 };
  const north = metres(middle, { lat: 31.21, lon: 121.4 });
  const east = metres(middle, { lat: 31.2, lon: 121.41 });
  assert.ok(Math.abs(north.y - 1113) < 2 && north.x === 0);
  // One hundredth of a degree of longitude at 31.2° N, from the WGS 84 ellipsoid: 953.5 m.
  assert.ok(Math.abs(east.x - 953.5) < 953.5 * 0.01);
  const first = frame([middle, { lat: 31.22, lon: 121.43 }], 1.6, null);
  assert.equal(frame([middle, { lat: 31.218, lon: 121.43 }], 1.6, first), first);
  const wider = frame([middle, { lat: 31.3, lon: 121.43 }], 1.6, first);
  assert.ok(wider !== first && (wider?.halfHeight ?? 0) > (first?.halfHeight ?? 0));
  assert.ok((frame([middle], 1.6, wider)?.halfHeight ?? 1e9) < (wider?.halfHeight ?? 0));
  assert.equal(frame([], 1.6, null), null);
  assert.deepEqual([60, 199, 200, 999, 5_400].map(scaleBar), [50, 100, 200, 500, 5_000]);
});

test("labels of vehicles that stand together do not lie on one another", () => {
  assert.deepEqual(spreadLabels([{ x: 0, y: 0 }, { x: 300, y: 0 }]), [0, 0]);
  const crowd = Array.from({ length: 6 }, (_, n) => ({ x: 10 * n, y: (n * 7) % 4 }));
  const rows = spreadLabels(crowd).map((down, n) => down + (crowd[n]?.y ?? 0)).sort((a, b) => a - b);
  for (let n = 1; n < rows.length; n += 1) assert.ok((rows[n] ?? 0) - (rows[n - 1] ?? 0) >= 15, String(rows));
});

test("a trail fades after ten minutes and is bounded", () => {
  let trails: Trails = new Map();
  for (let n = 0; n < 2_000; n += 1) trails = extend(trails, "car-1", { lat: 0, lon: n, at: n * 100 });
  assert.equal(trails.get("car-1")?.length, POINTS_KEPT);
  const last = 1_999 * 100;
  assert.equal(fresh(trails.get("car-1") ?? [], last + TRAIL_MS).length, 1);
  assert.equal(extend(trails, "car-1", { lat: 0, lon: 0, at: 5 }), trails);
});

test("labels are laid apart at any position, and the laying ends", () => {
  // Heights whose sum with a label's height rounds down: found to hang the page once cars had moved off whole numbers.
  let seed = 7;
  const chance = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 5_000; round += 1) {
    const points = Array.from({ length: 6 }, () => ({ x: chance() * 40, y: chance() * 300 }));
    const moved = spreadLabels(points);
    const at = points.map((point, index) => point.y + (moved[index] ?? 0)).sort((a, b) => a - b);
    for (let index = 1; index < at.length; index += 1) {
      assert.ok((at[index] ?? 0) - (at[index - 1] ?? 0) > 14.9, `round ${round}: ${at.join(" ")}`);
    }
  }
});
