/**
 * The machine and the program themselves (`/api/v1/system`).
 */
import { ask, type Answer } from "./api";
import type { DeviceState, Stamp } from "./types";

export interface Backup {
  enabled: boolean;
  last_at: Stamp | null;
  file: string | null;
  error: string | null;
  next_at: Stamp | null;
  /** Null where nobody looks after it, or none was due yet. */
  ok: boolean | null;
}

export interface Source {
  link: string;
  state: DeviceState | null;
  since: Stamp | null;
  reason: string | null;
  heard: number;
  rejected: number;
}

export interface System {
  version: string;
  started_at: Stamp;
  /** Seconds, as the machine counts them. */
  uptime_s: number;
  host: { os: string; arch: string };
  journal: { entries: number; bytes: number; file_bytes: number; oldest_at: Stamp | null; newest_seq: number; schema: number };
  /** Null where the disk does not say. */
  disk: { free_bytes: number; total_bytes: number; low: boolean; free_min_bytes: number } | null;
  retention: {
    budget_bytes: number;
    retention_days: number;
    personal_data_days: number;
    given_up: number;
    given_up_for_age: number;
    given_up_for_room: number;
  };
  backup: Backup;
  backlog: number | null;
  memory_bytes: number | null;
  sources: Source[];
}

export function system(): Promise<Answer<System>> {
  return ask("/api/v1/system");
}
