/**
 * Keeps one stream of journal entries open, whatever happens to network, gateway or device: says when it is live and
 * when it is not. Does not interpret entries: see `state/apply.ts`.
 */
import { elapsedSince, type Here } from "../state/server-clock";
import { ENTRY_KINDS, type Entry, type Notifier, type Overview, type Stamp, type Storage, type Upstream } from "./types";

/** The gateway speaks every second. Silence for longer than this is a lost stream: with the look below, said within 5 s. */
export const SILENT_AFTER_MS = 3_900;
const LOOK_EVERY_MS = 500;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 10_000;
/** `EventSource.CLOSED`, which only browsers have. */
const CLOSED = 2;

export interface Listener {
  /** The stream is open: entries from here on are heard. */
  opened(): void;
  lost(): void;
  entry(entry: Entry): void;
  reset(overview: Overview): void;
  upstream(upstream: Upstream): void;
  notifiers(notifiers: Notifier[]): void;
  tick(now: Stamp, storage: Storage): void;
}

export interface Link {
  /** Looks at once whether the stream still lives: after sleep, or when the network is back. */
  look(): void;
  close(): void;
}

/** The parts of the browser this needs, so that a test can stand in for them. */
export interface Surroundings {
  open(url: string): EventSource;
  here(): Here;
  chance(): number;
}

export const browser: Surroundings = {
  open: (url) => new EventSource(url),
  here: () => ({ steady: performance.now(), wall: Date.now() }),
  chance: Math.random,
};

/** Full jitter over a doubling ceiling: many screens do not come back in the same instant. */
export function retryDelay(attempt: number, chance: number): number {
  const ceiling = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt);
  return RETRY_FIRST_MS / 2 + chance * (ceiling - RETRY_FIRST_MS / 2);
}

export function listen(url: string, listener: Listener, around: Surroundings = browser): Link {
  let source: EventSource | null = null;
  let heard = around.here();
  let open = false;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | null = null;

  const alive = (): void => {
    heard = around.here();
    attempt = 0;
    if (!open) {
      open = true;
      listener.opened();
    }
  };

  const lose = (): void => {
    if (!open) return;
    open = false;
    listener.lost();
  };

  const drop = (): void => {
    source?.close();
    source = null;
    lose();
  };

  const again = (): void => {
    drop();
    if (retry !== null) return;
    retry = setTimeout(connect, retryDelay(attempt, around.chance()));
    attempt += 1;
  };

  const on = (from: EventSource, name: string, then: (data: string) => void): void => {
    from.addEventListener(name, (event) => {
      if (from !== source) return;
      alive();
      then((event as MessageEvent<string>).data);
    });
  };

  const connect = (): void => {
    if (retry !== null) clearTimeout(retry);
    retry = null;
    source?.close();
    heard = around.here();
    const opening = around.open(url);
    source = opening;
    opening.onopen = () => {
      if (opening === source) alive();
    };
    // The browser reconnects by itself and resumes after the last entry it had, but gives up for good on some
    // answers (a proxy's 502): then we begin anew.
    opening.onerror = () => {
      if (opening !== source) return;
      if (opening.readyState === CLOSED) again();
      else lose();
    };
    for (const kind of ENTRY_KINDS) on(opening, kind, (data) => listener.entry(JSON.parse(data) as Entry));
    on(opening, "reset", (data) => listener.reset(JSON.parse(data) as Overview));
    on(opening, "upstream", (data) => listener.upstream(JSON.parse(data) as Upstream));
    on(opening, "notifiers", (data) => listener.notifiers(JSON.parse(data) as Notifier[]));
    on(opening, "tick", (data) => {
      const { now, storage } = JSON.parse(data) as { now: Stamp; storage: Storage };
      listener.tick(now, storage);
    });
  };

  const look = (): void => {
    if (source === null || elapsedSince(heard, around.here()) <= SILENT_AFTER_MS) return;
    drop();
    connect();
  };

  connect();
  const looking = setInterval(look, LOOK_EVERY_MS);
  return {
    look: () => {
      if (source === null && retry !== null) connect();
      else look();
    },
    close: () => {
      clearInterval(looking);
      if (retry !== null) clearTimeout(retry);
      drop();
    },
  };
}
