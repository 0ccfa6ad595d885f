import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dayAfter, dayOf, dayStart, timeTicks, valueScale } from "../src/view/axis";
import { chartStamp, chartTick } from "../src/view/chart-time";
import { beyond, bridged, extremes, nearest, neighbour, shownAt, silences, tableRows } from "../src/view/series";
import { sparkPath } from "../src/view/spark";

const s = (stamp: string): number => Date.parse(stamp) / 1000;
const clocks = (ticks: number[], zone: string): string => ticks.map((at) => chartStamp(at, 3600, "en", zone)).join(" ");

test("times on an axis are round on the site's clocks, and never more than five", () => {
  const day = dayStart("2026-11-23", "Asia/Shanghai") ?? 0;
  assert.equal(day, s("2026-11-22T16:00:00Z"));
  assert.equal(clocks(timeTicks(day, day + 86_400, "Asia/Shanghai"), "Asia/Shanghai"), "00:00 06:00 12:00 18:00 00:00");
  assert.equal(clocks(timeTicks(day + 600, day + 4_200, "Asia/Kathmandu"), "Asia/Kathmandu"), "22:00 22:15 22:30 22:45");
  for (let span = 60; span < 40 * 86_400; span = Math.round(span * 1.37)) {
    const ticks = timeTicks(day + 61, day + 61 + span, "Asia/Kolkata");
    assert.ok(ticks.length >= 1 && ticks.length <= 5, `${span}: ${ticks.length}`);
    assert.deepEqual(ticks, [...new Set(ticks)].sort((a, b) => a - b));
  }
});

test("a day on which the clocks change has 23 or 25 hours and round times all the same", () => {
  const spring = dayStart("2026-03-29", "Europe/Berlin") ?? 0;
  const next = dayStart("2026-03-30", "Europe/Berlin") ?? 0;
  assert.equal(next - spring, 23 * 3_600);
  assert.equal(clocks(timeTicks(spring, next, "Europe/Berlin"), "Europe/Berlin"), "00:00 06:00 12:00 18:00 00:00");
  const autumn = dayStart("2026-10-25", "Europe/Berlin") ?? 0;
  const after = dayStart("2026-10-26", "Europe/Berlin") ?? 0;
  assert.equal(after - autumn, 25 * 3_600);
  assert.equal(clocks(timeTicks(autumn, after, "Europe/Berlin"), "Europe/Berlin"), "00:00 06:00 12:00 18:00 00:00");
});

test("a day is one that the calendar has", () => {
  for (const none of ["", "2026-02-30", "2026-13-01", "tomorrow", "2026-1-1"]) assert.equal(dayStart(none, "UTC"), null, none);
  assert.equal(dayOf(s("2026-11-22T16:00:00Z"), "Asia/Shanghai"), "2026-11-23");
  assert.equal(dayAfter("2026-02-28", 1), "2026-03-01");
});

test("values on an axis are round, hold all that is shown, and never more than five", () => {
  assert.deepEqual(valueScale(18, 27.6, 4), { min: 15, max: 30, ticks: [15, 20, 25, 30], digits: 0 });
  assert.deepEqual(valueScale(21.3, 21.5, 2).ticks, [20, 21, 22, 23]);
  assert.deepEqual(valueScale(0, 0, 10).ticks, [0, 5, 10]);
  assert.deepEqual(valueScale(0, 0.4, 0.4), { min: 0, max: 0.4, ticks: [0, 0.1, 0.2, 0.3, 0.4], digits: 1 });
  for (let high = 0.01; high < 1e6; high *= 1.7) {
    for (const low of [-high, 0, high / 2, high * 0.99]) {
      const { min, max, ticks } = valueScale(low, high, 0.01);
      assert.ok(min <= low && max >= high && ticks.length >= 2 && ticks.length <= 5, `${low} ${high}: ${ticks.join()}`);
    }
  }
});

test("several days are told apart on an axis", () => {
  const midnight = s("2026-11-22T16:00:00Z");
  assert.equal(chartTick(midnight, 3 * 86_400, "en", "Asia/Shanghai"), "23 Nov");
  assert.equal(chartTick(midnight, 86_400, "en", "Asia/Shanghai"), "00:00");
  assert.equal(chartStamp(midnight + 60, 3 * 86_400, "zh-CN", "Asia/Shanghai"), "11月23日 00:01");
});

test("a slow sensor is not silent between its values, a quick one is after three steps", () => {
  const hourly = [20, ...Array<null>(11).fill(null), 21, ...Array<null>(11).fill(null), 22, ...Array<null>(40).fill(null), 23];
  const made = bridged(hourly);
  assert.equal(made[5], undefined);
  assert.equal(made[30], null);
  assert.deepEqual(bridged([1, null, null, 2, 3, 4, null, null, null, null, 5]), [1, undefined, undefined, 2, 3, 4, null, null, null, null, 5]);
  assert.deepEqual(bridged([null, null]), [null, null]);
  assert.deepEqual(bridged([null, 1, 2, null, null]), [undefined, 1, 2, undefined, undefined]);
  assert.deepEqual(bridged([null, null, null, 1, 2, null, null, null]), [null, null, null, 1, 2, null, null, null]);
});

test("a silence reaches from the last value to the next, and to the present where it lasts", () => {
  const x = [0, 10, 20, 30, 40, 50, 60];
  assert.deepEqual(silences(x, [null, 1, undefined, 1, null, null, 2], 0, 60), [{ from: 0, to: 10 }, { from: 30, to: 60 }]);
  assert.deepEqual(silences(x, [1, 1, null, null, null, null, null], 0, 35), [{ from: 10, to: 35 }]);
  assert.deepEqual(silences(x, [1, 1, 1, 1, 1, 1, 1], 0, 60), []);
});

test("what is beyond a limit is found on either side, and a silence ends it", () => {
  const x = [0, 10, 20, 30, 40, 50, 60];
  assert.deepEqual(beyond(x, [26, 28, undefined, 29, 26, 17, 17], { low: 18, high: 27 }), [{ from: 10, to: 40 }, { from: 50, to: 60 }]);
  assert.deepEqual(beyond(x, [26, 28, 28, null, null, 28, 26], { high: 27 }), [{ from: 10, to: 20 }, { from: 50, to: 60 }]);
  assert.deepEqual(beyond(x, [26, 27, 27], { high: 27 }), []);
});

test("the moment pointed at finds its value, its own or the line's between two", () => {
  const x = [0, 10, 20, 30];
  assert.deepEqual([nearest(x, -5), nearest(x, 14), nearest(x, 16), nearest(x, 99), nearest([], 1)], [0, 1, 2, 3, null]);
  assert.equal(shownAt(x, [1, undefined, undefined, 4], 1), 2);
  assert.equal(shownAt(x, [1, null, 2, 3], 1), null);
  assert.equal(neighbour([1, undefined, undefined, 4], 0, 1), 3);
  assert.equal(neighbour([1, undefined, null, 4], 3, -1), 2);
  assert.deepEqual(extremes(x, [2, null, 7, 1]), { low: { value: 1, at: 30 }, high: { value: 7, at: 20 }, last: { value: 1, at: 30 } });
  assert.equal(extremes(x, [null, undefined]), null);
});

test("a chart is a table of at most 48 rows", () => {
  const x = Array.from({ length: 288 }, (_, n) => n * 300);
  const rows = tableRows(x, [x.map((at) => (at < 43_200 ? at / 300 : null))], 0, 86_400);
  assert.equal(rows.length, 48);
  assert.deepEqual(rows[1]?.cells[0], { mean: 8.5, low: 6, high: 11, last: 11 });
  assert.deepEqual(rows[47]?.cells, [null]);
});

test("a small line breaks where nothing was heard, and a still room looks still", () => {
  const box = { width: 100, height: 24, margin: 2 };
  assert.equal(sparkPath([20, 20, null, 20, undefined, 20], [], 2, box).line, "M0 12h0L20 12M60 12h0L100 12");
  assert.deepEqual(sparkPath([null, null], [27], 2, box), { line: "", limitsAt: [] });
  assert.deepEqual(sparkPath([26, 27.5], [27, 18], 2, box).limitsAt.length, 1);
});

test("each quantity's hue stands out from every ground, in light and dark", () => {
  const css = readFileSync("src/styles/tokens.css", "utf8");
  const parts = css.split('[data-theme="dark"]');
  assert.equal(parts.length, 2);
  for (const [theme, part] of parts.entries()) {
    const token = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(part)?.[1] ?? assert.fail(`${name} ${theme}`);
    for (const hue of ["temperature", "humidity", "co2", "occupancy", "expected", "arrived"]) {
      for (const ground of ["surface", "ground", "raised", "sunk", "unknown-ground"]) {
        const ratio = contrast(token(`q-${hue}`), token(ground));
        assert.ok(ratio >= 3, `${hue} on ${ground}, theme ${theme}: ${ratio.toFixed(2)}`);
      }
    }
  }
});

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
