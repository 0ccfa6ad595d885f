/**
 * Makes new alerts heard and seen beyond the page, for whoever chose it: a sound made here (no file), and the browser's
 * own notification. Loaded only then.
 */
import { effect, signal } from "@preact/signals";
import { tell } from "../view/alert-words";
import { claim, CLAIM_MS, holds, know, loudest, news, slipOf, type Known } from "../view/alarm";
import type { Alert, Severity } from "../wire/types";
import { alarm, language, t } from "./preferences";
import { go, pathOf } from "./route";
import { now, present } from "./store";

/** More than this at once are told by their number. */
const TOLD_ALONE = 3;
/** Slips of alerts older than this are thrown away. */
const SLIPS_KEPT_MS = 24 * 3_600_000;
/** However late a tab out of sight hears of an alert, and one process of another's slips. */
const HELD_MS = 60_000;
const PREFIX = "portico.rung.";
const TAB = Math.random().toString(36).slice(2);

/** Why a sound cannot be made now; null where it can, or is not wanted. */
export const mute = signal<"waits_for_press" | "no_audio" | null>(null);

let audio: AudioContext | null = null;
let known: Known | null = null;
let epoch = "";
let seen: readonly Alert[] = [];
let watching = false;

/** From here on new alerts are told, as long as somebody wants it. */
export function watch(): void {
  if (watching) return;
  watching = true;
  sweep();
  for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, () => void wake(), { passive: true });
  effect(() => {
    if (alarm.value.sound) void wake();
    else mute.value = null;
  });
  effect(() => {
    const shown = present.value;
    // Most of what comes is about something else.
    if (shown === null || shown.alerts === seen) return;
    seen = shown.alerts;
    // Another gateway, or one that began anew: as if the page had just been opened.
    if (shown.epoch !== epoch) known = null;
    epoch = shown.epoch;
    const { sound, notification, from } = alarm.peek();
    const fresh = sound || notification ? news(known, shown.alerts, from) : [];
    known = know(shown.alerts);
    if (fresh.length > 0) say(fresh);
  });
}

/** The browser lets a page be heard only after somebody has pressed something on it. */
export async function wake(): Promise<void> {
  if (!alarm.peek().sound) return;
  try {
    audio ??= new AudioContext();
    // Without a press it may wait for ever: what it says right away is what counts.
    void audio.resume().then(settle, settle);
    settle();
  } catch {
    mute.value = "no_audio";
  }
}

function settle(): void {
  mute.value = audio?.state === "running" ? null : "waits_for_press";
}

/** A tab that may not be heard yet lets the others go first. */
function say(fresh: readonly Alert[]): void {
  if (alarm.peek().sound && mute.peek() !== null) setTimeout(() => claimAll(fresh), 2 * CLAIM_MS);
  else claimAll(fresh);
}

function claimAll(fresh: readonly Alert[]): void {
  const slips = fresh.map((alert) => [slipOf(epoch, alert), alert] as const);
  // Only over https and on this machine, but there beyond doubt; elsewhere the slips alone must do.
  if ("locks" in navigator) void Promise.all(slips.map(locked)).then((mine) => tellNow(mine.filter((alert) => alert !== null)));
  else claimBySlip(slips);
}

/** The alert, if no other tab has it. Held until every tab must have heard of it and can read the slip. */
function locked([slip, alert]: readonly [string, Alert]): Promise<Alert | null> {
  return new Promise((settle) => {
    const held = navigator.locks.request(slip, { ifAvailable: true }, (lock) => {
      if (lock === null || !leaveSlip(slip)) return settle(null);
      settle(alert);
      return new Promise<void>((over) => setTimeout(over, HELD_MS));
    });
    // Better twice than not at all.
    held.catch(() => settle(alert));
  });
}

function leaveSlip(slip: string): boolean {
  try {
    return claim(localStorage, slip, TAB, Date.now());
  } catch {
    return true;
  }
}

function claimBySlip(slips: readonly (readonly [string, Alert])[]): void {
  let mine: (readonly [string, Alert])[];
  try {
    mine = slips.filter(([slip]) => claim(localStorage, slip, TAB, Date.now()));
  } catch {
    // No storage, so no word between tabs.
    tellNow(slips.map(([, alert]) => alert));
    return;
  }
  setTimeout(() => tellNow(mine.filter(([slip]) => holds(localStorage, slip, TAB)).map(([, alert]) => alert)), CLAIM_MS);
}

function tellNow(fresh: readonly Alert[]): void {
  const severity = loudest(fresh);
  if (severity === null) return;
  if (alarm.peek().sound) chime(severity);
  if (alarm.peek().notification && !document.hasFocus()) notify(fresh);
}

function notify(fresh: readonly Alert[]): void {
  const shown = present.peek();
  if (shown === null || !("Notification" in window) || Notification.permission !== "granted") return;
  if (fresh.length > TOLD_ALONE) {
    raise(t.peek()("alarm_many", { n: fresh.length }), "", pathOf("now"), "many");
    return;
  }
  for (const alert of fresh) {
    const told = tell(alert, shown, { say: t.peek(), language: language.peek(), now: now.peek() });
    raise(told.title, [...told.facts.slice(0, 1), told.todo].join("\n"), pathOf("alerts", alert.id), alert.id);
  }
}

function raise(title: string, body: string, address: string, tag: string): void {
  try {
    const notification = new Notification(title, { body, tag, lang: language.peek() });
    notification.onclick = () => {
      window.focus();
      go(address);
      notification.close();
    };
  } catch {
    // Some phones take notifications from installed pages only; the choice says so when it is made.
  }
}

/** Beeps, in seconds from now and hertz: more and higher the more it matters. */
const BEEPS: Readonly<Record<Severity, readonly (readonly [at: number, hertz: number])[]>> = {
  info: [[0, 660]],
  warning: [
    [0, 660],
    [0.22, 880],
  ],
  critical: [
    [0, 880],
    [0.2, 1175],
    [0.55, 880],
    [0.75, 1175],
  ],
};

export function chime(severity: Severity): void {
  if (audio === null || audio.state !== "running") return;
  for (const [at, hertz] of BEEPS[severity]) {
    const from = audio.currentTime + at;
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.type = "triangle";
    tone.frequency.value = hertz;
    // Rises and falls, so that it does not click.
    loudness.gain.setValueAtTime(0.0001, from);
    loudness.gain.exponentialRampToValueAtTime(0.25, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, from + 0.18);
    tone.connect(loudness).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.2);
  }
}

function sweep(): void {
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const at = Number(localStorage.getItem(key)?.split(" ")[1]);
      if (!(Date.now() - at < SLIPS_KEPT_MS)) localStorage.removeItem(key);
    }
  } catch {
    // No storage, no slips.
  }
}
