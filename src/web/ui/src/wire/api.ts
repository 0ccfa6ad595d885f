/**
 * The page's questions to the gateway, with the gateway's own reason when one is refused.
 */
import type { Alert, AlertSheet, ClockStanding, Finding, Conservation, Overview, Parked, Problem, Stamp } from "./types";

/** A person waits for the answer to what he orders; after this it is taken back and said so. */
export const ORDER_TIMEOUT_MS = 10_000;
export const OVERVIEW_TIMEOUT_MS = 15_000;
/** What is listed of the parked entries; the newest tell what is wrong. */
const PARKED_SHOWN = 20;

/** `detail` is the gateway's sentence; the other two were never answered. */
export type Refusal = { kind: "refused"; status: number; detail: string } | { kind: "no_answer" } | { kind: "unreachable" };
export type Answer<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function overview(): Promise<Answer<Overview>> {
  return ask<Overview>("/api/v1/overview", { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

/** What a person does to an alert, who, and what is said with it; the answer is the alert after it. */
export type Order = { by: string } & (
  | { action: "acknowledge" | "unacknowledge" | "unshelve" }
  | { action: "shelve"; for: string; reason: string }
  | ({ action: "note" | "resolve"; text?: string } & Partial<Record<Finding, string>>)
);

export function order(id: string, { action, ...said }: Order): Promise<Answer<Alert>> {
  return post<Alert>(`/api/v1/alerts/${encodeURIComponent(id)}/${action}`, said);
}

/** One alert with its changes and what is known of others like it. */
export function sheet(id: string): Promise<Answer<AlertSheet>> {
  return ask(`/api/v1/alerts/${encodeURIComponent(id)}`, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

/** The newest alerts about one thing. */
export function alertsOf(subject: string, state: "all" | "resolved"): Promise<Answer<{ alerts: Alert[] }>> {
  const asked = new URLSearchParams({ subject, state, limit: "50" });
  return ask(`/api/v1/alerts?${asked}`, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

export function parked(): Promise<Answer<{ parked: Parked[] }>> {
  return ask(`/api/v1/upstream/parked?limit=${PARKED_SHOWN}`, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

export function conservation(): Promise<Answer<Conservation>> {
  return ask("/api/v1/conservation", { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

/** Asks for help somewhere. */
export function incident(room: string, incident: string, by: string): Promise<Answer<{ seq: number }>> {
  return post("/api/v1/incidents", { room, incident, by });
}

/** `at` is what this device shows; null: the gateway's own time is right. */
export function trustClock(by: string, at: Stamp | null): Promise<Answer<ClockStanding>> {
  return post<ClockStanding>("/api/v1/clock/trust", at === null ? { by } : { by, at });
}

export function post<T>(path: string, said: object): Promise<Answer<T>> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(said) };
  return ask<T>(path, init, ORDER_TIMEOUT_MS);
}

export function get<T>(path: string): Promise<Answer<T>> {
  return ask(path);
}

/** `heard` is shown the answer that was good, `refused` the one that was not, with its problem where it has one. */
export async function ask<T>(
  path: string,
  init: RequestInit = { cache: "no-store" },
  timeoutMs: number = OVERVIEW_TIMEOUT_MS,
  heard?: (response: Response) => void,
  refused?: (response: Response, problem: Problem | null) => void,
): Promise<Answer<T>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    const response = await fetch(path, { ...init, signal: stop.signal });
    if (response.ok) {
      heard?.(response);
      return { ok: true, value: (await response.json()) as T };
    }
    const problem = await problemOf(response);
    refused?.(response, problem);
    const plain = `${response.status} ${response.statusText}`.trim();
    return { ok: false, refusal: { kind: "refused", status: response.status, detail: problem?.detail ?? problem?.title ?? plain } };
  } catch {
    return { ok: false, refusal: { kind: stop.signal.aborted ? "no_answer" : "unreachable" } };
  } finally {
    clearTimeout(timer);
  }
}

async function problemOf(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}
