import assert from "node:assert/strict";
import { test } from "node:test";
import { listen, retryDelay, SILENT_AFTER_MS, type Listener, type Surroundings } from "../src/wire/live";

/** What a browser's EventSource shows to the page, driven by hand. */
class Source {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  private readonly heard = new Map<string, (event: { data: string }) => void>();
  addEventListener(name: string, then: (event: { data: string }) => void): void {
    this.heard.set(name, then);
  }
  close(): void {
    this.readyState = 2;
  }
  say(name: string, data: unknown): void {
    this.heard.get(name)?.({ data: JSON.stringify(data) });
  }
}

function stage() {
  const sources: Source[] = [];
  const log: string[] = [];
  let ms = 0;
  const around: Surroundings = {
    open: () => {
      const source = new Source();
      sources.push(source);
      return source as unknown as EventSource;
    },
    here: () => ({ steady: ms, wall: ms }),
    chance: () => 0,
  };
  const listener: Listener = {
    opened: () => log.push("opened"),
    lost: () => log.push("lost"),
    entry: (entry) => log.push(`entry ${entry.seq}`),
    reset: () => log.push("reset"),
    upstream: () => log.push("upstream"),
    notifiers: () => log.push("notifiers"),
    tick: () => log.push("tick"),
  };
  const link = listen("/stream", listener, around);
  return { sources, log, link, pass: (by: number) => (ms += by), last: () => sources[sources.length - 1] as Source };
}

test("entries are handed on, and opening is said once", () => {
  const { last, log, link } = stage();
  last().onopen?.();
  last().say("scan", { seq: 7 });
  last().say("tick", { now: "x" });
  link.close();
  assert.deepEqual(log, ["opened", "entry 7", "tick", "lost"]);
});

test("silence is a lost stream: it is left and opened anew, also right after sleep", () => {
  const { sources, last, log, link, pass } = stage();
  last().onopen?.();
  pass(SILENT_AFTER_MS);
  link.look();
  assert.deepEqual([log, sources.length], [["opened"], 1]);
  pass(3_600_000);
  link.look();
  assert.deepEqual([log, sources.length, sources[0]?.readyState], [["opened", "lost"], 2, 2]);
  last().onopen?.();
  assert.deepEqual(log, ["opened", "lost", "opened"]);
  link.close();
});

test("a stream the browser reconnects itself is left to it, so that it resumes where it was", () => {
  const { sources, last, log, link } = stage();
  last().onopen?.();
  last().onerror?.();
  assert.deepEqual([log, sources.length], [["opened", "lost"], 1]);
  last().say("reading", { seq: 8 });
  assert.deepEqual(log, ["opened", "lost", "opened", "entry 8"]);
  link.close();
});

test("a stream the browser has given up is opened again, at once when the network is back", () => {
  const { sources, last, log, link } = stage();
  last().onopen?.();
  last().readyState = 2;
  last().onerror?.();
  assert.equal(sources.length, 1);
  link.look();
  assert.equal(sources.length, 2);
  sources[0]?.say("scan", { seq: 9 });
  assert.deepEqual(log, ["opened", "lost"], "what an old stream still says is not heard");
  link.close();
});

test("waits grow to a bound and differ between screens", () => {
  assert.deepEqual([0, 1, 2, 9].map((attempt) => retryDelay(attempt, 1)), [1_000, 2_000, 4_000, 10_000]);
  assert.deepEqual([0, 9].map((attempt) => retryDelay(attempt, 0)), [500, 500]);
});
