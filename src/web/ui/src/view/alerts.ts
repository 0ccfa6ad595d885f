/**
 * Which alerts a person sees, in which order, and when a list may change under the reader's eyes. Pure.
 */
import { FINDINGS, type Alert, type Finding, type Findings, type Severity } from "../wire/types";

const WEIGHT: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 };

export interface Ledger {
  /** Nobody has taken these. */
  firing: Alert[];
  inHand: Alert[];
  /** Put aside by somebody for a while. */
  shelved: Alert[];
  /** Pending. */
  watching: Alert[];
}

export function sortOut(alerts: readonly Alert[]): Ledger {
  const ledger: Ledger = { firing: [], inHand: [], shelved: [], watching: [] };
  for (const alert of [...alerts].sort(bySeverityThenAge)) {
    switch (alert.state) {
      case "firing":
        ledger.firing.push(alert);
        break;
      case "acknowledged":
        ledger.inHand.push(alert);
        break;
      case "shelved":
        ledger.shelved.push(alert);
        break;
      case "pending":
        ledger.watching.push(alert);
        break;
      case "resolved":
        break;
    }
  }
  return ledger;
}

/** The most severe first, and of equals the one that has waited longest. */
export function bySeverityThenAge(a: Alert, b: Alert): number {
  return (
    WEIGHT[a.severity] - WEIGHT[b.severity] ||
    // All in one form, so that letters tell which is earlier; by a language's order it would take far longer.
    compare(began(a), began(b)) ||
    a.id.length - b.id.length ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function began(alert: Alert): string {
  return alert.fired_at ?? alert.pending_at ?? "";
}

/** Who acknowledges and when, or that an acknowledgement is taken back. */
export type OnItsWay = { by: string; at: number } | "taken_back";

/** What is on its way is shown as if it had been taken. */
export function withOrders(alerts: Alert[], onTheirWay: ReadonlyMap<string, OnItsWay>): Alert[] {
  // The same list while nothing is: whoever follows it is not woken by every entry that comes.
  if (onTheirWay.size === 0) return alerts;
  return alerts.map((alert) => {
    const mine = onTheirWay.get(alert.id);
    if (mine === undefined || alert.state === "resolved") return alert;
    if (mine === "taken_back") return { ...alert, state: "firing", acknowledged_by: null, acknowledged_at: null };
    return {
      ...alert,
      state: "acknowledged",
      acknowledged_by: mine.by,
      acknowledged_at: new Date(mine.at).toISOString(),
    };
  });
}

/** Which findings a person has written or changed; what was emptied stays as it was. */
export function written(before: Findings, now: (part: Finding) => string): Partial<Record<Finding, string>> {
  const texts = FINDINGS.map((part) => [part, now(part).trim()] as const);
  return Object.fromEntries(texts.filter(([part, text]) => text !== "" && text !== before[part]?.text));
}

export interface Arrangement {
  /** In the order to show. */
  shown: Alert[];
  /** Held back so that nothing moves under the reader: announced by their number. */
  fresh: Alert[];
}

/**
 * While somebody reads (`before` is what they see), alerts keep their places, changed ones included, and new ones
 * wait; otherwise, the right order. What is resolved goes in either case.
 */
export function arrange(alerts: readonly Alert[], before: readonly string[] | null): Arrangement {
  const { firing } = sortOut(alerts);
  if (before === null) return { shown: firing, fresh: [] };
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const shown = before.flatMap((id) => byId.get(id) ?? []);
  const known = new Set(before);
  return { shown, fresh: firing.filter((alert) => !known.has(alert.id)) };
}

/** `A-17` is 17: later alerts have larger numbers. */
export function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf("-") + 1)) || 0;
}
