/** What a reader looks for stands in the address: a reload, the way back and a colleague's link find the same again. */
import { page } from "../pages";
import { play, sleep } from "../script";
import { visit, type Tab } from "../visit";

await play(async (stage) => {
  const { tab, open, complaints } = await visit(stage);
  await open(page("arrivals"));
  await tab.locator("main [aria-pressed]").nth(1).click();
  const filtered = await state(tab);
  stage.expect("a filter stands in the address", filtered.address.includes("?"), filtered.address);
  await tab.locator("main input[type=search]").first().fill("Berg 7");
  await sleep(500);
  const searched = await state(tab);
  stage.expect("a search stands in the address", /Berg/.test(searched.address), searched.address);

  await tab.reload();
  await tab.waitForSelector(page("arrivals").shown);
  await same("a reload", searched);
  await tab.locator(`nav a[href="${page("rooms").path}"]`).first().click();
  await tab.waitForSelector(page("rooms").shown);
  await tab.goBack();
  await tab.waitForSelector(page("arrivals").shown);
  await same("the way back", searched);

  await tab.locator("main input[type=search]").first().fill("");
  await sleep(500);
  const address = (await state(tab)).address;
  stage.expect("what is looked for no more leaves the address", !/Berg/.test(address), address);
  const faults = complaints();
  stage.expect("nothing is wrong in the page", faults.length === 0, faults.join("; "));

  async function same(what: string, before: State): Promise<void> {
    await sleep(200);
    const after = await state(tab);
    stage.expect(`${what} finds the same again`, JSON.stringify(after) === JSON.stringify(before), `${JSON.stringify(after)} instead of ${JSON.stringify(before)}`);
  }
});

interface State {
  address: string;
  search: string;
  pressed: string;
  rows: number;
}

function state(tab: Tab): Promise<State> {
  return tab.evaluate(() => {
    const pressed = [...document.querySelectorAll("main [aria-pressed=true]")].map((one) => one.textContent).join(",");
    const search = document.querySelector<HTMLInputElement>("main input[type=search]")?.value ?? "";
    return { address: location.pathname + location.search, search, pressed, rows: document.querySelectorAll("main tbody tr, main li").length };
  });
}
