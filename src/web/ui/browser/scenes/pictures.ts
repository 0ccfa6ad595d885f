/**
 * The two pictures of README: what needs somebody, at a desk and in the hand. Small enough to be kept with the sources, in
 * `tests/browser/pictures`, by whoever has looked at them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { page } from "../pages";
import { play, sleep, type Stage } from "../script";
import { visit, type Reader } from "../visit";

const LARGEST_KB = 160;
const PICTURES: Readonly<Record<string, Reader>> = {
  desk: { size: "1280x800", language: "en", scheme: "light", name: "Chen Jing" },
  phone: { size: "390x844", language: "zh-CN", scheme: "dark", name: "陈静" },
};

await play(async (stage) => {
  await postsAreInHand(stage);
  for (const [name, reader] of Object.entries(PICTURES)) {
    const { devtools, context, open } = await visit(stage, reader);
    await open(page("now"));
    await sleep(1_000);
    const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    const picture = Buffer.from(data, "base64");
    writeFileSync(join(stage.pictures, `${name}.webp`), picture);
    const kB = picture.length / 1000;
    stage.expect(`${name}.webp is small enough to keep`, kB <= LARGEST_KB, `${Math.round(kB)} kB`);
    await context.close();
  }
});

/** Somebody has seen to the posts that nobody stands at, as on any morning: the rest of the day comes to the fore. */
async function postsAreInHand({ gateway }: Stage): Promise<void> {
  const { alerts } = (await (await fetch(`${gateway}/api/v1/alerts?state=open`)).json()) as { alerts: { id: string; rule: string; state: string }[] };
  for (const { id, rule, state } of alerts) {
    if (rule !== "post_unmanned" || state !== "firing") continue;
    const body = JSON.stringify({ by: "陈静" });
    await fetch(`${gateway}/api/v1/alerts/${id}/acknowledge`, { method: "POST", headers: { "content-type": "application/json" }, body });
  }
}
