/** A small venue for the tests: every test changes only what it is about. */
import { begin, type Present } from "../src/state/apply";
import type { Alert, Entry, EntryKind, Overview, Room, Vehicle, Visit } from "../src/wire/types";

export const NOW = Date.parse("2026-11-23T02:17:20Z");
export const at = (clock: string): string => `2026-11-23T${clock}:00Z`;

export function visit(code: string, more: Partial<Visit> = {}): Visit {
  return {
    code,
    name: null,
    tier: "guest",
    organisation: null,
    expected_at: at("02:00"),
    place: null,
    host: null,
    host_contact: null,
    needs: [],
    vehicle: null,
    arrived_at: null,
    waits_since: null,
    received_at: null,
    late_by_s: 0,
    state: "expected",
    ...more,
  };
}

export function vehicle(id: string, more: Partial<Vehicle> = {}): Vehicle {
  return {
    id,
    name: null,
    state: "moving",
    lat: 31.2,
    lon: 121.4,
    speed_kmh: 30,
    course: 90,
    fix_at: at("02:17"),
    since: at("02:00"),
    heard_at: at("02:17"),
    no_fix_since: null,
    ...more,
  };
}

export function room(id: string, more: Partial<Room> = {}): Room {
  return { id, name: null, capacity: null, reading_at: at("02:16"), state: "ok", temperature: 22.5, ...more };
}

export function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: "late_arrival",
    subject: "guest/G-1",
    severity: "warning",
    state: "firing",
    pending_at: at("02:00"),
    fired_at: at("02:10"),
    acknowledged_at: null,
    acknowledged_by: null,
    resolved_at: null,
    resolution: null,
    values: {},
    notes: [],
    ...more,
  };
}

export function overview(more: Partial<Overview> = {}): Overview {
  return {
    seq: 100,
    epoch: "k3f9",
    now: new Date(NOW).toISOString(),
    clock: { trusted: true, source: "ntp", reason: null },
    site: { id: "venue-1", name: "Venue", time_zone: "Asia/Shanghai", language: "zh-CN" },
    guests: { expected: 2, arrived: 0, late: 0, cancelled: 0, left: 0 },
    visits: [visit("G-1"), visit("G-2")],
    vehicles: [vehicle("car-1")],
    rooms: [room("lobby")],
    alerts: [],
    devices: [{ id: "kiosk/K01", state: "online", heard_at: at("02:10"), since: null, reason: null, received: 5, rejected: 0 }],
    upstream: { state: "off", backlog: 0, acknowledged_seq: null, parked: 0, since: null, offline_since: null, rate_per_s: null, eta_s: null, reason: null },
    notifiers: [],
    storage: { state: "ok", reason: null },
    ...more,
  };
}

export function present(more: Partial<Overview> = {}): Present {
  return begin(overview(more), null);
}

export function entry(seq: number, kind: EntryKind, body: object, more: Partial<Entry> = {}): Entry {
  return {
    seq,
    kind,
    subject: null,
    device: null,
    observed_at: null,
    received_at: at("02:18"),
    body: body as Record<string, unknown>,
    hash: "",
    ...more,
  };
}
