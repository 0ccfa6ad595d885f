/**
 * What a person at the reception tells the gateway of a guest.
 */
import { post, type Answer } from "./api";
import type { Stamp, Visit } from "./types";

export const VERDICTS = [
  "admit",
  "admit_again",
  "needs_attention",
  "already_in",
  "left",
  "not_found",
  "wrong_day",
  "wrong_point",
  "cancelled",
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** As to any scan; the guest's own words are on this page already. */
export interface VerdictAnswer {
  scan_id: string;
  verdict: Verdict;
  late_by_s: number;
  at: Stamp;
}

/** A guest comes in by hand. The same `scanId` again is the same check-in, and gets the same answer. */
export function checkIn(code: string, by: string, scanId: string): Promise<Answer<VerdictAnswer>> {
  return post(of(code, "check_in"), { by, scan_id: scanId });
}

/** Takes that check-in back; the answer is how the guest stands then. */
export function undoCheckIn(code: string, by: string, scanId: string): Promise<Answer<{ visits: Visit[] }>> {
  return post(of(code, "undo_check_in"), { by, scan_id: scanId });
}

/** The host has received a guest. */
export function receive(code: string, by: string): Promise<Answer<{ received_at: Stamp }>> {
  return post(of(code, "receive"), { by });
}

function of(code: string, what: string): string {
  return `/api/v1/guests/${encodeURIComponent(code)}/${what}`;
}
