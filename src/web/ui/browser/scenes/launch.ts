/** The one browser that all scenes share: told where it is in one line, and ended when the test that started it ends. */
import { chromium } from "playwright-core";

const program = process.env["PORTICO_CHROMIUM"];
const server = await chromium.launchServer({
  ...(program === undefined ? {} : { executablePath: program }),
  headless: true,
  args: [
    // Chromium's own sandbox refuses root, which is who runs tests in a container; the pages are our own.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
  ],
});
process.stdout.write(`${server.wsEndpoint()}\n`);
process.stdin.on("end", () => void server.close().then(() => process.exit(0)));
process.stdin.resume();
