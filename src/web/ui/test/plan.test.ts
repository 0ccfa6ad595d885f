import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, daysLater, isDay } from "../src/view/dates";
import { editLines, faultPlace, itemLine, listLine } from "../src/view/plan";
import { size } from "../src/view/sizes";
import { plan } from "../src/words/pages/plan";
import { learn, speaker } from "../src/words/speak";

learn(plan);
const [say, sagt] = [speaker("en"), speaker("zh-CN")];
const telling = { say, language: "en", zone: "Asia/Shanghai" } as const;
const fault = { file: "plan.xlsx", excerpt: "", what: "", hint: "" };

test("a list says how much of it differs, and only that", () => {
  const item = { id: "G-1" };
  assert.equal(listLine({ list: "visits", added: [item, item], removed: [], changed: [{ ...item, fields: [] }] }, say), "Visits: 2 new, 1 changed");
  assert.equal(listLine({ list: "trips", added: [], removed: [item], changed: [] }, sagt), "用车行程：移除 1");
  assert.equal(listLine({ list: "something", added: [item], removed: [], changed: [] }, say), "something: 1 new");
});

test("an item is told by its name and its time at the site", () => {
  assert.equal(itemLine({ id: "G-1", name: "Wang Fang", at: "2026-11-23T02:00:00.000Z" }, telling), "Wang Fang (G-1), 10:00");
  assert.equal(itemLine({ id: "lobby", name: "lobby" }, telling), "lobby");
});

test("a change shows both sides as people write them", () => {
  const fields = [
    { field: "expected_at", before: "2026-11-23T02:00:00.000Z", after: null },
    { field: "needs", before: [], after: ["wheelchair", "vegetarian"] },
    { field: "cancelled", before: false, after: true },
  ];
  assert.deepEqual(editLines({ id: "G-1", fields }, telling), [
    "expected: 10:00 → nothing",
    "needs: nothing → wheelchair, vegetarian",
    "cancelled: no → yes",
  ]);
});

test("a fault is looked for where its reader looks: a cell, a line, the file", () => {
  assert.equal(faultPlace({ ...fault, sheet: "来宾", line: 7, column: 28 }, say), "来宾, cell AB7");
  assert.equal(faultPlace({ ...fault, line: 3, column: 4 }, sagt), "第 3 行第 4 列");
  assert.equal(faultPlace(fault, say), "the file");
});

test("a day is the site's, and the next one is the calendar's", () => {
  assert.equal(dayOf(Date.parse("2026-11-22T16:00:00Z"), "Asia/Shanghai"), "2026-11-23");
  assert.deepEqual([daysLater("2026-02-28", 1), daysLater("2028-02-28", 1), daysLater("2026-01-01", -1)], ["2026-03-01", "2028-02-29", "2025-12-31"]);
  assert.deepEqual(["2026-11-23", "2026-02-30", "20261123", ""].map(isDay), [true, false, false, false]);
});

test("bytes as people say them", () => {
  assert.deepEqual([0, 873, 12_400, 999_600, 4_230_000, 62_000_000_000].map(size), ["0 B", "873 B", "12 kB", "1.0 MB", "4.2 MB", "62 GB"]);
});
