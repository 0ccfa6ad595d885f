/**
 * An alert's life, one line for each change: what happened, who or what made it so. Pure.
 */
import { FINDINGS, type AlertMove, type AlertState, type Entry } from "../wire/types";
import type { Speak } from "../words/speak";
import { resolutionWord } from "./alert-words";
import { text } from "./values";

export interface LifeLine {
  seq: number;
  at: string;
  /** Where the alert stood after it. */
  state: AlertState;
  what: string;
  /** What people wrote with it. */
  said: string[];
  /** The entry that made it so; none where time did. */
  cause: Entry | null;
}

export function life(moves: readonly AlertMove[], resolution: string | null, say: Speak): LifeLine[] {
  return moves.map((move, at) => {
    const before = at === 0 ? null : (moves[at - 1]?.state ?? null);
    return { seq: move.seq, at: move.at, state: move.state, what: what(move, before, resolution, say), said: said(move.cause, say), cause: move.cause };
  });
}

function what(move: AlertMove, before: AlertState | null, resolution: string | null, say: Speak): string {
  return ordered(move.cause, say) ?? became(move.state, before, resolution, say);
}

/** What a person ordered; null where none did, or where the order is about something else. */
export function ordered(cause: Entry | null, say: Speak): string | null {
  const by = cause?.kind === "command" ? text(cause.body?.["by"]) : null;
  if (by === null) return null;
  switch (cause?.body["action"]) {
    case "acknowledge":
      return say("life_acknowledge", { by });
    case "unacknowledge":
      return say("life_unacknowledge", { by });
    case "shelve":
      return say("life_shelve", { by });
    case "unshelve":
      return say("life_unshelve", { by });
    case "note":
      return say("life_note", { by });
    case "resolve":
      return say("life_resolve", { by });
    default:
      return null;
  }
}

function became(state: AlertState, before: AlertState | null, resolution: string | null, say: Speak): string {
  switch (state) {
    case "pending":
      return say(before === null ? "life_pending" : "life_still");
    case "firing":
      if (before === "shelved") return say("life_back");
      return say(before === "firing" ? "life_still" : "life_firing");
    case "acknowledged":
    case "shelved":
      return say("life_still");
    case "resolved":
      return say("life_resolved", { how: resolutionWord(resolution, say) });
  }
}

/** What stands in an order beside who gave it. */
function said(cause: Entry | null, say: Speak): string[] {
  if (cause === null || cause.kind !== "command" || cause.body === null) return [];
  const plain = ["reason", "note", "text"].flatMap((name) => text(cause.body[name]) ?? []);
  const found = FINDINGS.flatMap((part) => {
    const written = text(cause.body[part]);
    return written === null ? [] : [say("name_value", { name: say(`finding_${part}`), value: written })];
  });
  return [...plain, ...found];
}
