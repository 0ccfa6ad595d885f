import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { life } from "../src/view/alert-life";
import { valueRows } from "../src/view/alert-values";
import { asHex, asText, fromBase64 } from "../src/view/bytes";
import { entryWords } from "../src/view/entry-words";
import { fateOf, fateWord } from "../src/view/fates";
import { waysFrom } from "../src/view/whereto";
import { alerts as words } from "../src/words/pages/alerts";
import { entries } from "../src/words/pages/entries";
import { fates } from "../src/words/pages/fates";
import { learn, speaker, type Language } from "../src/words/speak";
import { ENTRY_KINDS, type AlertMove, type AlertState, type Entry } from "../src/wire/types";
import { alert, at, entry, NOW, present, room, vehicle, visit } from "./sample";

learn(words);
learn(entries);
learn(fates);
const en = speaker("en");
const zh = speaker("zh-CN");

function move(seq: number, state: AlertState, cause: Entry | null): AlertMove {
  return { seq, at: at("02:00"), state, cause };
}

test("an alert's life says who did what, with what words, and what time did by itself", () => {
  const order = (seq: number, body: object) => entry(seq, "command", { alert: "A-1", by: "Li Na", ...body });
  const moves = [
    move(2, "pending", entry(1, "reading", { room: "lobby", co2: 1100 })),
    move(3, "firing", null),
    move(5, "acknowledged", order(4, { action: "acknowledge" })),
    move(7, "firing", order(6, { action: "unacknowledge" })),
    move(9, "shelved", order(8, { action: "shelve", for: "30m", reason: "doors are open" })),
    move(10, "firing", null),
    move(12, "firing", order(11, { action: "note", text: "fan is on", cause: "filter" })),
    move(13, "resolved", entry(13, "reading", {})),
  ];
  assert.deepEqual(
    life(moves, "cleared", en).map((line) => [line.what, ...line.said]),
    [
      ["The limit was passed; watching begins"],
      ["It needs somebody"],
      ["Li Na took it on"],
      ["Li Na took the acknowledgement back"],
      ["Li Na shelved it", "doors are open"],
      ["It still holds and is back"],
      ["Li Na wrote something down", "fan is on", "Cause: filter"],
      ["Over: back within limits"],
    ],
  );
});

test("values are told by name and in people's units, and an unknown one by itself", () => {
  const telling = (language: Language) => ({ say: speaker(language), language, now: NOW });
  const one = alert("A-1", {
    rule: "room_climate",
    values: { metric: "temperature", value: 27.46, limit: 27, side: "high", since: at("02:00"), late_by_s: 2100, vehicle_distance_m: 12_300, empty_percent: 40, lat: 31.2, lon: 121.4, step_2: "close", odd_thing: 3 },
  });
  const rows = (language: Language) => valueRows(one, "Asia/Shanghai", telling(language)).map((row) => `${row.name} ${row.value}`);
  assert.deepEqual(rows("en"), [
    "Quantity Temp.",
    "Measured 27.5\u00a0°C",
    "Limit 27.0\u00a0°C",
    "Side too high",
    "Since 10:00",
    "Late by 35 min",
    "Still to drive 12 km",
    "Driven empty 40%",
    "At 31.2, 121.4",
    "Step 2 close",
    "odd thing 3",
  ]);
  assert.equal(rows("zh-CN")[3], "方向 过高");
});

test("every kind of entry is said in words, with or without its body", () => {
  const venue = present({ rooms: [room("lobby", { name: "大堂" })], vehicles: [vehicle("car-1", { name: "一号车" })], visits: [visit("G-1", { name: "王芳" })] });
  const said = (kind: Entry["kind"], body: object, more: Partial<Entry> = {}) => entryWords(entry(1, kind, body, more), venue, en);
  assert.equal(said("scan", { verdict: "admit" }, { subject: "guest/G-1", device: "kiosk/K01" }), "王芳 at Kiosk K01: let in");
  assert.equal(said("reading", { room: "lobby", sensor: "t1", temperature: 21.44, co2: 700 }, { subject: "room/lobby" }), "大堂: Temp.: 21.4\u00a0°C, CO₂: 700\u00a0ppm");
  assert.equal(said("position", { lat: 31.2, lon: 121.40000004, speed_kmh: 33.6 }, { subject: "vehicle/car-1" }), "一号车 at 31.2, 121.4, 34 km/h");
  assert.equal(said("device", { state: "offline", reason: "unplugged" }, { subject: "kiosk/K01" }), "Kiosk K01: Offline (unplugged)");
  assert.equal(said("command", { action: "acknowledge", by: "Li Na" }), "Li Na took it on");
  assert.equal(said("command", { action: "receive", by: "Li Na", guest: "G-1" }), "Li Na received 王芳");
  assert.equal(said("rejected", { reason: "the checksum is 50, but the bytes make 57" }, { subject: "vehicle/car-1" }), "Not understood from 一号车: bad checksum");
  for (const kind of ENTRY_KINDS) {
    const bare = { ...entry(1, kind, {}, { subject: "gateway", device: "gateway" }), body: null as unknown as Entry["body"] };
    for (const say of [en, zh]) assert.doesNotMatch(entryWords(bare, venue, say), /undefined|null|NaN|^$/, kind);
  }
});

test("an alert leads to the pages of what it speaks of, each once", () => {
  const venue = present({ rooms: [room("lobby")], vehicles: [vehicle("car-1")], visits: [visit("G-1", { name: "王芳" })] });
  const hrefs = (subject: string, values: object = {}) => waysFrom(alert("A-1", { subject, values: values as Record<string, unknown> }), venue, en).map((way) => way.href);
  assert.deepEqual(hrefs("guest/G-1", { vehicle: "car-1", place: "lobby" }), ["/arrivals/G-1", "/vehicles/car-1", "/rooms/lobby"]);
  assert.deepEqual(hrefs("guest/nobody", { vehicle: "car-9", place: "moon" }), []);
  assert.deepEqual(hrefs("vehicle/car-1", { vehicle: "car-1" }), ["/vehicles/car-1"]);
  assert.deepEqual(hrefs("sensor/lobby/t1"), ["/devices/sensor%2Flobby%2Ft1", "/rooms/lobby"]);
  assert.deepEqual(hrefs("gateway"), ["/system"]);
});

test("each of the gateway's sentences about what it did not understand is told by its kind", () => {
  const read = (path: string) => readFileSync(new URL(`../../../devices/${path}`, import.meta.url), "utf8");
  let told = 0;
  for (const path of ["payload/reason.rs", "nmea/mod.rs", "mqtt/topics.rs"]) {
    const source = read(path);
    const words = new Map<string, string>();
    for (const [line, word = ""] of source.matchAll(/^.*=> "(\w+)",$/gm)) {
      for (const [, variant] of line.matchAll(/Self::(\w+)/g)) words.set(variant ?? "", word);
    }
    for (const [, text = "", variant = ""] of source.matchAll(/#\[error\(\s*"((?:[^"\\]|\\.)*)"[^\]]*?\)\]\s*(\w+)/g)) {
      const word = words.get(variant);
      if (word === undefined) continue;
      // As it would come: every gap filled with something a device might send.
      const sentence = text.replaceAll('\\"', '"').replace(/\{[^}]*\}/g, (gap) => (/^\{(0|at|told|made)/.test(gap) ? "57" : gap === "{what}" ? "kiosk" : "$.x"));
      assert.equal(fateOf(sentence), word, sentence);
      assert.match(fateWord(sentence, zh) ?? "", /\p{Script=Han}|UTF-8|JSON/u, word);
      told += 1;
    }
  }
  assert.ok(told >= 28, `only ${told} sentences were found`);
  assert.equal(fateOf("something nobody has written yet"), null);
  assert.equal(fateWord("something nobody has written yet", en), null);
});

test("bytes are shown as text with nothing hidden, and as hex", () => {
  const bytes = fromBase64(btoa("$GP\r\nA\x00\x7f\x07\n")) ?? new Uint8Array();
  assert.equal(asText(bytes), "$GP‹CR›‹LF›\nA‹NUL›‹DEL›‹07›‹LF›");
  assert.equal(asText(new TextEncoder().encode("温度 21°")), "温度 21°");
  // A cut character, a lone continuation, an overlong form, a half of a pair.
  assert.equal(asText(Uint8Array.of(0x41, 0xe6, 0xb8)), "A‹E6›‹B8›");
  assert.equal(asText(Uint8Array.of(0x80, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x42)), "‹80›‹C0›‹AF›‹ED›‹A0›‹80›B");
  assert.deepEqual(asHex(Uint8Array.from({ length: 18 }, (_, n) => n + 0x30)), [
    { offset: "0000", hex: "30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E 3F", text: "0123456789:;<=>?" },
    { offset: "0010", hex: "40 41", text: "@A" },
  ]);
  assert.equal(fromBase64("not base64 at all!"), null);
});
