import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withOrders } from "../src/view/alerts";
import { boundsOf, dayOf } from "../src/view/dates";
import { choicesOf, fits, lay, narrowing, queryOf, RULES, type Choices } from "../src/view/ledger";
import { ruleName } from "../src/view/rules";
import { alerts as words } from "../src/words/pages/alerts";
import { learn, speaker } from "../src/words/speak";
import type { Alert } from "../src/wire/types";
import { alert, at } from "./sample";

learn(words);
const SITE = "Asia/Shanghai";
const choices = (search: string): Choices => choicesOf(new URLSearchParams(search));
const ids = (alerts: readonly Alert[]): string => alerts.map((one) => one.id).join(" ");
const iso = (bounds: { from: number; to: number } | null): string[] =>
  bounds === null ? [] : [bounds.from, bounds.to].map((ms) => new Date(ms).toISOString());

test("a day is the site's, from midnight to midnight, and what is no day is none", () => {
  assert.deepEqual(iso(boundsOf("2026-11-23", SITE)), ["2026-11-22T16:00:00.000Z", "2026-11-23T16:00:00.000Z"]);
  assert.deepEqual(iso(boundsOf("2026-11-23", "America/St_Johns")), ["2026-11-23T03:30:00.000Z", "2026-11-24T03:30:00.000Z"]);
  // Summer time ends in the night to this Sunday: it has 25 hours.
  const { from, to } = boundsOf("2026-10-25", "Europe/Berlin") ?? { from: 0, to: 0 };
  assert.equal((to - from) / 3_600_000, 25);
  // Summer time begins at midnight: this day begins at one.
  assert.equal(iso(boundsOf("2026-09-06", "America/Santiago"))[0], "2026-09-06T04:00:00.000Z");
  for (const day of ["", "today", "2026-02-30", "2026-13-01", "23.11.2026"]) assert.equal(boundsOf(day, SITE), null, day);
  assert.equal(dayOf(Date.parse("2026-11-22T16:00:00Z"), SITE), "2026-11-23");
});

test("the address says what the gateway is asked, and nothing beyond it", () => {
  assert.deepEqual(queryOf(choices(""), SITE), { state: "open" });
  assert.deepEqual(queryOf(choices("state=nonsense&day=soon&q=%20"), SITE), { state: "open" });
  const all = choices("state=all&severity=critical&rule=zone&subject=room%2Flobby&day=2026-11-23&q=车");
  assert.deepEqual(queryOf(all, SITE), {
    state: "all",
    severity: "critical",
    rule: "zone",
    subject: "room/lobby",
    from: "2026-11-22T16:00:00.000Z",
    to: "2026-11-23T16:00:00.000Z",
    q: "车",
  });
  assert.deepEqual([narrowing(choices("")), narrowing(all)], [0, 4]);
});

test("what the stream brings is held to the same choices as what the gateway finds", () => {
  const one = alert("A-7", {
    rule: "room_climate",
    subject: "room/lobby",
    severity: "warning",
    pending_at: "2026-11-22T16:00:00Z",
    values: { metric: "co2" },
    notes: [{ at: at("02:00"), by: "陈静", text: "门已打开" }],
    findings: { cause: { at: at("02:00"), by: "Li Na", text: "Doors shut" } },
  });
  const yes = ["", "state=firing", "state=all", "severity=warning", "rule=room_climate", "subject=room", "subject=room%2Flobby", "day=2026-11-23", "q=DOORS", "q=门", "q=a-7", "q=co2", "q=大堂"];
  const no = ["state=resolved", "state=pending", "severity=critical", "rule=zone", "subject=vehicle", "subject=roo", "subject=room%2Flob", "day=2026-11-22", "q=windows"];
  for (const search of yes) assert.ok(fits(one, choices(search), SITE, "大堂"), search);
  for (const search of no) assert.ok(!fits(one, choices(search), SITE, "大堂"), search);
  assert.ok(!fits({ ...one, state: "resolved" }, choices(""), SITE, ""));
});

test("the ledger holds still: ended rows stay, new ones wait above, older ones that were asked for come below", () => {
  const [a9, a8, a5, a2] = [alert("A-9"), alert("A-8", { state: "resolved" }), alert("A-5"), alert("A-2")];
  const known = new Map([a9, a8, a5, a2].map((one) => [one.id, one]));
  const looking = lay(known, [a2, a9, a5], null);
  assert.deepEqual([ids(looking.shown), ids(looking.fresh)], ["A-9 A-5 A-2", ""]);
  const reading = lay(known, [a2, a9, a5], ["A-8", "A-5"]);
  assert.deepEqual([ids(reading.shown), ids(reading.fresh)], ["A-8 A-5 A-2", "A-9"]);
  // By number, not by letter.
  assert.equal(ids(lay(known, [alert("A-10"), a9], null).shown), "A-10 A-9");
});

test("an acknowledgement that is taken back shows as open again, and nothing on its way changes nothing", () => {
  const taken = [alert("A-1", { state: "acknowledged", acknowledged_by: "Li Na", acknowledged_at: at("02:00") })];
  const [shown] = withOrders(taken, new Map([["A-1", "taken_back" as const]]));
  assert.deepEqual([shown?.state, shown?.acknowledged_by, shown?.acknowledged_at], ["firing", null, null]);
  assert.equal(withOrders(taken, new Map()), taken);
  const over = [alert("A-1", { state: "resolved" })];
  assert.equal(withOrders(over, new Map([["A-1", "taken_back" as const]]))[0], over[0]);
});

test("every rule of the gateway can be chosen and has a name in both languages", () => {
  const source = readFileSync(new URL("../../../facts/alert.rs", import.meta.url), "utf8");
  const body = /impl RuleKind \{.*?const fn word\(self\).*?\n {4}\}/s.exec(source)?.[0] ?? "";
  const named = [...body.matchAll(/=> "(\w+)"/g)].map((found) => found[1] ?? "");
  assert.ok(named.length > 20, String(named));
  assert.deepEqual([...RULES].sort(), [...named].sort());
  for (const rule of named) {
    assert.notEqual(ruleName(rule, speaker("en")), rule.replaceAll("_", " "), rule);
    assert.match(ruleName(rule, speaker("zh-CN")), /\p{Script=Han}/u, rule);
  }
  assert.equal(ruleName("door_open", speaker("en")), "door open");
});
