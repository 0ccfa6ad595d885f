/**
 * Which alerts are news to somebody who is not looking, and which of several tabs says so. Pure.
 */
import type { Alert, AlertState, Severity } from "../wire/types";

/** The least first. */
export const SEVERITIES = ["info", "warning", "critical"] as const satisfies readonly Severity[];

export type Known = ReadonlyMap<string, AlertState>;

export function know(alerts: readonly Alert[]): Known {
  return new Map(alerts.map((alert) => [alert.id, alert.state]));
}

/**
 * Alerts that began to need somebody since `known`: new ones, watched ones that came due, and shelved ones that came
 * back. What was there when the page opened is no news (`known` is null then), nor what somebody just gave back.
 */
export function news(known: Known | null, alerts: readonly Alert[], from: Severity): Alert[] {
  if (known === null) return [];
  const least = SEVERITIES.indexOf(from);
  return alerts.filter((alert) => {
    if (alert.state !== "firing" || SEVERITIES.indexOf(alert.severity) < least) return false;
    const before = known.get(alert.id);
    return before === undefined || before === "pending" || before === "shelved";
  });
}

/** The most severe of some. */
export function loudest(alerts: readonly Alert[]): Severity | null {
  return [...SEVERITIES].reverse().find((severity) => alerts.some((alert) => alert.severity === severity)) ?? null;
}

/** Where tabs leave word for each other. */
export interface Slips {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Tabs hear of an alert within this of each other. Whoever wrote last before it is over says it, the others do not. */
export const CLAIM_MS = 400;

export function slipOf(epoch: string, alert: Alert & { at?: string }): string {
  return `portico.rung.${epoch}.${alert.id}.${alert.at ?? alert.fired_at ?? ""}`;
}

/** Writes that this tab will say it; false where another has said it. */
export function claim(slips: Slips, slip: string, tab: string, now: number): boolean {
  const [, at] = (slips.getItem(slip) ?? "").split(" ");
  if (at !== undefined && now - Number(at) >= CLAIM_MS) return false;
  slips.setItem(slip, `${tab} ${at ?? now}`);
  return true;
}

/** Whether, after the wait, it is still this tab that says it. */
export function holds(slips: Slips, slip: string, tab: string): boolean {
  return (slips.getItem(slip) ?? "").split(" ")[0] === tab;
}
