/**
 * An alert in words, for a row or a card: told anew every few seconds and when the alert changes, not with every entry
 * that comes, so that hundreds of them cost nothing.
 */
import { computed } from "@preact/signals";
import { language, t } from "../state/preferences";
import { now, present } from "../state/store";
import { tell, type Told } from "../view/alert-words";
import { moment } from "../view/time";
import type { Alert, Severity } from "../wire/types";
import type { Tone } from "./mark";

const EVERY_MS = 5_000;

/** The gateway's time in steps. */
export const coarse = computed(() => Math.floor(now.value / EVERY_MS) * EVERY_MS);

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };

/** One that is over is told as it stood at its end. */
export function useTold(alert: Alert): Told | null {
  const shown = present.peek();
  if (shown === null) return null;
  const at = alert.state === "resolved" ? (moment(alert.resolved_at) ?? now.peek()) : coarse.value;
  return tell(alert, shown, { say: t.value, language: language.value, now: at });
}
