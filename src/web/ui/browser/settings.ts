/** The reader's choices, made as a reader makes them: in the dialog of settings. */
import type { Language, Speak } from "../src/words/speak";
import type { Tab } from "./visit";

/** Chooses one of what the dialog offers, by its words, and closes it. */
export async function choose(tab: Tab, say: Speak, words: string): Promise<void> {
  await tab.getByRole("button", { name: say("settings") }).first().click();
  const dialog = tab.locator("dialog[open]");
  await dialog.getByRole("radio", { name: words, exact: true }).check();
  await tab.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden", timeout: 2_000 }).catch(() => undefined);
}

/** Each language is offered in its own words. */
export const OFFERED: Readonly<Record<Language, string>> = { en: "English", "zh-CN": "中文" };
