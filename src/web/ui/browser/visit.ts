/**
 * One reader with a screen of their own: opens pages as a desk or a phone would, and writes down whatever a page does
 * that it should not: words on the console, what the content policy refused, requests that failed.
 */
import type { BrowserContext, CDPSession, Page as Tab } from "playwright-core";
import { speaker, type Language, type Speak } from "../src/words/speak";
import type { Page } from "./pages";
import type { Stage } from "./script";

export type { Tab };
/** A desk, a phone, and a screen on the wall. */
export type Size = "1280x800" | "390x844" | "1920x1080";

export interface Reader {
  size?: Size;
  language?: Language;
  /** What the reader's system prefers. */
  scheme?: "light" | "dark";
  stillness?: boolean;
  /** Who acknowledges; without it the page asks. */
  name?: string;
  /** By another way than straight to the gateway. */
  by?: string;
}

export interface Visit {
  context: BrowserContext;
  tab: Tab;
  say: Speak;
  devtools: CDPSession;
  /** What the page did that it should not, since this was last asked. */
  complaints(): string[];
  /** From here on a failed request is no fault: the test itself cuts the line. */
  lineIsCut(cut: boolean): void;
  open(page: Page): Promise<void>;
}

/** How long a page may take to show its data on a machine that has other things to do. */
export const PATIENCE = 20_000;

export async function visit(stage: Stage, reader: Reader = {}, script?: string): Promise<Visit> {
  const { size = "1280x800", language = "en", scheme = "light", stillness = false, name } = reader;
  const [width, height] = size.split("x").map(Number) as [number, number];
  const phone = size === "390x844";
  const context = await stage.browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: stillness ? "reduce" : "no-preference",
    locale: language,
    ...(phone ? { deviceScaleFactor: 2, isMobile: true, hasTouch: true } : {}),
  });
  context.setDefaultTimeout(PATIENCE);
  const remembered = { language, ...(name === undefined ? {} : { name }) };
  await context.addInitScript((choices) => {
    // What a page shows in a frame is shut off from what the reader chose.
    if (self !== top) return;
    for (const [key, value] of Object.entries(choices)) {
      if (localStorage.getItem(`portico.${key}`) === null) localStorage.setItem(`portico.${key}`, value);
    }
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI}`);
    });
  }, remembered);
  if (script !== undefined) await context.addInitScript({ content: script });
  const tab = await context.newPage();
  const devtools = await context.newCDPSession(tab);

  let faults: string[] = [];
  let cut = false;
  tab.on("pageerror", (fault) => faults.push(`error in the page: ${fault.message}`));
  tab.on("console", (message) => {
    const said = message.text();
    if (cut && said.startsWith("Failed to load resource")) return;
    // Where no graphics card is, the browser's own stand-in for one complains of its pace.
    if (said.includes("GL Driver Message")) return;
    if (["error", "warning"].includes(message.type())) faults.push(`on the console: ${said}`);
  });
  tab.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that is left closes its stream and forgets what it had asked for.
    if (!cut && why !== "net::ERR_ABORTED") faults.push(`request failed: ${request.url()} ${why}`);
  });
  tab.on("response", (response) => {
    if (response.status() >= 400) faults.push(`answered with ${response.status()}: ${response.url()}`);
  });
  return {
    context,
    tab,
    say: speaker(language),
    devtools,
    complaints: () => {
      const some = [...new Set(faults)];
      faults = [];
      return some;
    },
    lineIsCut: (isCut) => (cut = isCut),
    open: async (page) => {
      await tab.goto((reader.by ?? stage.gateway) + page.path, { waitUntil: "domcontentloaded" });
      await tab.waitForSelector(page.shown);
    },
  };
}
