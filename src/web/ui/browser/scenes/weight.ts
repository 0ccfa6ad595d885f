/** What the first look costs: everything that is fetched until the first page stands, as it travels over a slow network. */
import { gzipSync } from "node:zlib";
import type { Response } from "playwright-core";
import { page } from "../pages";
import { play } from "../script";
import { visit } from "../visit";

const BUDGET_KB = 60;

/** Notes in the page when its heading first stood: what is asked for later does not hold up the first look. */
const NOTE = `new MutationObserver((_, watching) => {
  if (document.querySelector("main[data-page] h1") === null) return;
  watching.disconnect();
  window.stood = performance.now();
}).observe(document, { subtree: true, childList: true });`;

await play(async (stage) => {
  const { tab, open } = await visit(stage, {}, NOTE);
  const answers: Response[] = [];
  tab.on("response", (response) => {
    if (["document", "script", "stylesheet"].includes(response.request().resourceType())) answers.push(response);
  });
  await open(page("now"));
  const before = await tab.evaluate(() => {
    const { stood } = window as unknown as { stood: number };
    return performance.getEntriesByType("resource").filter((entry) => entry.startTime <= stood).map((entry) => entry.name);
  });
  const first = answers.filter((answer) => before.includes(answer.url()) || answer.request().resourceType() === "document");
  const weighed = first.map(async (answer) => ({ path: new URL(answer.url()).pathname, bytes: gzipSync(await answer.body(), { level: 9 }).length }));
  const parts = await Promise.all(weighed);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  const list = parts.map(({ path, bytes }) => `${path} ${(bytes / 1000).toFixed(1)}`).join(", ");
  stage.tell(`the first look weighs ${total.toFixed(1)} kB with gzip: ${list}`);
  const whole = [/^\/$/, /\.js$/, /\.css$/].every((kind) => parts.some(({ path }) => kind.test(path)));
  stage.expect("the first look was weighed whole", whole, list);
  stage.expect(`the first look weighs less than ${BUDGET_KB} kB`, total < BUDGET_KB, `${total.toFixed(1)} kB: ${list}`);
});
