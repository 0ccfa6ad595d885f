/**
 * An alert in words, for a row or a card: told anew every few seconds and when the alert changes, not with every entry
 * that comes, so that hundreds of them cost nothing.
 */
import { computed } from "@preact/signals";
import { language, t } from "../state/preferences";
import { now, present } from "../state/store";
import { tell, type Told } from "../view/alert-words";
import { numberOf } from "../view/alerts";
import { moment } from "../view/time";
import type { Alert, Severity } from "../wire/types";
import type { Tone } from "./mark";

/** How long a row may stand as it is. They take turns, so that never all of them are told anew at once. */
const EVERY_MS = 10_000;
const TURNS = 10;

const turns = Array.from({ length: TURNS }, (_, turn) =>
  computed(() => Math.floor((now.value + (turn * EVERY_MS) / TURNS) / EVERY_MS)),
);

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { critical: "act", warning: "look", info: "calm" };

/** The gateway's time, as of an alert's last turn. */
export function coarse(alert: Alert): number {
  // Read for its change alone.
  void turns[numberOf(alert.id) % TURNS]?.value;
  return now.peek();
}

/** One that is over is told as it stood at its end. */
export function useTold(alert: Alert): Told | null {
  const shown = present.peek();
  if (shown === null) return null;
  const at = alert.state === "resolved" ? (moment(alert.resolved_at) ?? now.peek()) : coarse(alert);
  return tell(alert, shown, { say: t.value, language: language.value, now: at });
}
