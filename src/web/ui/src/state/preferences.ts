/**
 * What this device remembers about its reader: language, colours, name. Storage may be refused (private windows);
 * then a choice lasts as long as the page.
 */
import { computed, effect, signal } from "@preact/signals";
import { LANGUAGES, nearestLanguage, speaker, type Language } from "../words/speak";
import { route } from "./route";
import { present } from "./store";

export type Theme = "auto" | "light" | "dark";
const THEMES: readonly Theme[] = ["auto", "light", "dark"];

const chosenLanguage = signal<Language | null>(oneOf(LANGUAGES, recall("language")));
export const theme = signal<Theme>(oneOf(THEMES, recall("theme")) ?? "auto");
export const person = signal<string>(recall("name") ?? "");

/** The reader's choice, else the site's language, else the browser's. */
export const language = computed<Language>(
  () => chosenLanguage.value ?? nearestLanguage(present.value?.site.language ?? navigator.language),
);
export const t = computed(() => speaker(language.value));

export function switchLanguage(): void {
  chosenLanguage.value = language.value === "en" ? "zh-CN" : "en";
  remember("language", chosenLanguage.value);
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "auto";
  remember("theme", theme.value);
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
