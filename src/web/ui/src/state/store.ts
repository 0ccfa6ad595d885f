/**
 * The page's state as signals, and the only place that changes it: what the gateway said, how long ago, and what a
 * person has just done here. Draws nothing.
 */
import { batch, computed, signal } from "@preact/signals";
import * as api from "../wire/api";
import { browser, listen, type Link } from "../wire/live";
import type { Alert, Entry, Overview, Stamp } from "../wire/types";
import { withOrders, type OnItsWay } from "../view/alerts";
import { alertChange, apply, begin, catchUp, type Present } from "./apply";
import { at, elapsedSince, hear, type Here, type ServerClock } from "./server-clock";
import { extend, type Trails } from "./trails";

/** Derived states are asked for at most this often while entries come. */
const ASK_EVERY_MS = 3_000;
/** Silence has no entry: what became stale by it is found by asking now and then. */
const ASK_ANYWAY_MS = 30_000;
/** Enough for the entries of one slow overview; if more came, the next overview mends it. */
const RECENT_KEPT = 2_000;
/** Entries are gathered for so long and drawn together: a burst of hundreds costs one drawing, not hundreds. */
const GATHER_MS = 150;
/** So many orders are on their way at one time: the gateway keeps each before it answers. */
const ORDER_LANES = 5;

export const present = signal<Present | null>(null);
export const live = signal(false);
/** The first connection has been tried and there was no answer. */
export const unreachable = signal(false);
export const trails = signal<Trails>(new Map());
/** What rooms have just reported, as often as the page is drawn: for whoever carries a chart on. */
export const readings = signal<readonly Entry[]>([]);
/** Ticks each second: whatever shows an age reads it. */
const beat = signal<Here>(browser.here());
const serverClock = signal<ServerClock | null>(null);
const lastHeard = signal<Here>(browser.here());

/** The gateway's time, in milliseconds since 1970. */
export const now = computed(() => (serverClock.value === null ? Date.now() : at(serverClock.value, beat.value)));
/** To two figures: more would be the network's jitter. */
export const rate = computed(() => Number((serverClock.value?.rate ?? 1).toPrecision(2)));
/** Real seconds since the gateway was last heard, and its time then. */
export const silentFor = computed(() => Math.round(elapsedSince(lastHeard.value, beat.value) / 1000));
export const heardUntil = computed(() =>
  serverClock.value === null ? null : at(serverClock.value, lastHeard.value),
);

/** Acknowledgements, and takings back, on their way: by alert id. Laid over what the gateway says. */
export const acknowledging = signal<ReadonlyMap<string, OnItsWay>>(new Map());
/** Why an acknowledgement was taken back: alert id to the gateway's reason. */
export const refusals = signal<ReadonlyMap<string, api.Refusal>>(new Map());

/** Slices: a panel that reads one is drawn again only when that one changed. */
export const visits = computed(() => present.value?.visits ?? []);
export const vehicles = computed(() => present.value?.vehicles ?? []);
export const rooms = computed(() => present.value?.rooms ?? []);
export const devices = computed(() => present.value?.devices ?? []);
export const resolved = computed(() => present.value?.resolved ?? []);
export const alerts = computed(() => withOrders(present.value?.alerts ?? [], acknowledging.value));
export const zone = computed(() => present.value?.site.time_zone ?? "UTC");

let recent: Entry[] = [];
let gathered: Entry[] = [];
let gathering: ReturnType<typeof setTimeout> | null = null;
let asking = false;
/** Something came while an overview was under way: what it derives is not in it. */
let askAgain = false;
let asked = 0;
let askTimer: ReturnType<typeof setTimeout> | null = null;
let link: Link | null = null;

export function start(): void {
  setInterval(() => (beat.value = browser.here()), 1_000);
  setInterval(() => void askNow(), ASK_ANYWAY_MS);
  link = listen("/api/v1/stream", {
    opened: () => {
      heardNow();
      live.value = true;
      void askNow();
    },
    lost: () => (live.value = false),
    entry: take,
    reset: (overview) => {
      gathered = [];
      recent = [];
      settle(overview);
    },
    upstream: (upstream) => {
      heardNow();
      if (present.value !== null) present.value = { ...present.value, upstream };
    },
    notifiers: (notifiers) => {
      heardNow();
      if (present.value !== null) present.value = { ...present.value, notifiers };
    },
    tick: (now, storage) => {
      hearTime(now);
      if (present.value !== null && present.value.storage.reason !== storage.reason) {
        present.value = { ...present.value, storage };
      }
    },
  });
  // Before the stream has opened, or if it cannot: the overview alone is better than nothing.
  void askNow();
  const look = (): void => {
    beat.value = browser.here();
    link?.look();
  };
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  window.addEventListener("online", look);
  window.addEventListener("pageshow", look);
}

/** Takes alerts on, shown at once; the gateway's reason for each that it does not take. */
export async function acknowledge(ids: readonly string[], by: string): Promise<ReadonlyMap<string, api.Refusal>> {
  refusals.value = without(refusals.value, ids);
  const refused = await orderAll(ids, { by, at: now.peek() }, { action: "acknowledge", by });
  refusals.value = new Map([...refusals.value, ...refused]);
  return refused;
}

/** Takes acknowledgements back, shown at once; the gateway's reason for each that it does not take back. */
export function unacknowledge(ids: readonly string[], by: string): Promise<ReadonlyMap<string, api.Refusal>> {
  return orderAll(ids, "taken_back", { action: "unacknowledge", by });
}

async function orderAll(ids: readonly string[], shown: OnItsWay, said: api.Order): Promise<ReadonlyMap<string, api.Refusal>> {
  acknowledging.value = new Map([...acknowledging.value, ...ids.map((id) => [id, shown] as const)]);
  const refused = new Map<string, api.Refusal>();
  const left = [...ids];
  let settled: [id: string, answer: api.Answer<Alert>][] = [];
  let settling: ReturnType<typeof setTimeout> | null = null;
  // Hundreds of answers are drawn together, as entries are.
  const settle = (): void => {
    if (settling !== null) clearTimeout(settling);
    settling = null;
    const some = settled;
    settled = [];
    batch(() => {
      for (const [, answer] of some) if (answer.ok) learnOf(answer.value);
      acknowledging.value = without(acknowledging.value, some.map(([id]) => id));
    });
  };
  const lane = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const answer = await api.order(id, said);
      if (!answer.ok) refused.set(id, answer.refusal);
      settled.push([id, answer]);
      settling ??= setTimeout(settle, GATHER_MS);
    }
  };
  await Promise.all(Array.from({ length: ORDER_LANES }, lane));
  settle();
  return refused;
}

/** Does something to an alert; the gateway's reason where it does not take it. */
export async function order(id: string, said: api.Order): Promise<api.Refusal | null> {
  const answer = await api.order(id, said);
  if (!answer.ok) return answer.refusal;
  learnOf(answer.value);
  return null;
}

function learnOf(answer: Alert): void {
  const shown = present.peek();
  // It may have been resolved meanwhile: an answer does not bring it back. On what is resolved more may be written.
  const isOver = answer.state === "resolved";
  if (shown !== null && (isOver || shown.alerts.some((alert) => alert.id === answer.id))) {
    present.value = alertChange(shown, answer);
  }
}

/** Asks for help; the gateway's reason where it does not take it. What comes of it is told on the stream. */
export async function callForHelp(room: string, incident: string, by: string): Promise<api.Refusal | null> {
  const answer = await api.incident(room, incident, by);
  return answer.ok ? null : answer.refusal;
}

/** Says that the gateway's time is right, or that this device's is; the gateway's reason where it does not agree. */
export async function trustClock(by: string, device: boolean): Promise<api.Refusal | null> {
  const answer = await api.trustClock(by, device ? new Date().toISOString() : null);
  if (!answer.ok) return answer.refusal;
  if (present.value !== null) present.value = { ...present.value, clock: answer.value.clock };
  serverClock.value = null;
  hearTime(answer.value.now);
  return null;
}

function take(entry: Entry): void {
  gathered.push(entry);
  gathering ??= setTimeout(draw, GATHER_MS);
}

/** Brings the picture forward by all that was gathered, as one change. */
function draw(): void {
  if (gathering !== null) clearTimeout(gathering);
  gathering = null;
  const entries = gathered;
  gathered = [];
  if (entries.length === 0) return;
  recent = [...recent, ...entries].slice(-RECENT_KEPT);
  batch(() => {
    heardNow();
    let shown = present.value;
    let ask = false;
    readings.value = entries.filter((entry) => entry.kind === "reading");
    for (const entry of entries) {
      if (entry.kind === "position") trail(entry);
      // What was said before a step of the gateway's time says nothing about how fast its time runs.
      if (entry.kind === "clock" && entry.body["stepped_ms"] !== 0) {
        serverClock.value = null;
        hearTime(entry.received_at);
      }
      if (shown === null) continue;
      const applied = apply(shown, entry);
      shown = applied.present;
      ask ||= applied.ask;
    }
    present.value = shown;
    if (ask) askSoon();
  });
}

function trail(entry: Entry): void {
  const { lat, lon } = entry.body;
  const when = Date.parse(entry.received_at);
  if (typeof lat !== "number" || typeof lon !== "number" || entry.subject === null) return;
  trails.value = extend(trails.value, entry.subject.replace(/^vehicle\//, ""), { lat, lon, at: when });
}

function askSoon(): void {
  if (asking) askAgain = true;
  if (askTimer !== null || asking) return;
  const wait = Math.max(0, asked + ASK_EVERY_MS - Date.now());
  askTimer = setTimeout(() => void askNow(), Math.min(wait, ASK_EVERY_MS));
}

async function askNow(): Promise<void> {
  if (askTimer !== null) clearTimeout(askTimer);
  askTimer = null;
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  askAgain = false;
  asked = Date.now();
  const answer = await api.overview();
  asking = false;
  if (answer.ok) settle(answer.value);
  else unreachable.value = present.value === null;
  if (askAgain) askSoon();
}

function settle(overview: Overview): void {
  draw();
  const before = present.value;
  if (before !== null && before.epoch !== overview.epoch) {
    recent = [];
    trails.value = new Map();
  }
  present.value = recent.length === 0 ? begin(overview, before) : catchUp(overview, before, recent);
  recent = recent.filter((entry) => entry.seq > overview.seq);
  unreachable.value = false;
  hearTime(overview.now);
}

function hearTime(said: Stamp): void {
  heardNow();
  const said_ms = Date.parse(said);
  if (Number.isFinite(said_ms)) serverClock.value = hear(serverClock.value, said_ms, browser.here());
}

function heardNow(): void {
  lastHeard.value = browser.here();
}

function without<V>(map: ReadonlyMap<string, V>, keys: readonly string[]): ReadonlyMap<string, V> {
  if (!keys.some((key) => map.has(key))) return map;
  const rest = new Map(map);
  for (const key of keys) rest.delete(key);
  return rest;
}
