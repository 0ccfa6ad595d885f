/**
 * What the pages of rooms ask for: how a room was, how all were, and which alerts there were.
 */
import { ask, OVERVIEW_TIMEOUT_MS, type Answer } from "./api";
import type { Alert, Stamp } from "./types";

/** One a step from `from`; null where nothing came. */
export type Steps = (number | null)[];

/** `/api/v1/rooms/{id}/history` */
export interface RoomHistory {
  room: string;
  from: Stamp;
  to: Stamp;
  step_s: number;
  metrics: Record<string, { low: Steps; mean: Steps; high: Steps }>;
}

/** `/api/v1/rooms/history`: the means. */
export interface RoomsHistory {
  from: Stamp;
  to: Stamp;
  step_s: number;
  rooms: Record<string, Record<string, Steps>>;
}

/** Seconds since 1970; a step is whole minutes. */
export interface Stretch {
  from: number;
  to: number;
  step: number;
}

export function roomHistory(id: string, stretch: Stretch): Promise<Answer<RoomHistory>> {
  return get(`/api/v1/rooms/${encodeURIComponent(id)}/history?${said(stretch)}`);
}

export function roomsHistory(stretch: Stretch, metrics: readonly string[]): Promise<Answer<RoomsHistory>> {
  return get(`/api/v1/rooms/history?metric=${metrics.join(",")}&${said(stretch)}`);
}

/** Those of a room itself that began in a stretch, open or not. */
export function roomAlerts(id: string, from: number, to: number): Promise<Answer<{ alerts: Alert[] }>> {
  const asked = new URLSearchParams({ state: "all", subject: `room/${id}`, from: stamp(from), to: stamp(to) });
  return get(`/api/v1/alerts?${asked.toString()}`);
}

function get<T>(path: string): Promise<Answer<T>> {
  return ask<T>(path, { cache: "no-store" }, OVERVIEW_TIMEOUT_MS);
}

function said({ from, to, step }: Stretch): string {
  return new URLSearchParams({ from: stamp(from), to: stamp(to), step: `${step / 60}m` }).toString();
}

function stamp(seconds: number): Stamp {
  return new Date(seconds * 1000).toISOString();
}
