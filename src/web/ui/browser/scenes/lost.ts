/**
 * The line to the gateway is lost under an open page: the gateway is killed, the network goes, the tablet sleeps. Each
 * time the page says so by itself, and catches up by itself when it can: nobody has to reload it.
 */
import { page } from "../pages";
import { play, sleep, type Stage } from "../script";
import { drawn, isMarked, mark, said, tells } from "../seen";
import { visit, type Reader, type Visit } from "../visit";

/** Whoever looks at a page that is not live must not take it for one longer than this. */
const KNOWN_WITHIN_MS = 5_000;
/** From the gateway's being back to its being shown: a retry, and a machine with other things to do. */
const BACK_WITHIN_MS = 15_000;
const SLEEP_MS = 6_000;

await play(async (stage) => {
  const desk = await atTheBoard(stage, {});
  await lost(stage, desk, "killed", () => stage.ask("kill"), async () => {
    await stage.ask("run");
    await scan(stage, 6);
  });
  await caughtUp(stage, desk, "after the gateway was killed", [6]);

  desk.lineIsCut(true);
  await desk.devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await scan(stage, 8);
  await sleep(SLEEP_MS / 2);
  await stage.ask("kill");
  await stage.ask("run");
  await scan(stage, 9);
  await sleep(SLEEP_MS / 2);
  await desk.devtools.send("Page.setWebLifecycleState", { state: "active" });
  await caughtUp(stage, desk, "after a sleep in which the gateway was killed", [8, 9]);
  await desk.context.close();

  // A network that goes without a word: nothing is closed, nothing comes.
  const { line } = await stage.ask<{ line: string }>("line");
  const far = await atTheBoard(stage, { by: line });
  await lost(stage, far, "silent", () => stage.ask("cut"), async () => {
    await scan(stage, 7);
    await stage.ask("mend");
  });
  await caughtUp(stage, far, "after the network was gone", [7]);
});

async function atTheBoard(stage: Stage, reader: Reader): Promise<Visit> {
  const seen = await visit(stage, reader);
  await seen.open(page("arrivals"));
  await seen.tab.locator("main input[type=search]").first().fill("Berg");
  await mark(seen.tab);
  return seen;
}

/** What the page says of it, and how soon; then what brings the line back. */
async function lost(stage: Stage, { tab, say, lineIsCut }: Visit, how: string, lose: () => Promise<unknown>, find: () => Promise<void>): Promise<void> {
  lineIsCut(true);
  const begun = Date.now();
  await lose();
  const known = await said(tab, say("not_live"), KNOWN_WITHIN_MS + 5_000);
  const took = known === null ? Infinity : known - begun;
  stage.tell(`${how}: said after ${took} ms`);
  stage.expect(`a gateway that is ${how} is told within five seconds`, took <= KNOWN_WITHIN_MS, `after ${took} ms`);
  const still = await tab.locator("main").innerText();
  stage.expect(`the page can still be read when the gateway is ${how}`, still.includes("Berg"), still.slice(0, 200));
  await find();
}

async function caughtUp(stage: Stage, { tab, say, complaints, lineIsCut }: Visit, when: string, guests: number[]): Promise<void> {
  const begun = Date.now();
  for (const n of guests) {
    const name = `Anna Berg ${n}`;
    const shown = await drawn(tab, [name, say("visit_arrived")], BACK_WITHIN_MS);
    stage.expect(`${when} the page shows what happened meanwhile`, shown !== null, await tells(tab, name));
  }
  stage.tell(`${when}: caught up within ${Date.now() - begun} ms`);
  const live = await tab.locator("header").filter({ hasText: say("live") }).first().waitFor({ timeout: BACK_WITHIN_MS }).then(() => true, () => false);
  const banner = await tab.locator("body").innerText();
  stage.expect(`${when} the page is live again`, live && !banner.includes(say("not_live")), banner.slice(0, 200));
  stage.expect(`${when} the page was not loaded anew`, await isMarked(tab), "the mark in it is gone");
  const faults = complaints();
  stage.expect(`${when} nothing is wrong in the page`, faults.length === 0, faults.join("; "));
  lineIsCut(false);
}

async function scan(stage: Stage, n: number): Promise<void> {
  await stage.ask("scan", { code: `G-${n}` });
}
