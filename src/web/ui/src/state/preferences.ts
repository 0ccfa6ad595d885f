/**
 * What this device remembers about its reader: language, colours, name, whether new alerts make themselves heard. Storage may be refused (private windows);
 * then a choice lasts as long as the page.
 */
import { computed, effect, signal } from "@preact/signals";
import { LANGUAGES, nearestLanguage, speaker, type Language } from "../words/speak";
import { route } from "./route";
import { SEVERITIES } from "../view/alarm";
import type { Severity } from "../wire/types";
import { present } from "./store";

export type Theme = "auto" | "light" | "dark";
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

const chosenLanguage = signal<Language | null>(oneOf(LANGUAGES, recall("language")));
export const theme = signal<Theme>(oneOf(THEMES, recall("theme")) ?? "auto");
export const person = signal<string>(recall("name") ?? "");

/** The reader's choice, else the site's language, else the browser's. */
export const language = computed<Language>(
  () => chosenLanguage.value ?? nearestLanguage(present.value?.site.language ?? navigator.language),
);
export const t = computed(() => speaker(language.value));

/** How a new alert makes itself known beside appearing: not at all, unless somebody chose it. */
export interface Alarm {
  sound: boolean;
  notification: boolean;
  /** For alerts of this severity and above. */
  from: Severity;
}

export const alarm = signal<Alarm>(recallAlarm());

export function speak(chosen: Language): void {
  chosenLanguage.value = chosen;
  remember("language", chosen);
}

export function paint(chosen: Theme): void {
  theme.value = chosen;
  remember("theme", chosen);
}

export function chooseAlarm(change: Partial<Alarm>): void {
  alarm.value = { ...alarm.value, ...change };
  remember("alarm", JSON.stringify(alarm.value));
}

export function signAs(name: string): void {
  person.value = name.trim();
  remember("name", person.value);
}

/** Keeps the document's language and colours in step with the choices; a wall is dark whatever they are. */
export function dress(root: HTMLElement): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const systemDark = signal(dark.matches);
  dark.addEventListener("change", () => (systemDark.value = dark.matches));
  effect(() => {
    root.lang = language.value;
    const { page } = route.value;
    const chosen = theme.value === "auto" ? (systemDark.value ? "dark" : "light") : theme.value;
    root.dataset["page"] = page;
    root.dataset["theme"] = page === "wall" ? "dark" : chosen;
  });
}

/** What is switched off in one tab is off in all. */
export function followOtherTabs(): void {
  window.addEventListener("storage", (event) => {
    if (event.key === "portico.alarm") alarm.value = recallAlarm();
  });
}

function recallAlarm(): Alarm {
  let said: Partial<Alarm> | null = null;
  try {
    said = JSON.parse(recall("alarm") ?? "null") as Partial<Alarm> | null;
  } catch {
    // Not ours: as if nothing had been chosen.
  }
  return { sound: said?.sound === true, notification: said?.notification === true, from: oneOf(SEVERITIES, said?.from ?? null) ?? "warning" };
}

function oneOf<T extends string>(all: readonly T[], value: string | null): T | null {
  return all.find((one) => one === value) ?? null;
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(`portico.${key}`);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`portico.${key}`, value);
  } catch {
    // Said above: it lasts as long as the page.
  }
}
