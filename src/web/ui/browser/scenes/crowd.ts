/** A great day: thousands of guests, hundreds of alerts, everything moving. The page goes on under the reader's hand. */
import { page, type Page } from "../pages";
import { play, within, type Stage } from "../script";
import { visit, type Visit } from "../visit";

/**
 * A hand that scrolls or types feels what takes longer than 200 ms. Two cores that draw by software, with other tests
 * beside, take 130 at most; they are given half as long again as the hand. The figures are told.
 */
const LONGEST_TASK_MS = 300;
const OPENS_WITHIN_MS = 10_000;
const CALM_MS = 1_000;

await play(async (stage) => {
  const crowd = await stage.ask<{ guests: number; alerts: number }>("gather");
  stage.tell(`${crowd.guests} guests, ${crowd.alerts} alerts`);
  const desk = await visit(stage);
  const pages = (["now", "arrivals", "alerts", "rooms", "vehicles", "devices"] as const).map(page);
  for (const one of pages) await busy(stage, desk, one);
  const faults = desk.complaints();
  stage.expect("nothing is wrong in the pages", faults.length === 0, faults.join("; "));
});

async function busy(stage: Stage, { tab, open }: Visit, one: Page): Promise<void> {
  const begun = Date.now();
  await open(one);
  if (one.name === "vehicles") await tab.waitForSelector("main canvas");
  const opened = Date.now() - begun;
  await tab.evaluate(() => {
    const tasks: { end: number; ms: number }[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ startTime, duration }) => ({ end: startTime + duration, ms: duration })));
    }).observe({ type: "longtask" });
  });
  // The first drawing, and the map that comes after it, belong to opening: it is over when a second was calm.
  await within(OPENS_WITHIN_MS, () => tab.evaluate((calm) => {
    const { tasks } = window as unknown as { tasks: { end: number }[] };
    return performance.now() - (tasks.at(-1)?.end ?? 0) > calm;
  }, CALM_MS));
  await tab.evaluate(() => void ((window as unknown as { tasks: unknown[] }).tasks.length = 0));
  const stirred = stage.ask<{ sent: number }>("stir");
  const scrolled = await tab.evaluate(scroll);
  const { sent } = await stirred;
  const tasks = await tab.evaluate(() => (window as unknown as { tasks: { ms: number }[] }).tasks.map(({ ms }) => ms));
  const longest = Math.max(0, ...tasks);
  stage.tell(
    `${one.name}: opened in ${opened} ms; ${sent} messages, ${scrolled.height} px scrolled in ${scrolled.frames} frames, ` +
      `the longest ${Math.round(scrolled.longest)} ms; ${tasks.length} long tasks, the longest ${Math.round(longest)} ms`,
  );
  stage.expect(`${one.name} goes on under the hand on a great day`, longest <= LONGEST_TASK_MS, `a task of ${Math.round(longest)} ms`);
}

/** Down and up again for two seconds, a piece each frame, as a hand does. */
function scroll(): Promise<{ frames: number; longest: number; height: number }> {
  return new Promise((done) => {
    const height = document.documentElement.scrollHeight - innerHeight;
    const begun = performance.now();
    let [frames, longest, last] = [0, 0, begun];
    const step = (now: number): void => {
      frames += 1;
      longest = Math.max(longest, now - last);
      last = now;
      const share = Math.min(1, (now - begun) / 2_000);
      scrollTo(0, height * Math.sin(share * Math.PI));
      if (share < 1) requestAnimationFrame(step);
      else done({ frames, longest, height });
    };
    requestAnimationFrame(step);
  });
}
