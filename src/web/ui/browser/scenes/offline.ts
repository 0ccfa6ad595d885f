/** Without a network every page can still be opened and read, in either language. */
import { DESK } from "../pages";
import { play, sleep, within } from "../script";
import { choose, OFFERED } from "../settings";
import { visit } from "../visit";
import { LANGUAGES, speaker } from "../../src/words/speak";

/** The first page is drawn before the others are fetched; this is how long nothing more must be asked for. */
const QUIET_MS = 3_000;
const FETCHED_WITHIN_MS = 30_000;

await play(async (stage) => {
  const { tab, context, complaints, lineIsCut, open } = await visit(stage);
  let asked = performance.now();
  tab.on("request", (request) => {
    if (request.url().includes("/assets/")) asked = performance.now();
  });
  await open(DESK[0]!);
  await within(FETCHED_WITHIN_MS, async () => performance.now() - asked > QUIET_MS);

  lineIsCut(true);
  await context.setOffline(true);
  let language = 0;
  for (const page of DESK) {
    await tab.locator(`nav a[href="${page.path}"]`).first().click();
    const opened = await tab.waitForSelector(page.shown, { timeout: 5_000 }).then(() => true, () => false);
    stage.expect(`${page.name} opens without a network`, opened, await tab.locator("main").innerText());
    for (const turn of [1, 2]) {
      const say = speaker(LANGUAGES[language] ?? "en");
      language = 1 - language;
      const wanted = LANGUAGES[language] ?? "en";
      await choose(tab, say, OFFERED[wanted]);
      await sleep(20);
      const lang = await tab.evaluate(() => document.documentElement.lang);
      const title = await tab.locator("h1").first().textContent();
      // Words that had not come would be keys, in neither language.
      const isChinese = /\p{Script=Han}/u.test(title ?? "");
      const holds = lang === wanted && isChinese === (wanted === "zh-CN") && !/_/.test(title ?? "_");
      stage.expect(`${page.name} without a network, switched ${turn}×, speaks ${wanted}`, holds, `${lang}, under “${title}”`);
    }
  }
  await context.setOffline(false);
  const faults = complaints();
  stage.expect("nothing is wrong without a network", faults.length === 0, faults.join("; "));
});
