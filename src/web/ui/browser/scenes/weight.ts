/** What the first look costs: everything that is fetched until the first page stands, as it travels over a slow network. */
import { gzipSync } from "node:zlib";
import { page } from "../pages";
import { play } from "../script";
import { visit } from "../visit";

const BUDGET_KB = 60;

await play(async (stage) => {
  const { tab, open } = await visit(stage);
  const fetched: Promise<{ path: string; bytes: number }>[] = [];
  let stands = false;
  tab.on("response", (response) => {
    if (stands || !["document", "script", "stylesheet"].includes(response.request().resourceType())) return;
    const weigh = async (): Promise<{ path: string; bytes: number }> => ({
      path: new URL(response.url()).pathname,
      bytes: gzipSync(await response.body(), { level: 9 }).length,
    });
    fetched.push(weigh());
  });
  await open(page("now"));
  stands = true;
  const parts = await Promise.all(fetched);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  const list = parts.map(({ path, bytes }) => `${path} ${(bytes / 1000).toFixed(1)}`).join(", ");
  stage.tell(`the first look weighs ${total.toFixed(1)} kB with gzip: ${list}`);
  const whole = parts.some(({ path }) => path === "/") && parts.some(({ path }) => path.endsWith(".js")) && parts.some(({ path }) => path.endsWith(".css"));
  stage.expect("the first look was weighed whole", whole, list);
  stage.expect(`the first look weighs less than ${BUDGET_KB} kB`, total < BUDGET_KB, `${total.toFixed(1)} kB: ${list}`);
});
