/**
 * One scene: a script that drives the browser and tells what it saw. It finds the browser and the gateway in its
 * environment, asks the test that started it for what only that can do (send a scan, kill the gateway) in lines of
 * JSON on standard output, and says on standard error what is wrong, all of it and not only the first.
 */
import { createInterface } from "node:readline";
import { chromium, type Browser } from "playwright-core";

export interface Stage {
  browser: Browser;
  /** Where the gateway serves the dashboard, without a slash at the end. */
  gateway: string;
  /** Where pictures go. */
  pictures: string;
  /** Has the test do something, and gives its answer. */
  ask<T = unknown>(order: string, details?: Record<string, unknown>): Promise<T>;
  /** One thing that must hold; `seen` is told when it does not. */
  expect(name: string, holds: boolean, seen: string): void;
  /** A figure worth reading, whether anything is wrong or not. */
  tell(line: string): void;
}

export async function play(scene: (stage: Stage) => Promise<void>): Promise<void> {
  const answers: ((answer: string) => void)[] = [];
  createInterface({ input: process.stdin }).on("line", (line) => answers.shift()?.(line));
  const wrong: string[] = [];
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  let checked = 0;
  const browser = await chromium.connect(demanded("PORTICO_BROWSER"));
  const stage: Stage = {
    browser,
    gateway: demanded("PORTICO_GATEWAY"),
    pictures: demanded("PORTICO_PICTURES"),
    ask: (order, details = {}) =>
      new Promise((answered, failed) => {
        answers.push((line) => {
          const { error, ...answer } = JSON.parse(line) as { error?: string };
          if (error === undefined) answered(answer as never);
          else failed(new Error(`${order}: ${error}`));
        });
        process.stdout.write(`${JSON.stringify({ order, ...details })}\n`);
      }),
    expect: (name, holds, seen) => {
      checked += 1;
      if (!holds) wrong.push(`WRONG ${name}: ${seen}`);
    },
    tell,
  };
  try {
    await scene(stage);
  } catch (fault) {
    wrong.push(`BROKEN ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`);
  }
  for (const line of wrong) tell(line);
  tell(`${checked} checked, ${wrong.length} wrong`);
  // A browser that does not answer any more must not keep a scene from ending.
  await Promise.race([browser.close().catch(() => undefined), sleep(2_000)]);
  process.exit(wrong.length === 0 && checked > 0 ? 0 : 1);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((then) => setTimeout(then, ms));
}

/** Looks until `found` gives something; null where it does not within so long. */
export async function within<T>(ms: number, found: () => Promise<T | null | false>): Promise<T | null> {
  const until = performance.now() + ms;
  for (;;) {
    const some = await found();
    if (some !== null && some !== false) return some;
    if (performance.now() > until) return null;
    await sleep(50);
  }
}

function demanded(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: scenes are started by \`cargo test --test browser\``);
  return value;
}
