/**
 * How rooms were, as the gateway tells it, carried on by the readings that this page hears. Asked anew now and then, and
 * when the page is live again: a mean that was put together here is a guess. Draws nothing.
 */
import { computed, effect, signal, untracked, type ReadonlySignal } from "@preact/signals";
import type { Refusal } from "../wire/api";
import { roomAlerts, roomHistory, roomsHistory } from "../wire/rooms";
import type { Alert, Entry } from "../wire/types";
import { dayAfter, dayStart } from "../view/axis";
import { MAIN_METRICS } from "../view/rooms";
import { put, type Slots } from "../view/slots";
import { moment } from "../view/time";
import type { Stretched } from "../view/room-day";
import { heardUntil, live, now, readings, zone } from "./store";

/** The last hour of every room, by the minute. */
export const HOUR_S = 3_600;
const HOUR_STEP_S = 60;
const ASK_EVERY_MS = 30_000;
/** An alert that began the day before may still have run. */
const ALERTS_BEFORE_DAYS = 1;

/**
 * Up to when this page knows how rooms are, in milliseconds since 1970: while it is not live, no longer than it heard the
 * gateway. What it missed since is no silence of a sensor.
 */
export const knownUntil = computed(() => (live.value ? now.value : (heardUntil.value ?? now.value)));

export interface Hours {
  rooms: ReadonlyMap<string, Slots>;
}

const hours = signal<Hours | null>(null);
export const lastHours: ReadonlySignal<Hours | null> = hours;

/** Keeps the last hours while a page shows them; what is returned ends it. */
export function keepHours(): () => void {
  const ask = async (): Promise<void> => {
    const to = (Math.floor(now.peek() / 1000 / HOUR_STEP_S) + 1) * HOUR_STEP_S;
    const answer = await roomsHistory({ from: to - HOUR_S, to, step: HOUR_STEP_S }, MAIN_METRICS);
    // A tile without its line is a tile all the same: a refusal is no news here.
    if (!answer.ok) return;
    const { from, step_s: step, rooms: told } = answer.value;
    const begin = (moment(from) ?? 0) / 1000;
    const read = Object.entries(told).map(([id, metrics]): [string, Slots] => {
      const columns = Object.fromEntries(Object.entries(metrics).map(([metric, mean]) => [metric, { mean }]));
      return [id, { step, from: begin, columns }];
    });
    hours.value = { rooms: new Map(read) };
  };
  const hear = (reading: Reading): void => {
    const before = hours.peek();
    const slots = before?.rooms.get(reading.room);
    if (before === null || slots === undefined) return;
    hours.value = { rooms: new Map(before.rooms).set(reading.room, withReading(slots, reading, MAIN_METRICS)) };
  };
  return keep(ask, hear);
}

export interface Told {
  /** What was asked for, so that one stretch is not taken for another. */
  key: string;
  slots: Slots;
  /** Those of the room itself, open or not, in and shortly before the stretch. */
  alerts: Alert[];
}

/** How one room was; `refusal` says why nothing newer could be read. */
export const told = signal<Told | null>(null);
export const refusal = signal<Refusal | null>(null);

export function keyOf(room: string, { span, day, isLive }: Stretched): string {
  return JSON.stringify([room, span, isLive ? "" : day]);
}

/** Keeps one room's stretch while a page shows it; what is returned ends it. */
export function keepRoom(room: string, stretch: () => Stretched): () => void {
  let isOver = false;
  refusal.value = null;
  const ask = async (): Promise<void> => {
    const asked = stretch();
    const since = dayStart(dayAfter(asked.day, -ALERTS_BEFORE_DAYS), zone.peek()) ?? asked.from;
    const [history, alerts] = await Promise.all([roomHistory(room, asked), roomAlerts(room, Math.min(since, asked.from), asked.to)]);
    if (isOver) return;
    refusal.value = history.ok ? null : history.refusal;
    if (!history.ok) return;
    const { from, step_s: step, metrics } = history.value;
    const key = keyOf(room, asked);
    const before = told.peek();
    const kept = before?.key === key ? before.alerts : [];
    told.value = { key, slots: { step, from: (moment(from) ?? 0) / 1000, columns: metrics }, alerts: alerts.ok ? alerts.value.alerts : kept };
  };
  const hear = (reading: Reading): void => {
    const before = told.peek();
    if (reading.room !== room || before === null || !stretch().isLive || before.key !== keyOf(room, stretch())) return;
    told.value = { ...before, slots: withReading(before.slots, reading, Object.keys(before.slots.columns)) };
  };
  const end = keep(ask, hear);
  return () => {
    isOver = true;
    end();
  };
}

interface Reading {
  room: string;
  at: number;
  values: Readonly<Record<string, unknown>>;
}

function readingOf({ subject, body, received_at }: Entry): Reading[] {
  const room = body["room"] ?? subject?.replace(/^room\//, "");
  const at = moment(received_at);
  return typeof room === "string" && at !== null ? [{ room, at: at / 1000, values: body }] : [];
}

function withReading(slots: Slots, { at, values }: Reading, metrics: readonly string[]): Slots {
  return metrics.reduce((made, metric) => {
    const value = values[metric];
    return typeof value === "number" ? put(made, metric, at, value) : made;
  }, slots);
}

/** Asks at once, again and again, and when live anew; hears every reading between. */
function keep(ask: () => Promise<void>, hear: (reading: Reading) => void): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible" && live.peek()) void ask();
  }, ASK_EVERY_MS);
  const endAsking = effect(() => {
    if (live.value) untracked(() => void ask());
  });
  // What was heard before is in the answer that was just asked for.
  let isFirst = true;
  const endHearing = effect(() => {
    const heard = readings.value.flatMap(readingOf);
    if (!isFirst) untracked(() => heard.forEach(hear));
    isFirst = false;
  });
  return () => {
    clearInterval(timer);
    endAsking();
    endHearing();
  };
}
