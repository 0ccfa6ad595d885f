/** Without a mouse, without seeing, without motion, in the colours of one's choice: the page works for that reader, too. */
import { DESK, page } from "../pages";
import { play, sleep, within, type Stage } from "../script";
import { drawn } from "../seen";
import { choose } from "../settings";
import { visit, type Tab } from "../visit";

/** More presses of Tab than any page has places to stop at before its content. */
const STOPS = 40;

await play(async (stage) => {
  await keyboard(stage);
  await dialog(stage);
  await colours(stage);
  await motion(stage, true);
  await motion(stage, false);
});

async function keyboard(stage: Stage): Promise<void> {
  const { tab, open, context } = await visit(stage);
  await open(page("now"));
  await tab.keyboard.press("Tab");
  const first = await focused(tab);
  stage.expect("the first stop skips to the content", first.link?.endsWith("#main") === true && first.ring, JSON.stringify(first));
  await tab.keyboard.press("Enter");
  const into = await tab.evaluate(() => document.activeElement?.closest("main") !== null);
  stage.expect("the first stop leads into the content", into, JSON.stringify(await focused(tab)));

  await tab.reload();
  await tab.waitForSelector(page("now").shown);
  const reached = new Set<string>();
  for (let stop = 0; stop < STOPS; stop += 1) {
    await tab.keyboard.press("Tab");
    const here = await focused(tab);
    if (here.link !== null) reached.add(here.link);
    stage.expect("wherever the keyboard is can be seen", here.ring, JSON.stringify(here));
  }
  for (const { name, path } of DESK) stage.expect(`${name} can be reached by keyboard`, reached.has(path), [...reached].join(" "));

  for (const one of DESK.slice(1)) {
    await tab.locator(`nav a[href="${one.path}"]`).first().focus();
    await tab.keyboard.press("Enter");
    const opened = await tab.waitForSelector(one.shown, { timeout: 5_000 }).then(() => true, () => false);
    const inside = await tab.evaluate(() => document.activeElement?.closest("main") !== null);
    stage.expect(`${one.name} opens by keyboard and takes the reader with it`, opened && inside, JSON.stringify(await focused(tab)));
  }
  await context.close();
}

async function dialog(stage: Stage): Promise<void> {
  const { tab, open, context, say } = await visit(stage);
  await open(page("now"));
  const opener = tab.getByRole("button", { name: say("settings") }).first();
  await opener.focus();
  await tab.keyboard.press("Enter");
  await tab.waitForSelector("dialog[open]");
  const outside: string[] = [];
  for (let stop = 0; stop < 8; stop += 1) {
    await tab.keyboard.press(stop % 3 === 2 ? "Shift+Tab" : "Tab");
    // On its way round the focus passes the browser's own bar, and the page has none.
    const isOutside = await tab.evaluate(() => document.activeElement !== document.body && document.activeElement?.closest("dialog[open]") === null);
    if (isOutside) outside.push(JSON.stringify(await focused(tab)));
  }
  stage.expect("a dialog keeps the focus", outside.length === 0, outside.join(" "));
  await tab.keyboard.press("Escape");
  await sleep(200);
  const closed = (await tab.locator("dialog[open]").count()) === 0;
  const back = await opener.evaluate((button) => button === document.activeElement);
  stage.expect("Escape closes a dialog and gives the focus back", closed && back, `closed: ${closed}; ${JSON.stringify(await focused(tab))}`);
  await context.close();
}

async function colours(stage: Stage): Promise<void> {
  const { tab, open, context, say } = await visit(stage, { scheme: "dark" });
  const turns = async (name: string, wanted: "light" | "dark"): Promise<void> => {
    const theme = (): Promise<string> => tab.evaluate(() => `${document.documentElement.dataset["theme"]}, ${getComputedStyle(document.documentElement).colorScheme}`);
    const turned = await within(2_000, async () => (await theme()) === `${wanted}, ${wanted}`);
    stage.expect(name, turned !== null, await theme());
  };
  await open(page("now"));
  await turns("the page is dark where the system is", "dark");
  await tab.emulateMedia({ colorScheme: "light" });
  await turns("the page turns light with the system", "light");
  await choose(tab, say, say("theme_dark"));
  await turns("the reader's choice comes before the system's", "dark");
  await tab.reload();
  await tab.waitForSelector(page("now").shown);
  await turns("the reader's choice is remembered", "dark");
  await context.close();
}

/** A row glows when its guest checks in; for whoever wants no motion it changes all the same, at once. */
async function motion(stage: Stage, stillness: boolean): Promise<void> {
  const { tab, open, context, say } = await visit(stage, { stillness });
  await open(page("arrivals"));
  await tab.locator("main input[type=search]").first().fill("Berg");
  await tab.evaluate(() => {
    const moved: string[] = [];
    Object.assign(window, { moved });
    const note = (event: AnimationEvent | TransitionEvent): void => {
      const { animationDuration, transitionDuration } = getComputedStyle(event.target as Element);
      const seconds = Math.max(...`${animationDuration}, ${transitionDuration}`.split(",").map((one) => parseFloat(one)));
      if (seconds > 0.05) moved.push(`${(event.target as Element).className} ${seconds} s`);
    };
    document.addEventListener("animationstart", note);
    document.addEventListener("transitionrun", note);
  });
  const n = stillness ? 1 : 2;
  await stage.ask("scan", { code: `G-${n}` });
  await drawn(tab, [`Anna Berg ${n}`, say("visit_arrived")], 5_000);
  await sleep(300);
  const moved = await tab.evaluate(() => (window as unknown as { moved: string[] }).moved);
  if (stillness) stage.expect("nothing moves for whoever wants no motion", moved.length === 0, moved.join(", "));
  else stage.expect("what changed glows", moved.length > 0, "nothing moved");
  await context.close();
}

/** Where the keyboard is: what it is called, where it leads, and whether a ring shows it. */
function focused(tab: Tab): Promise<{ name: string; link: string | null; ring: boolean }> {
  return tab.evaluate(() => {
    const here = document.activeElement ?? document.body;
    const style = getComputedStyle(here);
    const ring = here === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return { name: `${here.tagName.toLowerCase()} ${(here.textContent ?? "").slice(0, 40)}`, link: here.getAttribute("href"), ring };
  });
}
