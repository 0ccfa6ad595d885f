import assert from "node:assert/strict";
import { test } from "node:test";
import { at, elapsedSince, hear, type Here, type ServerClock } from "../src/state/server-clock";
import { ago, clock, duration, exact, zoneName } from "../src/view/time";
import { speaker } from "../src/words/speak";
import { NOW } from "./sample";

const here = (ms: number, asleep = 0): Here => ({ steady: ms, wall: 1_000_000 + ms + asleep });

test("the gateway's time goes on between its words", () => {
  const clock = hear(null, NOW, here(0));
  assert.equal(at(clock, here(3_000)), NOW + 3_000);
});

test("a day that runs sixty times is followed", () => {
  let clock: ServerClock = hear(null, NOW, here(0));
  clock = hear(clock, NOW + 300_000, here(5_000));
  assert.equal(clock.rate, 60);
  assert.equal(at(clock, here(6_000)), NOW + 360_000);
});

test("the network's jitter is not taken for a fast day", () => {
  let clock: ServerClock = hear(null, NOW, here(0));
  clock = hear(clock, NOW + 5_000, here(5_400));
  assert.equal(clock.rate, 1);
});

test("words that come close together do not run the time back", () => {
  let clock: ServerClock = hear(null, NOW, here(0));
  clock = hear(clock, NOW + 200, here(900));
  assert.ok(at(clock, here(900)) >= NOW + 900);
});

test("a device that slept an hour counts the hour and keeps the pace", () => {
  const slept = here(2_000, 3_600_000);
  let clock: ServerClock = hear(null, NOW, here(0));
  assert.equal(elapsedSince(clock.here, slept), 3_602_000);
  clock = hear(clock, NOW + 3_602_000, slept);
  assert.equal(clock.rate, 1);
});

test("a wall clock set back does not make an age negative", () => {
  assert.equal(elapsedSince(here(0), { steady: 4_000, wall: 0 }), 4_000);
});

test("durations as people say them", () => {
  const cases: [seconds: number, en: string, zh: string][] = [
    [-5, "0 s", "0 秒"],
    [59.9, "59 s", "59 秒"],
    [60, "1 min", "1 分钟"],
    [2_100, "35 min", "35 分钟"],
    [3_600, "1 h", "1 小时"],
    [7_800, "2 h 10 min", "2 小时 10 分"],
    [86_400, "1 d", "1 天"],
    [97_200, "1 d 3 h", "1 天 3 小时"],
  ];
  for (const [seconds, en, zh] of cases) {
    assert.equal(duration(seconds, speaker("en")), en);
    assert.equal(duration(seconds, speaker("zh-CN")), zh);
  }
  assert.equal(ago(1, speaker("zh-CN")), "刚刚");
  assert.equal(ago(12, speaker("en")), "12 s ago");
});

test("times stand in the site's zone, whatever the screen's", () => {
  assert.equal(clock(NOW, "en", "Asia/Shanghai"), "10:17");
  assert.equal(clock(NOW, "zh-CN", "Europe/Berlin"), "03:17");
  assert.equal(clock(Date.parse("2026-11-22T16:00:00Z"), "en", "Asia/Shanghai"), "00:00");
  assert.match(exact(NOW, "en", "Asia/Shanghai"), /23\/11\/2026, 10:17:20 Asia\/Shanghai/);
});

test("a zone the browser does not know is shown as UTC, and said so", () => {
  assert.equal(clock(NOW, "en", "Mars/Olympus"), "02:17");
  assert.equal(zoneName("Mars/Olympus"), "UTC");
});
