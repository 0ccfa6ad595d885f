/** Who checks in is on the board at once, and what one reader takes on, the others see. */
import { page } from "../pages";
import { play, sleep, type Stage } from "../script";
import { drawn, tells } from "../seen";
import { visit, type Visit } from "../visit";

/** From the kiosk's PUBACK to the row on the board. */
const AT_ONCE_MS = 1_000;
const SOON_MS = 5_000;

await play(async (stage) => {
  await scanIsSeen(stage);
  await acknowledgementIsSeen(stage);
});

async function scanIsSeen(stage: Stage): Promise<void> {
  const desk = await visit(stage);
  await desk.open(page("arrivals"));
  await desk.tab.locator("main input[type=search]").first().fill("Berg");
  const took: number[] = [];
  for (const n of [1, 2, 3, 4, 5]) {
    const { name, code } = { name: `Anna Berg ${n}`, code: `G-${n}` };
    const arrived = drawn(desk.tab, [name, desk.say("visit_arrived")], SOON_MS);
    await sleep(100);
    const { acknowledged_at } = await stage.ask<{ acknowledged_at: number }>("scan", { code });
    const at = await arrived;
    took.push(at === null ? Infinity : Math.max(0, at - acknowledged_at));
    if (at === null) stage.tell(`${name}: ${await tells(desk.tab, name)}`);
  }
  const figures = took.map((ms) => `${Math.round(ms)} ms`).join(", ");
  stage.tell(`from PUBACK to the board: ${figures}`);
  stage.expect("a scan over MQTT is on the board within a second", Math.max(...took) <= AT_ONCE_MS, figures);
  noFault(stage, "the board", desk);
  await desk.context.close();
}

async function acknowledgementIsSeen(stage: Stage): Promise<void> {
  const hers = await visit(stage, { name: "Chen Jing" });
  const his = await visit(stage, { name: "Li Na", size: "390x844" });
  await hers.open(page("now"));
  await his.open(page("alerts"));
  const late = "Maria Rossi";
  for (const one of [hers, his]) stage.expect("who is late is told", (await drawn(one.tab, [late], SOON_MS)) !== null, await tells(one.tab, late));
  const button = hers.tab.getByRole("button", { name: hers.say("acknowledge") }).and(hers.tab.getByRole("button", { name: late }));
  await button.first().click();
  const seen = await drawn(his.tab, [late, "Chen Jing"], SOON_MS);
  stage.expect("what one reader acknowledges, another sees", seen !== null, await tells(his.tab, late));
  await hers.tab.getByRole("button", { name: hers.say("undo"), exact: true }).click();
  const back = his.tab.getByRole("button", { name: his.say("acknowledge") }).and(his.tab.getByRole("button", { name: late }));
  const again = await back.first().waitFor({ timeout: SOON_MS }).then(() => true, () => false);
  stage.expect("what was taken back is everybody's again", again, await tells(his.tab, late));
  noFault(stage, "her page", hers);
  noFault(stage, "his page", his);
  await hers.context.close();
  await his.context.close();
}

function noFault(stage: Stage, whose: string, { complaints }: Visit): void {
  const faults = complaints();
  stage.expect(`${whose} goes without a fault`, faults.length === 0, faults.join("; "));
}
