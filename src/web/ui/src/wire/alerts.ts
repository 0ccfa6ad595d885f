/**
 * The ledger's questions to the gateway.
 */
import { get, type Answer } from "./api";
import type { AlertList, Evidence } from "./types";

/** What the gateway takes to find alerts by; what is absent is not asked for. */
export interface AlertQuery {
  state?: string;
  severity?: string;
  rule?: string;
  subject?: string;
  from?: string;
  to?: string;
  q?: string;
}

/** The most that the gateway gives at once. */
export const ALERTS_MAX = 1_000;

/** Alerts, newest first; `after` is the `next` of the answer before. */
export function alertsBy(query: AlertQuery, limit: number, after: string | null): Promise<Answer<AlertList>> {
  const asked = new URLSearchParams({ ...query, limit: String(limit), ...(after === null ? {} : { after }) });
  return get(`/api/v1/alerts?${asked}`);
}

/** The entries from which an alert follows. */
export function evidence(id: string): Promise<Answer<Evidence>> {
  return get(`/api/v1/alerts/${encodeURIComponent(id)}/evidence`);
}
