/**
 * The plan as the gateway holds it, and a new one on its way there (`/api/v1/plan`).
 */
import { ask, type Answer, type Refusal } from "./api";
import type { GuestCounts, Problem, Stamp } from "./types";

export interface Trip {
  id: string;
  vehicle: string;
  guests: string[];
  from?: string;
  to?: string;
  pickup_at?: Stamp;
}

export interface Booking {
  room: string;
  from: Stamp;
  to: Stamp;
}

export interface Post {
  id: string;
  staff?: string;
  place?: string;
  from: Stamp;
  to: Stamp;
}

export interface DayPlan {
  guests: GuestCounts;
  vehicles: number;
  rooms: number;
  visits: unknown[];
  trips: Trip[];
  /** GeoJSON. */
  zones: { features: readonly unknown[] };
  bookings: Booking[];
  posts: Post[];
}

/** The plan and its entry; null where there was never one. */
export interface Held {
  plan: DayPlan;
  entry: number | null;
}

export interface PlanItem {
  id: string;
  name?: string;
  at?: Stamp;
}

export interface PlanEdit extends PlanItem {
  fields: { field: string; before: unknown; after: unknown }[];
}

export interface PlanList {
  list: string;
  added: PlanItem[];
  removed: PlanItem[];
  changed: PlanEdit[];
}

export interface PlanCounts {
  days: string[];
  guests: number;
  vips: number;
  visits: number;
  without_time: number;
  cancelled: number;
  vehicles: number;
  trips: number;
  zones: number;
  rooms: number;
  bookings: number;
  posts: number;
  kiosks: number;
}

/** What a new plan changes, or has changed. */
export interface Proposed {
  replaced: boolean;
  entry: number | null;
  counts: PlanCounts;
  changes: { lists: PlanList[] };
}

/** Something wrong in the file: where, what and what to do. */
export interface PlanFault {
  file: string;
  sheet?: string;
  line?: number;
  column?: number;
  excerpt: string;
  what: string;
  hint: string;
}

/** What became of a plan that was sent. */
export type Sent =
  | { kind: "taken"; proposed: Proposed }
  | { kind: "faults"; detail: string; faults: PlanFault[] }
  /** Something stands in its way: often another plan holds by now than the one that was looked at. */
  | { kind: "conflict"; detail: string }
  | { kind: "refused"; refusal: Refusal };

/** A large workbook over a slow line, read and compared by a small machine. */
const PLAN_TIMEOUT_MS = 60_000;

export async function held(): Promise<Answer<Held>> {
  let entry: number | null = null;
  const heard = (response: Response): void => {
    const tag = /^"(\d+)"$/.exec(response.headers.get("etag") ?? "");
    entry = tag === null ? null : Number(tag[1]);
  };
  const answer = await ask<DayPlan>("/api/v1/plan", { cache: "no-store" }, PLAN_TIMEOUT_MS, heard);
  return answer.ok ? { ok: true, value: { plan: answer.value, entry } } : answer;
}

/** Shows what a file would change, or puts it in the place of the plan whose entry is `held`. */
export async function send(file: File, how: { preview: boolean; by: string | null; held: number | null }): Promise<Sent> {
  const query = new URLSearchParams({ file: file.name, preview: String(how.preview) });
  if (how.by !== null) query.set("by", how.by);
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  if (how.held !== null) headers["if-match"] = `"${how.held}"`;
  let problem: PlanProblem | null = null;
  const refused = (_: Response, said: Problem | null): void => void (problem = said as PlanProblem | null);
  const answer = await ask<Proposed>(`/api/v1/plan?${query}`, { method: "PUT", headers, body: file }, PLAN_TIMEOUT_MS, undefined, refused);
  if (answer.ok) return { kind: "taken", proposed: answer.value };
  return sorted(answer.refusal, problem);
}

type PlanProblem = Problem & { faults?: PlanFault[] };

function sorted(refusal: Refusal, problem: PlanProblem | null): Sent {
  if (refusal.kind !== "refused" || problem === null) return { kind: "refused", refusal };
  if (problem.faults !== undefined && problem.faults.length > 0) return { kind: "faults", detail: refusal.detail, faults: problem.faults };
  if (problem.status === 409) return { kind: "conflict", detail: refusal.detail };
  return { kind: "refused", refusal };
}
