import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { newestOf } from "../src/wire/devices";
import type { Entry, JournalPage } from "../src/wire/types";
import { entry } from "./sample";

const real = globalThis.fetch;
afterEach(() => (globalThis.fetch = real));

/** Answers from pages in turn, and keeps what was asked. */
function gateway(pages: JournalPage[]): string[] {
  const asked: string[] = [];
  globalThis.fetch = ((path: string) => {
    asked.push(decodeURIComponent(path));
    return Promise.resolve(new Response(JSON.stringify(pages[asked.length - 1] ?? { entries: [], next: 0 })));
  }) as typeof fetch;
  return asked;
}

const of = (seq: number, device = "kiosk/K01"): Entry => entry(seq, "rejected", {}, { device });
const seqs = (answer: Awaited<ReturnType<typeof newestOf>>): number[] => (answer.ok ? answer.value.map((one) => one.seq) : []);

test("a short page is not the last: it is asked further back until there is enough or nothing", async () => {
  const asked = gateway([{ entries: [of(90)], next: 50 }, { entries: [], next: 20 }, { entries: [of(12), of(9)], next: 9 }]);
  assert.deepEqual(seqs(await newestOf("kiosk/K01", "rejected", 3)), [90, 12, 9]);
  assert.deepEqual(asked, [
    "/api/v1/journal?device=kiosk/K01&order=newest&limit=3&kind=rejected",
    "/api/v1/journal?device=kiosk/K01&order=newest&limit=2&kind=rejected&before=50",
    "/api/v1/journal?device=kiosk/K01&order=newest&limit=2&kind=rejected&before=20",
  ]);
});

test("it ends at the beginning, with a gateway that looks at no device, and after so many questions", async () => {
  assert.equal((gateway([{ entries: [of(4)], next: 0 }]), seqs(await newestOf("kiosk/K01", null, 9))).length, 1);
  const older = gateway([{ entries: [of(1, "kiosk/K02"), of(2)], next: 2 }]);
  await newestOf("kiosk/K01", null, 9);
  assert.equal(older.length, 1);
  const endless = gateway(Array.from({ length: 50 }, (_, n) => ({ entries: [], next: 1_000 - n })));
  await newestOf("kiosk/K01", null, 9);
  assert.equal(endless.length, 6);
  const stuck = gateway(Array.from({ length: 50 }, () => ({ entries: [], next: 7 })));
  await newestOf("kiosk/K01", null, 9);
  assert.equal(stuck.length, 2);
});
