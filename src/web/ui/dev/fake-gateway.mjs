// A DEVELOPMENT AID, not part of Portico: stands in for the gateway while the dashboard is drawn.
// It invents a venue in the middle of its day and speaks the gateway's API from memory, with no journal behind it.
//
//   npm run build && node dev/fake-gateway.mjs [--port 8080] [--language zh-CN|en] [--empty]
//     [--guests 562] [--rooms 12] [--reading-every-ms 1500] [--vehicles 20] [--tiles FILE]
//
// While it runs, a developer can make things happen:
//   POST /dev/mute?s=20     nothing is answered, streams stay open but fall silent (a lost Wi-Fi)
//   POST /dev/cut           all streams are closed
//   POST /dev/refuse        the next acknowledgement is refused
//   POST /dev/late          one more VIP becomes late
//   POST /dev/distrust      the clock is no longer trusted
//   POST /dev/older         as a gateway that cannot take acknowledgements back, nor list evidence or one device's entries
//   POST /dev/many?n=500    so many more alerts are open
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    language: { type: "string", default: "zh-CN" },
    guests: { type: "string", default: "562" },
    rooms: { type: "string", default: "12" },
    "reading-every-ms": { type: "string", default: "1500" },
    empty: { type: "boolean", default: false },
    tiles: { type: "string" },
    vehicles: { type: "string", default: "6" },
  },
});
const DIST = new URL("../dist/", import.meta.url).pathname;
const EPOCH = "d3v0";
const START = Date.parse("2026-11-23T02:17:20.000Z");
const begun = Date.now();
const now = () => START + (Date.now() - begun);
const iso = (ms) => new Date(ms).toISOString();
const ago = (minutes, seconds = 0) => iso(now() - minutes * 60_000 - seconds * 1000);

// Mulberry32: the same venue at every start.
let seed = 20261123;
const chance = () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const pick = (list) => list[Math.floor(chance() * list.length)];

const FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗".split("");
const GIVEN = ["芳", "伟", "秀英", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "涛", "明", "超", "兰", "霞", "平", "刚", "桂英"];
const FOREIGN = ["Anna Keller", "Jonathan Whitfield-Baptiste", "María Fernández", "Kofi Mensah", "Søren Lund", "Aiko Tanaka"];
const PLACES = ["主会场", "贵宾厅一", "贵宾厅二", "东门", "宴会厅"];
const HOUSES = ["市外事办", "华东电力设计院", "滨江集团", "第三方检测中心", "Nordwind Energie GmbH", "城市规划研究院", null];
const HOSTS = [["李娜", "138 0013 8000"], ["赵海", "139 1700 2211"], ["孙倩", "137 6100 4420"], ["周凯", null]];

function makeVisits() {
  return Array.from({ length: Number(options.guests) }, (_, n) => {
    const tier = n < 40 ? "vip" : n < Number(options.guests) - 22 ? "guest" : "staff";
    const offset = Math.round((chance() * 300 - 150) / 5) * 5;
    const [host, contact] = tier === "staff" ? [null, null] : pick(HOSTS);
    const due = START + offset * 60_000;
    const here = offset < -12 || (offset < 10 && chance() < 0.5);
    return {
      code: `G-${1001 + n}`,
      name: chance() < 0.06 ? pick(FOREIGN) : chance() < 0.03 ? null : pick(FAMILY) + pick(GIVEN),
      tier,
      organisation: pick(HOUSES),
      expected_at: iso(due),
      place: pick(PLACES),
      host,
      host_contact: contact,
      needs: chance() < 0.03 ? [pick(["轮椅", "手语翻译", "素食"])] : [],
      vehicle: tier === "vip" && chance() < 0.4 ? `car-${1 + Math.floor(chance() * 6)}` : null,
      arrived_at: here ? iso(Math.min(due - 20 * 60_000 + chance() * 25 * 60_000, START - 20_000)) : null,
      // Of the VIPs that are here some still wait for their hosts.
      waits_since: here && tier === "vip" && chance() < 0.2 ? ago(3) : null,
      received_at: here && tier === "vip" && chance() < 0.8 ? ago(20) : null,
      late_by_s: 0,
      state: here ? "arrived" : "expected",
    };
  });
}

const visits = options.empty ? [] : makeVisits();
const alerts = [];
let seq = 512;
let alertId = 17;

function makeLate(code, minutes, more = {}) {
  const visit = visits.find((one) => one.code === code);
  Object.assign(visit, { state: "late", arrived_at: null, late_by_s: minutes * 60, expected_at: ago(minutes) }, more.visit);
  return raise("late_arrival", `guest/${code}`, visit.tier === "vip" ? "critical" : "warning", {
    code,
    tier: visit.tier,
    expected_at: visit.expected_at,
    late_by_s: visit.late_by_s,
    grace_s: visit.tier === "vip" ? 600 : 1800,
    place: visit.place,
    ...(visit.vehicle === null ? {} : { vehicle: visit.vehicle }),
    ...more.values,
  }, minutes - (visit.tier === "vip" ? 10 : 30));
}

function raise(rule, subject, severity, values, minutes = 0, state = "firing") {
  const alert = {
    id: `A-${alertId++}`,
    rule,
    subject,
    severity,
    state,
    pending_at: ago(minutes + 5),
    fired_at: state === "pending" ? null : ago(minutes),
    acknowledged_at: null,
    acknowledged_by: null,
    resolved_at: null,
    resolution: null,
    values,
    notes: [],
  };
  alerts.push(alert);
  return alert;
}

const CENTRE = { lat: 31.2286, lon: 121.4747 };
const CARS = ["一号车", "二号车", "三号车", "中巴 A", "中巴 B", null, ...Array.from({ length: Number(options.vehicles) - 6 }, (_, n) => `${n + 7} 号车`)];
const vehicles = options.empty
  ? []
  : CARS.map((name, n) => ({
      id: `car-${n + 1}`,
      name,
      state: ["moving", "stationary", "moving", "moving", "stale", "offline"][n] ?? "moving",
      lat: n === 5 ? null : CENTRE.lat + (chance() - 0.5) * 0.05,
      lon: n === 5 ? null : CENTRE.lon + (chance() - 0.5) * 0.09,
      speed_kmh: n > 5 ? 40 : [34, 0, 52, 21, null, null][n],
      course: n > 5 ? n * 18 : [80, 10, 215, 300, 120, null][n],
      fix_at: n === 5 ? null : ago(n === 4 ? 6 : 0, n === 4 ? 12 : 2),
      since: ago([12, 14, 3, 25, 4, 47][n] ?? 6),
      heard_at: n === 5 ? null : ago(0, 2),
      no_fix_since: n === 4 ? ago(6) : null,
    }));

// Where they may stand, and where guests are fetched.
const around = (id, name, north, east, size) => {
  const [lat, lon] = [CENTRE.lat + north, CENTRE.lon + east];
  const ring = [[-1, -1], [1, -1], [1.2, 1], [-1, 1], [-1, -1]].map(([x, y]) => [lon + x * size, lat + y * size]);
  return { type: "Feature", properties: { id, name }, geometry: { type: "Polygon", coordinates: [ring] } };
};
const zones = { type: "FeatureCollection", features: options.empty ? [] : [around("venue", "会场", 0, 0, 0.003), around("station", "虹桥站", 0.018, -0.04, 0.002), around("hotel", "滨江酒店", -0.015, 0.03, 0.0012)] };
const PICKUPS = { "car-1": ["G-1007", "虹桥站", 0.018, -0.04, 17, 22, true], "car-3": ["G-1004", "滨江酒店", -0.015, 0.03, 12, 9, false], "car-4": ["G-1009", "虹桥站", 0.018, -0.04, 25, null, false] };
for (const car of vehicles) {
  const [guest, place, north, east, at, eta, risk] = PICKUPS[car.id] ?? [];
  const name = visits.find((visit) => visit.code === guest)?.name ?? null;
  car.zones = car.id === "car-2" ? ["venue"] : [];
  car.next = guest === undefined ? null : { kind: car.id === "car-3" ? "trip" : "pickup", guest, guests: [guest, "G-1031"], name, place, lat: CENTRE.lat + north, lon: CENTRE.lon + east, at: ago(-at), eta: eta === null ? null : ago(-eta), distance_m: 5200, at_risk: risk };
}
// Since 08:00 site time: a drive, a stand, twenty minutes of silence, a drive to where it is now.
function trackOf(car, from, to) {
  const points = [];
  for (let at = Math.max(from, START - 137 * 60_000); at <= Math.min(to, now()); at += 30_000) {
    const minute = (at - (START - 137 * 60_000)) / 60_000;
    if (car.lat === null || (minute > 70 && minute < 90)) continue;
    const share = car.state === "stationary" ? Math.min(1, minute / 40) : minute < 40 ? minute / 80 : minute < 70 ? 0.5 : 0.5 + (minute - 90) / (2 * ((now() - START) / 60_000 + 47));
    const back = Math.max(0, 1 - share);
    points.push({ at: iso(at), lat: car.lat + 0.02 * back, lon: car.lon - 0.03 * back + 0.004 * Math.sin(share * 12) * back, speed_kmh: 30, course: 90 });
  }
  return points;
}

const ROOMS = [["lobby", "大堂", 200], ["ballroom", "宴会厅", 450], ["main", "主会场", 600], ["vip-1", "贵宾厅一", 12], ["vip-2", "贵宾厅二", 12], ["press", "新闻中心", 60], ["east", "东厅", 80], ["west", "西厅", 80], ["green", "候场室", 20], ["medical", null, 8], ["kitchen", "备餐间", 15], ["garage", "地下车库", null]];
for (let n = ROOMS.length; n < Number(options.rooms); n += 1) ROOMS.push([`meeting-${n}`, `会议室 ${n}`, 8 + (n % 5) * 6]);
const LIMITS = { temperature: { low: 18, high: 27 }, humidity: { low: 30, high: 70 }, co2: { high: 1000 } };
const booked = (n) => {
  if (n % 3 === 2) return null;
  const from = START + ((n % 3 === 0 ? -40 : 75) + (n % 4) * 5) * 60_000;
  return { from: iso(from), to: iso(from + 90 * 60_000), ...(n % 4 === 3 ? {} : { title: ["欢迎宴会", "签约仪式", "双边会谈"][n % 3] }) };
};
const rooms = options.empty
  ? []
  : ROOMS.map(([id, name, capacity], n) => ({
      id,
      name,
      capacity,
      ...(id === "press" ? {} : { temperature: id === "ballroom" ? 27.6 : 21 + chance() * 4, humidity: 38 + chance() * 20 }),
      ...((n > 8 && n < 12) || id === "press" ? {} : { co2: id === "main" ? 1085 : Math.round(480 + chance() * 400) }),
      ...(capacity !== null && n < 9 && id !== "press" ? { occupancy: Math.round(capacity * chance() * 0.8) } : {}),
      ...(id === "lobby" ? { pm25: 12, battery: 87 } : {}),
      reading_at: id === "press" ? ago(36) : id === "garage" ? null : ago(0, Math.round(chance() * 50)),
      state: id === "press" || id === "garage" ? "unknown" : id === "ballroom" ? "alert" : id === "main" ? "breach" : "ok",
      limits: LIMITS,
      over: id === "ballroom" ? { temperature: "high" } : id === "main" ? { co2: "high" } : {},
      in_use: n % 3 === 2 ? null : n % 3 === 0,
      booking: booked(n),
    }));

// How a room was: waves that end at what it is now. The venue opened its day at 06:10; two rooms were silent for a while.
const OPENED = Date.parse("2026-11-22T22:10:00Z");
const SIZE = { temperature: 2.4, humidity: 6, co2: 220, occupancy: 40, pm25: 5, battery: 1 };
function was(room, metric, at) {
  const silentSince = room.reading_at === null ? 0 : Date.parse(room.reading_at);
  const isSilent = at > silentSince + 60_000 || (room.id === "lobby" && at > START - 100 * 60_000 && at < START - 62 * 60_000);
  if (at < OPENED || isSilent) return null;
  const wave = (ms) => Math.sin(ms / 2.4e6 + room.id.length) + 0.4 * Math.sin(ms / 5.1e5) + 0.12 * Math.sin(ms / 4.7e4);
  const value = (room[metric] ?? 20) + (wave(at) - wave(now())) * (SIZE[metric] ?? 1);
  return metric === "occupancy" ? Math.max(0, Math.round(value)) : Math.round(Math.max(0, value) * 1000) / 1000;
}
function history(url) {
  const of = (name, otherwise) => (url.searchParams.has(name) ? Date.parse(url.searchParams.get(name)) : otherwise);
  const to = of("to", now());
  const from = Math.floor(of("from", to - 3_600_000) / 60_000) * 60_000;
  const step_s = 60 * Number.parseInt(url.searchParams.get("step") ?? "5m", 10);
  const steps = Array.from({ length: Math.ceil((to - from) / (step_s * 1000)) }, (_, n) => from + n * step_s * 1000);
  const wanted = url.searchParams.get("metric")?.split(",");
  const each = (room, make) => {
    const metrics = Object.keys(room).filter((name) => name !== "capacity" && typeof room[name] === "number" && (wanted?.includes(name) ?? true));
    if (room.id === "press") metrics.push(...["temperature", "humidity"].filter((name) => wanted?.includes(name) ?? true));
    return Object.fromEntries(metrics.map((metric) => [metric, make(steps.map((at) => (at > now() ? null : was(room, metric, Math.min(at + step_s * 500, now())))), metric)]));
  };
  return { frame: { from: iso(from), to: iso(to), step_s }, each };
}
const spread = (mean, metric) => {
  const by = (share) => mean.map((value, n) => (value === null ? null : Math.max(0, Math.round((value + share * (1 + Math.sin(n)) * (SIZE[metric] ?? 1)) * 1000) / 1000)));
  return { low: by(-0.05), mean, high: by(0.05) };
};

const devices = options.empty
  ? []
  : [
      ...[1, 2, 3, 4, 5].map((n) => ({ id: `kiosk/K0${n}`, state: n === 3 ? "silent" : "online", heard_at: ago(n === 3 ? 9 : 0, 14 * n), since: ago(130), reason: null, received: 60 + n * 17, rejected: n === 2 ? 1 : 0 })),
      ...vehicles.map((car, n) => ({ id: `vehicle/${car.id}`, state: ["online", "online", "online", "online", "no_fix", "offline"][n] ?? "online", heard_at: n === 5 ? null : ago(0, 2), since: ago(47), reason: n === 5 ? "unplugged" : null, received: n === 5 ? 0 : 4210 - n * 133, rejected: n === 0 ? 3 : 0 })),
      ...rooms.slice(0, 10).map((room) => ({ id: `sensor/${room.id}/${room.id}-1`, state: room.id === "press" ? "silent" : "online", heard_at: room.reading_at, since: ago(130), reason: null, received: 130, rejected: 0 })),
    ];

for (const [n, device] of devices.entries()) {
  device.per_minute = device.state === "online" ? [0.4, 1, 12, 30.2][n % 4] : 0;
  device.last_rejected_at = device.rejected > 0 ? ago(12) : null;
  device.last_reason = device.rejected > 0 ? "the checksum is 50, but the bytes make 57" : null;
}
if (!options.empty) {
  devices.push(
    { id: "link/serial:car-1", state: "online", heard_at: ago(0, 2), since: ago(47), reason: null, received: 8400, rejected: 2, per_minute: 61 },
    { id: "link/plant", state: "offline", heard_at: ago(3), since: ago(3), reason: "connection refused", received: 512, rejected: 0, per_minute: 0 },
  );
}

let clock = { trusted: true, source: "ntp", reason: null };
const upstream = { state: options.empty ? "off" : "offline", backlog: options.empty ? 0 : 1284, acknowledged_seq: 431, parked: options.empty ? 0 : 2, since: ago(18), offline_since: options.empty ? null : ago(18), rate_per_s: null, eta_s: null, reason: options.empty ? null : "connection refused" };

if (!options.empty) {
  makeLate("G-1004", 34, { visit: { name: "王芳", vehicle: "car-3", host: "李娜", host_contact: "138 0013 8000", place: "贵宾厅一" } });
  makeLate("G-1121", 41, { visit: { name: "Jonathan Whitfield-Baptiste", place: "东门", host: "周凯" }, values: { kiosk_silent: "K03", kiosk_silent_since: ago(9) } });
  makeLate("G-1300", 52);
  raise("room_climate", "room/ballroom", "warning", { metric: "temperature", value: 27.5, limit: 27.0, side: "high", since: ago(8) }, 3);
  raise("kiosk_silent", "kiosk/K03", "warning", { last_heard: ago(9), after_s: 120 }, 7);
  const idle = raise("idle_vehicle", "vehicle/car-2", "info", { since: ago(14), idle_s: 840, after_s: 600, lat: 31.22, lon: 121.47 }, 4);
  Object.assign(idle, { state: "acknowledged", acknowledged_at: ago(2), acknowledged_by: "陈静", notes: [{ at: ago(1), by: "陈静", text: "司机在加油" }] });
  const aside = raise("sensor_silent", "sensor/garage/t1", "warning", { last_heard: ago(70), after_s: 3600 }, 10);
  Object.assign(aside, { state: "shelved", shelf: { at: ago(7), until: iso(now() + 23 * 60_000), for: "30m", by: "陈静", reason: "车库断电检修" } });
  const past = raise("room_climate", "room/east", "warning", { metric: "co2", value: 1120, limit: 1000, side: "high", since: ago(80) }, 75, "resolved");
  const wrote = (text) => ({ at: ago(60), by: "陈静", text });
  Object.assign(past, { resolved_at: ago(62), resolution: "cleared", findings: { cause: wrote("门窗关闭，人员集中"), handling: wrote("调高送风量，打开侧门"), result: wrote("15 分钟内恢复正常"), improvement: wrote("会前 30 分钟预通风") } });
  const before = raise("idle_vehicle", "vehicle/car-1", "info", { since: ago(200), idle_s: 700, after_s: 600 }, 190, "resolved");
  Object.assign(before, { resolved_at: ago(180), resolution: "moved" });
  raise("room_climate", "room/main", "warning", { metric: "co2", value: 1085, limit: 1000, side: "high", since: ago(2) }, 0, "pending");
  const over = raise("room_climate", "room/ballroom", "warning", { metric: "temperature", value: 27.9, limit: 27.0, side: "high", since: ago(95) }, 90);
  Object.assign(over, { state: "resolved", resolved_at: ago(60), resolution: "cleared" });
}

function overview() {
  const live = visits.filter((one) => one.state !== "cancelled");
  for (const one of visits) if (one.state === "late") one.late_by_s = Math.round((now() - Date.parse(one.expected_at)) / 1000);
  return {
    seq,
    epoch: EPOCH,
    now: iso(now()),
    clock,
    site: { tiles: options.tiles !== undefined, id: "venue-1", name: options.language === "en" ? "Riverside Conference Centre" : "滨江国际会议中心", time_zone: "Asia/Shanghai", language: options.language },
    guests: {
      expected: live.length,
      arrived: live.filter((one) => one.arrived_at !== null).length,
      late: live.filter((one) => one.state === "late").length,
      cancelled: visits.length - live.length,
      left: live.filter((one) => one.state === "left").length,
    },
    visits,
    vehicles,
    rooms,
    alerts: alerts.filter((one) => one.state !== "resolved"),
    devices,
    upstream,
    notifiers: options.empty ? [] : [{ name: "duty", kind: "dingtalk", state: "well", reason: null, told_at: ago(3), told: 14 }],
    storage: { state: "ok", reason: null },
  };
}

// What a device's page lists: the entries sent since the start, and what was rejected before it.
const kept = [];
const REJECTED = [
  ["the checksum is 50, but the bytes make 57", "$GPRMC,223416.00,A,3114.7125,N,12128.0982,E,0.0,0.0,221126,,A*50\r\n"],
  ["not JSON at byte 9: expected value; compare the payload with the format configured for this topic", '{"code": G-1042}'],
  ["it is cut off: no newline within 256 bytes", "$GNGGA,\u0000\u0007\u00e6"],
  ["$.at is \"yesterday\", which is no time with an offset; write it like 2026-11-23T02:17:20.412Z", '{"scan_id":"7","code":"G-1042","at":"yesterday"}'],
];
let early = 40;
for (const device of devices.filter((one) => one.rejected > 0)) {
  for (let n = 0; n < device.rejected; n += 1) {
    const [reason, text] = device.id.startsWith("kiosk/") ? REJECTED[1 + 2 * (n % 2)] : REJECTED[2 * (n % 2)];
    const raw = Buffer.from(text, "latin1");
    const when = ago(40 - early / 4);
    kept.push({ seq: early++, kind: "rejected", subject: device.id, device: device.id, observed_at: when, received_at: when, body: { link: device.id.startsWith("kiosk/") ? `reception/v1/${device.id}/scan` : "serial:car-1", reason, raw: raw.toString("base64"), bytes: raw.length }, hash: hashOf(early) });
  }
}
function hashOf(n) {
  return (n * 2654435761 >>> 0).toString(16).padStart(8, "0").repeat(8);
}

const streams = new Set();
let mutedUntil = 0;
function send(name, data, id) {
  if (Date.now() < mutedUntil) return;
  const text = `${id === undefined ? "" : `id: ${EPOCH}-${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  for (const stream of streams) stream.write(text);
}
function entry(kind, subject, device, body) {
  seq += 1;
  const made = { seq, kind, subject, device, observed_at: iso(now() - 300), received_at: iso(now()), body, hash: hashOf(seq) };
  kept.push(made);
  if (kept.length > 5_000) kept.shift();
  send(kind, made, seq);
}

if (!options.empty) {
  setInterval(() => {
    for (const car of vehicles.filter((one) => one.state === "moving")) {
      car.course = (car.course + (chance() - 0.5) * 40 + 360) % 360;
      car.speed_kmh = Math.max(8, Math.min(70, car.speed_kmh + (chance() - 0.5) * 8));
      const step = (car.speed_kmh / 3.6) * 2;
      const home = Math.hypot(car.lat - CENTRE.lat, car.lon - CENTRE.lon) > 0.045;
      if (home) car.course = (Math.atan2(CENTRE.lon - car.lon, CENTRE.lat - car.lat) * 180) / Math.PI;
      car.lat += (Math.cos((car.course * Math.PI) / 180) * step) / 111_320;
      car.lon += (Math.sin((car.course * Math.PI) / 180) * step) / 95_000;
      car.fix_at = car.heard_at = iso(now());
      entry("position", `vehicle/${car.id}`, `vehicle/${car.id}`, { lat: car.lat, lon: car.lon, speed_kmh: car.speed_kmh, course: car.course, fix_at: car.fix_at });
    }
  }, 2000);
  setInterval(() => {
    const room = pick(rooms.filter((one) => one.state !== "unknown"));
    room.temperature += (chance() - 0.5) * 0.2;
    room.reading_at = iso(now());
    entry("reading", `room/${room.id}`, `sensor/${room.id}/${room.id}-1`, { room: room.id, sensor: `${room.id}-1`, temperature: room.temperature, humidity: room.humidity });
  }, Number(options["reading-every-ms"]));
  setInterval(() => {
    const visit = visits.find((one) => one.state === "expected" && chance() < 0.05);
    if (visit === undefined) return;
    const kiosk = pick(["K01", "K02", "K04"]);
    Object.assign(visit, { state: "arrived", arrived_at: iso(now()) });
    entry("scan", `guest/${visit.code}`, `kiosk/${kiosk}`, { scan_id: `${kiosk}-${seq}`, code: visit.code, kiosk, verdict: "admit", direction: "entry", late_by_s: 0 });
  }, 4000);
}
setInterval(() => send("tick", { now: iso(now()), storage: { state: "ok", reason: null } }), 5000);

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const answer = (response, status, body, type = "application/json") => {
  response.writeHead(status, { "content-type": type });
  response.end(JSON.stringify(body));
};
let refuseNext = false;
/** What a visit was before it was checked in by hand. */
const checkIns = new Map();
let older = false;

const happenings = {
  mute: (url) => (mutedUntil = Date.now() + 1000 * Number(url.searchParams.get("s") ?? 20)),
  cut: () => streams.forEach((stream) => stream.destroy()),
  refuse: () => (refuseNext = true),
  distrust: () => {
    clock = { trusted: false, source: "none", reason: "The machine started in 1970 and has no battery." };
    entry("clock", "gateway", null, {});
  },
  older: () => (older = true),
  many: (url) => {
    for (let n = Number(url.searchParams.get("n") ?? 500); n > 0; n -= 1) {
      const severity = pick(["info", "warning", "critical"]);
      const alert = raise(pick(["sensor_silent", "battery_low"]), `sensor/${pick(rooms).id}/t${n}`, severity, { last_heard: ago(n % 90), after_s: 900, value: 12 }, n % 60);
      entry("alert", alert.subject, null, { ...alert, at: alert.fired_at });
    }
  },
  late: () => {
    const visit = visits.find((one) => one.tier === "vip" && one.state === "expected");
    if (visit === undefined) return;
    const alert = makeLate(visit.code, 11);
    entry("alert", alert.subject, null, { ...alert, at: alert.fired_at });
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, "http://dev");
  if (Date.now() < mutedUntil) return undefined; // as on a lost Wi-Fi: no answer, not even a refusal
  if (url.pathname === "/api/v1/overview") return answer(response, 200, overview());
  if (url.pathname === "/api/v1/stream") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": hello\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
    return undefined;
  }
  if (url.pathname === "/api/v1/conservation") {
    const none = { kept: 0, duplicates: 0, rejected: {}, nothing_to_keep: {}, thinned: 0, dropped: {}, turned_away: {}, not_kept: 0, in_flight: 0 };
    return answer(response, 200, {
      since: ago(140),
      adds_up: true,
      differences: [],
      links: [
        { ...none, link: "gateway", heard: 9, kept: 9 },
        { ...none, link: "mqtt", heard: 512, kept: 470, duplicates: 12, rejected: { not_json: 3, too_long: 1 }, nothing_to_keep: { not_ours: 26 } },
        { ...none, link: "serial:car-1", heard: 8400, kept: 290, rejected: { checksum: 6 }, thinned: 8102, dropped: { serial_rejected_every: 2 } },
      ],
      given_up_outward: {},
      entries: { committed: 795, from_links: 779, alert_changes: 16, found_after_failure: 0 },
      upstream: [
        { lane: "upstream.urgent", entries: 201, done_before: 0, acknowledged: 199, parked: 2, backlog: 0 },
        { lane: "upstream.bulk", entries: 594, done_before: 0, acknowledged: 110, parked: 0, backlog: 484 },
      ],
    });
  }
  if (url.pathname === "/api/v1/upstream/parked") {
    const refused = (seq, subject, reason) => ({ seq, lane: "urgent", reason, entry: { seq, kind: "scan", subject, device: "kiosk/K01", observed_at: ago(40), received_at: ago(40), body: {}, hash: "" } });
    return answer(response, 200, { parked: [refused(377, "guest/G-1300", "422 Unprocessable Entity: this guest is not known here"), refused(131, "guest/G-1004", "413 Payload Too Large")] });
  }
  if (url.pathname === "/api/v1/plan") return answer(response, 200, { zones });
  if (url.pathname === "/api/v1/alerts" && request.method === "GET") {
    const subject = url.searchParams.get("subject");
    return answer(response, 200, { alerts: alerts.filter((alert) => subject === null || alert.subject === subject), next: null });
  }
  const tracked = /^\/api\/v1\/vehicles\/([^/]+)\/track$/.exec(url.pathname);
  if (tracked !== null) {
    const [from, to] = ["from", "to"].map((name) => url.searchParams.get(name));
    const car = vehicles.find((one) => one.id === decodeURIComponent(tracked[1]));
    if (car === undefined) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "There is no such vehicle." }, "application/problem+json");
    return answer(response, 200, { vehicle: car.id, from, to, points: trackOf(car, Date.parse(from), Date.parse(to)), thinned: false });
  }
  if (url.pathname === "/tiles.pmtiles" && options.tiles !== undefined) {
    const file = readFileSync(options.tiles);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (first === undefined) return response.writeHead(200, { "content-type": "application/octet-stream" }).end(file);
    const piece = file.subarray(Number(first), Number(last) + 1);
    response.writeHead(206, { "content-type": "application/octet-stream", "content-range": `bytes ${first}-${Number(first) + piece.length - 1}/${file.length}` });
    return response.end(piece);
  }
  const received = /^\/api\/v1\/guests\/([^/]+)\/receive$/.exec(url.pathname);
  if (received !== null && request.method === "POST") {
    await new Promise((then) => setTimeout(then, 600));
    const here = visits.filter((visit) => visit.code === received[1] && visit.state === "arrived");
    if (here.length === 0) return answer(response, 409, { type: "about:blank", title: "Conflict", status: 409, detail: "This guest is not here." }, "application/problem+json");
    for (const visit of here) Object.assign(visit, { waits_since: null, received_at: iso(now()) });
    return answer(response, 200, { received_at: iso(now()), alert: null });
  }
  const atDesk = /^\/api\/v1\/guests\/([^/]+)\/(check_in|undo_check_in)$/.exec(url.pathname);
  if (atDesk !== null && request.method === "POST") {
    let body = "";
    for await (const piece of request) body += piece;
    await new Promise((then) => setTimeout(then, 600));
    const { scan_id: scanId } = JSON.parse(body);
    const visit = visits.find((one) => one.code === decodeURIComponent(atDesk[1]));
    if (refuseNext || visit === undefined) {
      refuseNext = false;
      return answer(response, 409, { type: "about:blank", title: "Conflict", status: 409, detail: "The journal's disk is full: nothing can be kept until space is freed." }, "application/problem+json");
    }
    const { state, arrived_at, late_by_s } = visit;
    if (atDesk[2] === "undo_check_in") {
      const before = checkIns.get(scanId);
      if (before === undefined) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "There is no such check-in." }, "application/problem+json");
      Object.assign(visit, before);
      entry("command", `guest/${visit.code}`, "operator/li", { action: "undo_check_in", scan_id: scanId });
      return answer(response, 200, { visits: [visit] });
    }
    const verdict = { expected: "admit", late: "admit", left: "admit_again", arrived: "already_in", cancelled: "cancelled" }[state];
    const lateBy = Math.max(0, Math.round((now() - Date.parse(visit.expected_at)) / 1000));
    if (verdict.startsWith("admit")) {
      checkIns.set(scanId, { state, arrived_at, late_by_s });
      Object.assign(visit, { state: "arrived", arrived_at: arrived_at ?? iso(now()), late_by_s: lateBy });
    }
    entry("scan", `guest/${visit.code}`, "kiosk/desk", { scan_id: scanId, code: visit.code, kiosk: "desk", verdict, direction: "entry", late_by_s: lateBy });
    return answer(response, 200, { scan_id: scanId, verdict, guest: null, late_by_s: lateBy, at: iso(now()) });
  }
  const taken = /^\/api\/v1\/alerts\/([^/]+)\/(acknowledge|unacknowledge|shelve|unshelve|note|resolve)$/.exec(url.pathname);
  if (taken !== null && request.method === "POST") {
    let body = "";
    for await (const piece of request) body += piece;
    await new Promise((then) => setTimeout(then, 600));
    const alert = alerts.find((one) => one.id === taken[1]);
    if (taken[2] === "unacknowledge" && older) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "there is nothing at this address; the API is described at /api/openapi.json" }, "application/problem+json");
    const fits = { acknowledge: ["firing"], unacknowledge: ["acknowledged"], shelve: ["firing", "acknowledged", "shelved"], unshelve: ["shelved"], note: ["firing", "acknowledged", "shelved", "pending", "resolved"], resolve: ["firing", "acknowledged", "shelved", "pending"] }[taken[2]];
    if (refuseNext || !fits.includes(alert?.state)) {
      refuseNext = false;
      return answer(response, 409, { type: "about:blank", title: "Conflict", status: 409, detail: "The journal's disk is full: nothing can be kept until space is freed." }, "application/problem+json");
    }
    const { by, reason, text, for: length, ...said } = JSON.parse(body);
    const at = iso(now());
    if (taken[2] === "acknowledge") Object.assign(alert, { state: "acknowledged", acknowledged_at: at, acknowledged_by: by });
    if (taken[2] === "unacknowledge") Object.assign(alert, { state: "firing", acknowledged_at: null, acknowledged_by: null });
    if (text !== undefined) alert.notes.push({ at, by, text });
    if (taken[2] === "shelve") Object.assign(alert, { state: "shelved", shelf: { at, until: iso(now() + parseInt(length, 10) * 60_000), for: length, by, reason } });
    if (taken[2] === "unshelve") Object.assign(alert, { state: "firing", acknowledged_at: null, acknowledged_by: null, shelf: { ...alert.shelf, ended_at: at } });
    if (["note", "resolve"].includes(taken[2])) {
      const found = Object.entries(said).map(([part, text]) => [part, { at, by, text }]);
      alert.findings = { ...alert.findings, ...Object.fromEntries(found) };
    }
    if (taken[2] === "resolve") Object.assign(alert, { state: "resolved", resolved_at: at, resolution: "operator" });
    entry("alert", alert.subject, null, { ...alert, at });
    return answer(response, 200, alert);
  }
  if (url.pathname === "/api/v1/rooms/history") {
    const { frame, each } = history(url);
    return answer(response, 200, { ...frame, rooms: Object.fromEntries(rooms.map((room) => [room.id, each(room, (mean) => mean)])) });
  }
  const past = /^\/api\/v1\/rooms\/([^/]+)\/history$/.exec(url.pathname);
  if (past !== null) {
    const room = rooms.find((each) => each.id === decodeURIComponent(past[1]));
    if (room === undefined) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "there is no such room" }, "application/problem+json");
    const { frame, each } = history(url);
    return answer(response, 200, { room: room.id, ...frame, metrics: each(room, spread) });
  }
  if (url.pathname === "/api/v1/alerts" && request.method === "GET") {
    const wanted = (name) => url.searchParams.get(name) ?? "";
    const number = (alert) => Number(alert.id.slice(2));
    const [state, q, limit, after] = [wanted("state") || "open", wanted("q").toLowerCase(), Number(wanted("limit") || 1000), wanted("after")];
    const found = alerts
      .filter((alert) => state === "all" || (state === "open" ? alert.state !== "resolved" : alert.state === state))
      .filter((alert) => ["severity", "rule"].every((name) => wanted(name) === "" || alert[name] === wanted(name)))
      .filter((alert) => wanted("subject") === "" || alert.subject === wanted("subject") || alert.subject.startsWith(`${wanted("subject")}/`))
      .filter((alert) => (wanted("from") === "" || alert.pending_at >= wanted("from")) && (wanted("to") === "" || alert.pending_at < wanted("to")))
      .filter((alert) => q === "" || JSON.stringify([alert, visits.find((one) => `guest/${one.code}` === alert.subject)?.name]).toLowerCase().includes(q))
      .filter((alert) => after === "" || number(alert) < Number(after.slice(2)))
      .sort((a, b) => number(b) - number(a));
    const page = found.slice(0, limit);
    return answer(response, 200, { alerts: page, ...(found.length > limit ? { next: page[page.length - 1].id } : {}) });
  }
  if (url.pathname === "/api/v1/journal" && request.method === "GET") {
    const [kind, device, limit] = [url.searchParams.get("kind"), url.searchParams.get("device"), Number(url.searchParams.get("limit") ?? 100)];
    const before = Number(url.searchParams.get("before") ?? Number.MAX_SAFE_INTEGER);
    const found = kept.filter((one) => one.seq < before && (kind === null || one.kind === kind) && (older || device === null || one.device === device));
    const entries = url.searchParams.get("order") === "newest" && !older ? found.reverse().slice(0, limit) : found.slice(0, limit);
    const isNewest = url.searchParams.get("order") === "newest" && !older;
    return answer(response, 200, { entries, next: isNewest && found.length <= limit ? 0 : (entries[entries.length - 1]?.seq ?? 0) });
  }
  const proof = /^\/api\/v1\/alerts\/([^/]+)\/evidence$/.exec(url.pathname);
  if (proof !== null && request.method === "GET" && !older) {
    const alert = alerts.find((each) => each.id === proof[1]);
    const about = (n, kind, subject, device, body) => ({ seq: 470 + n, kind, subject, device, observed_at: ago(9 - n), received_at: ago(9 - n), body, hash: hashOf(470 + n) });
    const room = alert?.subject.split("/")[1];
    const entries = alert?.rule === "room_climate"
      ? Array.from({ length: 8 }, (_, n) => about(n, "reading", alert.subject, `sensor/${room}/${room}-1`, { room, sensor: `${room}-1`, temperature: 26.6 + n / 8, humidity: 44 }))
      : [about(1, "device", alert?.subject ?? "gateway", alert?.subject ?? "gateway", { state: "online", reason: "says online" })];
    return answer(response, 200, { entries, more: alert?.rule === "room_climate" });
  }
  const one = /^\/api\/v1\/alerts\/([^/]+)$/.exec(url.pathname);
  if (one !== null && request.method === "GET") {
    const alert = alerts.find((each) => each.id === one[1]);
    if (alert === undefined) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "there is no alert of this name; GET /api/v1/alerts?state=all lists them" }, "application/problem+json");
    const note = (text) => ({ at: ago(300), by: "陈静", text });
    const command = { seq: 500, kind: "command", subject: "gateway", device: "operator/li", observed_at: ago(3), received_at: ago(3), body: { action: "acknowledge", alert: one[1], by: "李娜" }, hash: "" };
    return answer(response, 200, {
      ...alert,
      history: [{ seq: 490, at: alert.pending_at, state: "pending", cause: { ...command, seq: 475, kind: "device", subject: alert.subject, device: alert.subject, body: { state: "offline", reason: "says offline" } } }, { seq: 495, at: ago(4), state: "firing", cause: null }, { seq: 501, at: ago(3), state: "acknowledged", cause: command }],
      suggestions: [{ id: "A-3", subject: alert.subject, resolved_at: ago(300), resolution: "operator", findings: { cause: note("高架拥堵"), handling: note("改派备用车辆"), improvement: note("提前 20 分钟出发") } }],
    });
  }
  const happening = /^\/dev\/(\w+)$/.exec(url.pathname)?.[1];
  if (happening !== undefined && request.method === "POST") {
    happenings[happening]?.(url);
    return answer(response, 200, { done: happening });
  }
  if (url.pathname.startsWith("/api/")) return answer(response, 404, { type: "about:blank", title: "Not Found", status: 404, detail: "there is nothing at this address; the API is described at /api/openapi.json" }, "application/problem+json");
  // Every page has an address; what has no ending is one.
  const path = join(DIST, normalize(extname(url.pathname) === "" ? "/index.html" : url.pathname));
  if (!path.startsWith(DIST) || !existsSync(path)) return answer(response, 404, { title: "Not found", status: 404 }, "application/problem+json");
  response.writeHead(200, {
    "content-type": TYPES[extname(path)] ?? "application/octet-stream",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  });
  return createReadStream(path).pipe(response);
}).listen(Number(options.port), "127.0.0.1", () => {
  process.stderr.write(`fake gateway (development only) at http://127.0.0.1:${options.port}/\n`);
});
