/**
 * Guests let in and received by hand: shown at once, taken back with the gateway's reason, and undone for a while.
 */
import { computed, signal } from "@preact/signals";
import { withCheckIns } from "../view/guests";
import type { Refusal } from "../wire/api";
import * as wire from "../wire/guests";
import type { Stamp, Visit } from "../wire/types";
import { checkedIn, received, takenBack } from "./apply";
import { now, present, visits as told } from "./store";

/** Why somebody was not let in (the gateway's reason, or its verdict on the guest), or not noted as received. */
export type NotTaken = { refusal: Refusal } | { verdict: wire.Verdict } | { received: Refusal };

/** Check-ins on their way: code to the moment of the press. */
const onTheirWay = signal<ReadonlyMap<string, Stamp>>(new Map());
/** Why the last press for a guest was not taken, by code. */
export const notTaken = signal<ReadonlyMap<string, NotTaken>>(new Map());

/** The day's visits as the reader has them: with what was pressed here and is not answered yet. */
export const visits = computed(() => withCheckIns(told.value, onTheirWay.value));

/** A check-in whose answer was lost is asked for again by the same name, so that it is not made twice. */
const unanswered = new Map<string, string>();

export interface LetIn {
  verdict: wire.Verdict;
  /** Takes it back; the gateway's reason where it does not. */
  undo: () => Promise<Refusal | null>;
}

/** Lets a guest in; null where that was not taken, and `notTaken` says why. */
export async function checkIn(visit: Visit, by: string): Promise<LetIn | null> {
  const { code } = visit;
  const scanId = unanswered.get(code) ?? newScanId();
  onTheirWay.value = new Map(onTheirWay.value).set(code, new Date(now.value).toISOString());
  notTaken.value = without(notTaken.value, code);
  const answer = await wire.checkIn(code, by, scanId);
  if (answer.ok || answer.refusal.kind === "refused") unanswered.delete(code);
  else unanswered.set(code, scanId);
  const isIn = answer.ok && ["admit", "admit_again", "needs_attention"].includes(answer.value.verdict);
  if (answer.ok && isIn && present.value !== null) {
    present.value = checkedIn(present.value, code, answer.value.at, answer.value.late_by_s);
  }
  onTheirWay.value = without(onTheirWay.value, code);
  if (!answer.ok) return refuse(code, { refusal: answer.refusal });
  if (!isIn) return refuse(code, { verdict: answer.value.verdict });
  return { verdict: answer.value.verdict, undo: () => undo(code, by, scanId) };
}

/** Says that the host has received a guest; where that is not taken, `notTaken` says why. */
export async function receive(code: string, by: string): Promise<void> {
  notTaken.value = without(notTaken.value, code);
  const answer = await wire.receive(code, by);
  if (!answer.ok) refuse(code, { received: answer.refusal });
  else if (present.value !== null) present.value = received(present.value, code, answer.value.received_at);
}

async function undo(code: string, by: string, scanId: string): Promise<Refusal | null> {
  const answer = await wire.undoCheckIn(code, by, scanId);
  if (!answer.ok) return answer.refusal;
  if (present.value !== null) present.value = takenBack(present.value, answer.value.visits);
  return null;
}

function refuse(code: string, why: NotTaken): null {
  notTaken.value = new Map(notTaken.value).set(code, why);
  return null;
}

/** Not `randomUUID`: a venue's gateway is often reached without TLS, where browsers do not have it. */
function newScanId(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return `desk-${high.toString(36)}${low.toString(36)}`;
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
