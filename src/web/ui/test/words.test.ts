import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parts } from "../src/words/all";
import { isPlainKey, learn, nearestLanguage, speaker } from "../src/words/speak";

for (const part of parts) learn(part);
const pairs = parts.flatMap((part) => Object.entries(part)) as [string, readonly [string, string]][];
const slots = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? ""))].sort();
/** The same in both languages: names, units, signs. */
const SAME = new Set(["product", "tier_vip", "metric_co2", "metric_pm25", "metric_pm10", "metric_tvoc", "vehicle_speed", "who_vip", "guests_shown", "other_title", "note_line", "occupancy_of", "comma", "item_comma", "item_count", "with_why", "item_of", "plan_list_line", "plan_field", "plan_named", "plan_item_at", "system_of", "condition", "ride_is", "name_value", "entry_why", "entry_reading", "entry_device", "device_sensor"]);

test("every string stands in both languages", () => {
  for (const [key, [en, zh]] of pairs) {
    assert.notEqual(en.trim(), "", `${key} has no English`);
    assert.notEqual(zh.trim(), "", `${key} has no Chinese`);
  }
});

test("no two pages say different things by one name", () => {
  const names = pairs.map(([key]) => key);
  assert.deepEqual(names.filter((key, at) => names.indexOf(key) !== at), []);
});

test("no string was left untranslated", () => {
  for (const [key, [en, zh]] of pairs) {
    if (SAME.has(key)) continue;
    assert.match(zh, /\p{Script=Han}/u, `${key} is not Chinese: ${zh}`);
    assert.doesNotMatch(en, /\p{Script=Han}/u, `${key} is not English: ${en}`);
  }
});

test("both languages fill the same slots", () => {
  for (const [key, [en, zh]] of pairs) assert.deepEqual(slots(zh), slots(en), key);
});

test("Chinese is punctuated as Chinese, and nobody shouts", () => {
  for (const [key, [en, zh]] of pairs) {
    assert.doesNotMatch(zh.replace(/\{[^}]*\}/g, ""), /\p{Script=Han}\s*[,;:?()]/u, `${key}: half-width sign in ${zh}`);
    assert.doesNotMatch(en + zh, /[!！]/u, `${key} shouts`);
  }
});

test("every state, rule and resolution that the gateway names has its words", () => {
  const named = {
    visit: ["expected", "late", "arrived", "left", "cancelled"],
    tier: ["vip", "guest", "staff"],
    vehicle: ["moving", "stationary", "stale", "offline"],
    room: ["ok", "breach", "alert", "unknown"],
    device: ["online", "offline", "silent", "unknown", "no_fix"],
    upstream: ["off", "connected", "offline", "catching_up", "refused"],
    notifier: ["untried", "well", "failing", "refused"],
    kind_of: ["dingtalk", "wecom", "feishu", "webhook", "ntfy"],
    severity: ["info", "warning", "critical"],
    clock_source: ["ntp", "gps", "operator", "system", "none"],
    resolution: ["arrived", "arrived_late", "reported_late", "cancelled", "cleared", "moved", "heard", "rule_changed", "plan_changed", "operator", "left", "received", "over", "unknown"],
  };
  for (const [kind, states] of Object.entries(named)) {
    for (const state of states) assert.ok(isPlainKey(`${kind}_${state}`), `${kind}_${state}`);
  }
});

test("every reason and every bound that the gateway counts has its words", () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const word = /const fn word\(.*?\n {4}\}|^fn at_the_door.*?^\}/gms;
  const found = new Set<string>();
  for (const path of ["devices/payload/reason.rs", "devices/payload/mod.rs", "devices/mqtt/topics.rs", "devices/nmea/mod.rs", "web/scans.rs"]) {
    for (const [body] of read(path).matchAll(word)) for (const [, name] of body.matchAll(/=> "(\w+)"/g)) found.add(name ?? "");
  }
  for (const path of ["devices/mqtt/intake.rs", "devices/mqtt/connections.rs", "devices/serial/outbox.rs", "devices/serial/hearing.rs"]) {
    for (const [, name] of read(path).matchAll(/Fate::\w+\("(\w+)"\)/g)) found.add(name ?? "");
  }
  for (const path of ["devices/mqtt/retain.rs", "devices/mqtt/listener.rs", "web/live/mod.rs"]) {
    for (const [, name] of read(path).matchAll(/(?:given_up_outward|count_bound)\("(\w+)"\)/g)) found.add(name ?? "");
  }
  assert.ok(found.size > 30 && found.has("not_ours") && found.has("serial_reports_max") && found.has("body_bytes_max"), [...found].join());
  for (const name of found) assert.ok(isPlainKey(`fate_${name}`), `fate_${name}`);
});

test("slots are filled, and a number picks its word", () => {
  const en = speaker("en");
  assert.equal(en("upstream_backlog", { n: 1 }), "1 entry waits");
  assert.equal(en("upstream_backlog", { n: 1284 }), "1284 entries wait");
  assert.equal(speaker("zh-CN")("late_title", { who: "王芳", late: "35 分钟" }), "王芳迟到 35 分钟");
});

test("what a person typed is never taken for a slot", () => {
  assert.equal(speaker("en")("guests_none_found", { query: "{n} $& $1" }), "No guest matches “{n} $& $1”.");
});

test("a language tag finds its language", () => {
  const cases: [string | null, string][] = [["zh-Hans-CN", "zh-CN"], ["zh", "zh-CN"], ["en-GB", "en"], ["de", "en"], [null, "en"]];
  for (const [tag, language] of cases) assert.equal(nearestLanguage(tag), language, String(tag));
});

test("no string is left that nothing says", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !name.startsWith("words/"));
  const code = files.map((name) => readFileSync(`src/${name}`, "utf8")).join("\n");
  // A word chosen by a state of the wire: say(`vehicle_${vehicle.state}`).
  const families = [...code.matchAll(/`(\w+_)\$\{/g)].map((found) => found[1] ?? "");
  for (const [key] of pairs) {
    assert.ok(code.includes(`"${key}"`) || families.some((family) => key.startsWith(family)), `${key} is not used`);
  }
});
