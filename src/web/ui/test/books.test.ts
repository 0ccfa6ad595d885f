import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, sums } from "../src/view/books";
import { fates } from "../src/words/pages/fates";
import { system } from "../src/words/pages/system";
import { learn, speaker, type Language } from "../src/words/speak";
import type { Conservation, LinkSums } from "../src/wire/types";

learn(system);
learn(fates);

const none: LinkSums = { link: "", heard: 0, kept: 0, duplicates: 0, rejected: {}, nothing_to_keep: {}, thinned: 0, dropped: {}, turned_away: {}, not_kept: 0, in_flight: 0 };

const books: Conservation = {
  since: "2026-11-23T02:17:20.000Z",
  adds_up: false,
  differences: [
    { line: "link", name: "mqtt", missing: 2 },
    { line: "journal", name: "scan", missing: -1 },
    { line: "origin", name: "", missing: 3 },
  ],
  links: [
    { ...none, link: "gateway", heard: 2, kept: 2 },
    { ...none, link: "mqtt", heard: 12, kept: 5, duplicates: 1, rejected: { not_json: 2, some_new_word: 1 }, in_flight: 1 },
    { ...none, link: "http" },
  ],
  entries: { committed: 11, from_links: 10, alert_changes: 1, found_after_failure: 0 },
  upstream: [
    { lane: "upstream.urgent", entries: 9, done_before: 4, acknowledged: 4, parked: 1, backlog: 0 },
    { lane: "upstream.bulk", entries: 2, done_before: 0, acknowledged: 0, parked: 0, backlog: 2 },
  ],
  given_up_outward: { subscriber_queue_max: 4 },
};

const lines = (language: Language) => sums(books, speaker(language)).map((line) => [line.name, line.whole, ...line.parts].join(" | "));

test("each line tells its whole and only the parts that are something", () => {
  assert.deepEqual(lines("en"), [
    "The gateway itself | 2 heard | 2 kept",
    "mqtt | 12 heard | 5 kept | 1 kept before | 3 rejected (not JSON 2, some_new_word 1) | 1 on their way",
    "Journal | 11 committed | 10 from links | 1 alert change",
    "Upstream: alerts, scans and the like | 9 entries | 4 done before the start | 4 acknowledged | 1 parked",
    "Upstream: readings and positions | 2 entries | 2 waiting",
    "Copies on the way to a listener; the entries are kept | 4 given up (a subscriber’s queue full 4)",
  ]);
  assert.equal(lines("zh-CN")[1], "mqtt | 收到 12 条 | 保存 5 | 重复 1 | 拒收 3（非 JSON 格式 2、some_new_word 1） | 处理中 1");
});

test("what does not add up is told in a sentence each", () => {
  assert.deepEqual(differences(books, speaker("en")), [
    "2 not accounted for: mqtt",
    "1 accounted for that never were: Journal, scan",
    "3 not accounted for: Journal",
  ]);
});
