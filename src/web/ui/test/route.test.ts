import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf, read } from "../src/state/route";

test("an address names a page, what is opened on it and how it is filtered", () => {
  const { page, id, params } = read("/rooms/vip%2F1", "?metric=co2");
  assert.deepEqual([page, id, params.get("metric")], ["rooms", "vip/1", "co2"]);
});

test("what names no page is Now, and a broken id stays as it came", () => {
  assert.equal(read("/", "").page, "now");
  assert.equal(read("/nothing/here", "").page, "now");
  assert.equal(read("/alerts/%E0%A4%A", "").id, "%E0%A4%A");
});

test("an address that is made is read as the same", () => {
  const { page, id } = read(pathOf("rooms", "大厅 / 2"), "");
  assert.deepEqual([page, id], ["rooms", "大厅 / 2"]);
  assert.equal(pathOf("now"), "/");
  assert.equal(pathOf("alerts", "A-1"), "/alerts/A-1");
});
