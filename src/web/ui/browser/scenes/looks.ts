/**
 * Every page at the desk and in the hand, light and dark, in both languages, while a day of the demo passes: nothing
 * goes wrong in the page, nothing scrolls sideways, axe finds nothing serious, and a picture is kept of each.
 */
import axe from "axe-core";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import { LANGUAGES, type Language } from "../../src/words/speak";
import { opened, PAGES, type Page } from "../pages";
import { play, type Stage } from "../script";
import { visit, type Size, type Tab, type Visit } from "../visit";

const SCHEMES = ["light", "dark"] as const;
type Scheme = (typeof SCHEMES)[number];

interface View {
  /** As in the name of its picture. */
  called: string;
  page: Page;
}

/** While somebody works on a page: `PORTICO_VIEWS=rooms,room` looks at these alone. */
const wanted = process.env["PORTICO_VIEWS"]?.split(",");
const VIEWS: readonly View[] = [
  ...PAGES.map((one) => ({ called: one.name, page: one })),
  { called: "room", page: opened("rooms", "ballroom") },
  { called: "vehicle", page: opened("vehicles", "car-1") },
  { called: "alert", page: opened("alerts", "A-1") },
].filter(({ called }) => wanted?.includes(called) ?? true);

await play(async (stage) => {
  // Two at a time: one draws while the other is looked at.
  for (const size of ["1280x800", "390x844"] as const) await Promise.all(LANGUAGES.map((language) => through(stage, size, language, VIEWS)));
  await through(stage, "1920x1080", "zh-CN", VIEWS.filter(({ called }) => called === "wall"));
});

async function through(stage: Stage, size: Size, language: Language, views: readonly View[]): Promise<void> {
  const seen = await visit(stage, { size, language }, axe.source);
  for (const { called, page: one } of views) {
    try {
      await seen.open(one);
      for (const scheme of SCHEMES) {
        await seen.tab.emulateMedia({ colorScheme: scheme });
        await look(stage, seen, one, scheme, language, `${called}-${size}-${scheme}-${language}`);
      }
    } catch (fault) {
      stage.expect(`${called}-${size}-${language}`, false, String(fault));
    }
  }
  await seen.context.close();
}

async function look(stage: Stage, seen: Visit, one: Page, scheme: Scheme, language: Language, name: string): Promise<void> {
  const { tab } = seen;
  await tab.screenshot({ path: join(stage.pictures, `${name}.png`) });
  const wide = await tab.evaluate(widest);
  stage.expect(`${name} does not scroll sideways`, wide === null, wide ?? "");
  if (name.includes("390x844") && one.name !== "wall") {
    const small = await tab.evaluate(tooSmall);
    stage.expect(`${name} can be pressed with a thumb`, small.length === 0, small.join(", "));
  }
  const { lang, theme } = await tab.evaluate(() => ({ lang: document.documentElement.lang, theme: document.documentElement.dataset["theme"] }));
  stage.expect(`${name} speaks its reader's language`, lang === language, lang);
  // A wall is dark whatever the machine behind it prefers.
  stage.expect(`${name} is ${scheme}`, theme === scheme || (one.name === "wall" && theme === "dark"), String(theme));
  // Colours are all that another scheme changes.
  const found = await serious(tab, scheme === "light" ? null : ["color-contrast"]);
  stage.expect(`${name} is for everybody`, found.length === 0, found.join("; "));
  const faults = seen.complaints();
  stage.expect(`${name} goes without a fault`, faults.length === 0, faults.join("; "));
}

/** What reaches beyond the right edge, where the page can be scrolled sideways. */
function widest(): string | null {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return null;
  const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1);
  const names = wide.slice(-3).map((each) => `${each.tagName.toLowerCase()}.${String(each.getAttribute("class"))}`);
  return `${root.scrollWidth} px in ${root.clientWidth} px, by ${names.join(", ")}`;
}

/** What a thumb would miss: less than 44 px high where nothing but itself is pressed. */
function tooSmall(): string[] {
  const pressed = document.querySelectorAll<HTMLElement>("button, select, summary, nav a, a.button, input:not([type=checkbox], [type=radio])");
  return [...pressed]
    .filter((each) => each.offsetParent !== null && each.getBoundingClientRect().height < 43.5 && !each.matches(".skip, .visually-hidden"))
    .map((each) => `${each.tagName.toLowerCase()}.${each.className} “${(each.textContent ?? "").trim().slice(0, 20)}” ${Math.round(each.getBoundingClientRect().height)} px`)
    .filter((each, at, all) => all.indexOf(each) === at)
    .slice(0, 6);
}

async function serious(tab: Tab, rules: string[] | null): Promise<string[]> {
  const { violations } = await tab.evaluate(async (only) => {
    const here = (window as unknown as { axe: typeof axe }).axe;
    const choice = only === null ? {} : { runOnly: { type: "rule" as const, values: only } };
    return (await here.run(document, { resultTypes: ["violations"], ...choice })) as AxeResults;
  }, rules);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => {
      const some = nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`);
      return `${id} (${help}) ×${nodes.length}: ${some.join(" | ")}`;
    });
}
