import assert from "node:assert/strict";
import { test } from "node:test";
import { claim, CLAIM_MS, holds, know, loudest, news, slipOf, type Slips } from "../src/view/alarm";
import type { Alert } from "../src/wire/types";
import { alert } from "./sample";

const ids = (alerts: readonly Alert[]): string => alerts.map((one) => one.id).join(" ");

test("only what begins to need somebody is news, and never what was there on load", () => {
  const before = know([
    alert("A-1"),
    alert("A-2", { state: "pending" }),
    alert("A-3", { state: "shelved" }),
    alert("A-4", { state: "acknowledged" }),
  ]);
  const now = [alert("A-1"), alert("A-2"), alert("A-3"), alert("A-4"), alert("A-5"), alert("A-6", { state: "pending" })];
  assert.equal(ids(news(before, now, "info")), "A-2 A-3 A-5");
  assert.equal(ids(news(null, now, "info")), "");
  assert.equal(ids(news(know(now), now, "info")), "");
});

test("only from the chosen severity on, and the most severe is the one that is heard", () => {
  const now = [alert("A-1", { severity: "info" }), alert("A-2", { severity: "warning" }), alert("A-3", { severity: "critical" })];
  const fresh = (from: "info" | "warning" | "critical"): string => ids(news(new Map(), now, from));
  assert.deepEqual([fresh("info"), fresh("warning"), fresh("critical")], ["A-1 A-2 A-3", "A-2 A-3", "A-3"]);
  assert.deepEqual([loudest(now), loudest(now.slice(0, 2)), loudest([])], ["critical", "warning", null]);
});

function slips(): Slips {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test("of tabs that hear of an alert together one says it, whatever the order", () => {
  const shared = slips();
  const slip = slipOf("k3f9", alert("A-1"));
  const heard = [
    ["a", 1_000],
    ["b", 1_010],
    ["c", 1_000 + CLAIM_MS - 1],
  ] as const;
  const wrote = heard.filter(([tab, at]) => claim(shared, slip, tab, at));
  assert.equal(wrote.filter(([tab]) => holds(shared, slip, tab)).length, 1);
  // One that wakes up later says nothing any more.
  assert.equal(claim(shared, slip, "d", 1_000 + CLAIM_MS), false);
  assert.equal(claim(shared, slip, "a", 60_000), false);
});

test("the same alert that comes back from the shelf is said again, and another gateway's is another", () => {
  const shared = slips();
  const once = { ...alert("A-1"), at: "2026-11-23T02:10:00Z" };
  assert.ok(claim(shared, slipOf("k3f9", once), "a", 0));
  assert.equal(claim(shared, slipOf("k3f9", once), "b", 60_000), false);
  assert.ok(claim(shared, slipOf("k3f9", { ...once, at: "2026-11-23T02:40:00Z" }), "b", 60_000));
  assert.ok(claim(shared, slipOf("p7q2", once), "b", 60_000));
});
