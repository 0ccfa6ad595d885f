/**
 * What became of everything that was heard, as lines of a sum: a whole, and the parts that make it up. Parts that are
 * nothing are left out. Asks nobody and adds nothing up that the gateway has not.
 */
import { isPlainKey, type Speak } from "../words/speak";
import type { ByWord, Conservation, Difference, LaneSums, LinkSums } from "../wire/types";

export interface SumLine {
  name: string;
  whole: string;
  parts: string[];
}

/** The gateway's word for a reason or a bound in the reader's language; one that is not known here, as it came. */
function fate(word: string, say: Speak): string {
  const key = `fate_${word}`;
  return isPlainKey(key) ? say(key) : word;
}

/** So many, and of these so many for each reason. */
function byWord(counts: ByWord, total: (n: number) => string, say: Speak): string[] {
  const words = Object.entries(counts).filter(([, n]) => n > 0);
  if (words.length === 0) return [];
  const n = words.reduce((sum, [, count]) => sum + count, 0);
  const why = words.map(([word, count]) => say("item_count", { item: fate(word, say), n: count })).join(say("item_comma"));
  return [say("with_why", { what: total(n), why })];
}

function some(n: number, text: (n: number) => string): string[] {
  return n > 0 ? [text(n)] : [];
}

function ofLink(link: LinkSums, say: Speak): SumLine {
  return {
    name: link.link === "gateway" ? say("books_gateway") : link.link,
    whole: say("books_heard", { n: link.heard }),
    parts: [
      ...some(link.kept, (n) => say("books_kept", { n })),
      ...some(link.duplicates, (n) => say("books_duplicates", { n })),
      ...byWord(link.rejected, (n) => say("books_rejected", { n }), say),
      ...byWord(link.nothing_to_keep, (n) => say("books_nothing", { n }), say),
      ...some(link.thinned, (n) => say("books_thinned", { n })),
      ...byWord(link.dropped, (n) => say("books_dropped", { n }), say),
      ...byWord(link.turned_away, (n) => say("books_turned_away", { n }), say),
      ...some(link.not_kept, (n) => say("books_not_kept", { n })),
      ...some(link.in_flight, (n) => say("books_in_flight", { n })),
    ],
  };
}

function ofJournal({ entries }: Conservation, say: Speak): SumLine {
  return {
    name: say("books_journal"),
    whole: say("books_committed", { n: entries.committed }),
    parts: [
      ...some(entries.from_links, (n) => say("books_from_links", { n })),
      ...some(entries.alert_changes, (n) => say("books_alert_changes", { n })),
      ...some(entries.found_after_failure, (n) => say("books_found", { n })),
    ],
  };
}

function ofLane(lane: LaneSums, say: Speak): SumLine {
  return {
    name: lane.lane.endsWith("urgent") ? say("books_urgent") : say("books_bulk"),
    whole: say("books_entries", { n: lane.entries }),
    parts: [
      ...some(lane.done_before, (n) => say("books_done_before", { n })),
      ...some(lane.acknowledged, (n) => say("books_acknowledged", { n })),
      ...some(lane.parked, (n) => say("books_parked", { n })),
      ...some(lane.backlog, (n) => say("books_waiting", { n })),
    ],
  };
}

/** Every line, in the order of the flow: in, kept, up. */
export function sums(books: Conservation, say: Speak): SumLine[] {
  const heard = books.links.filter((link) => link.heard > 0);
  return [
    ...heard.map((link) => ofLink(link, say)),
    ofJournal(books, say),
    ...books.upstream.map((lane) => ofLane(lane, say)),
    ...byWord(books.given_up_outward, (n) => say("books_dropped", { n }), say).map((whole) => ({ name: say("books_outward"), whole, parts: [] })),
  ];
}

/** What does not add up, in a sentence each. */
export function differences(books: Conservation, say: Speak): string[] {
  const where = ({ line, name }: Difference): string => {
    switch (line) {
      case "link":
        return name;
      case "origin":
      case "journal":
        return name === "" ? say("books_journal") : say("item_of", { whole: say("books_journal"), item: name });
      case "upstream":
        return say("item_of", { whole: say("upstream"), item: name });
    }
  };
  return books.differences.map((one) =>
    one.missing > 0
      ? say("books_missing", { n: one.missing, where: where(one) })
      : say("books_surplus", { n: -one.missing, where: where(one) }),
  );
}
