/**
 * Brings a picture of the present forward by one journal entry, where that is simple and exact; what the gateway
 * derives (counts, what counts as moving, a room's state) is left to the next overview. Pure: no clock, no network.
 */
import type {
  Alert,
  Device,
  DeviceState,
  Entry,
  GuestCounts,
  Overview,
  Room,
  Stamp,
  Vehicle,
  Visit,
  VisitState,
} from "../wire/types";

/** What the page shows. The same object in means the same object out when nothing changed. */
export interface Present extends Overview {
  /** Alerts that ended while the page was open, newest first. */
  resolved: Alert[];
}

/** Older ones are in the ledger; the page keeps only what somebody may still ask about. */
export const RESOLVED_KEPT = 12;

/** The gateway's own limits decide; these only tell when it is worth asking it again. */
const STANDS_BELOW_KMH = 2.0;
const MOVES_ABOVE_KMH = 5.5;

export interface Applied {
  present: Present;
  /** True when the gateway has derived something from the entry that only an overview tells. */
  ask: boolean;
}

export function begin(overview: Overview, before: Present | null): Present {
  const open = new Set(overview.alerts.map((alert) => alert.id));
  const kept = before !== null && before.epoch === overview.epoch ? before.resolved : [];
  return { ...overview, resolved: kept.filter((alert) => !open.has(alert.id)) };
}

export function apply(present: Present, entry: Entry): Applied {
  if (entry.seq <= present.seq) return { present, ask: false };
  const next: Present = { ...present, seq: entry.seq, devices: heard(present.devices, entry) };
  switch (entry.kind) {
    case "scan":
      return scan(next, entry);
    case "position":
      return position(next, entry);
    case "reading":
      return reading(next, entry);
    case "alert":
      return { present: alertChange(next, entry.body as unknown as Alert), ask: true };
    case "device":
      return { present: { ...next, devices: deviceState(next.devices, entry) }, ask: true };
    case "rejected":
      return { present: next, ask: false };
    case "plan":
    case "command":
    case "incident":
    case "clock":
    case "gap":
      return { present: next, ask: true };
  }
}

/** An overview that was under way while newer entries came: those are applied to it again. */
export function catchUp(overview: Overview, before: Present | null, recent: readonly Entry[]): Present {
  let present = begin(overview, before);
  for (const entry of recent) present = apply(present, entry).present;
  return present;
}

/** Also for the answer to an acknowledgement, which may come before or after its entry on the stream. */
export function alertChange(present: Present, change: Alert): Present {
  const rest = present.alerts.filter((alert) => alert.id !== change.id);
  if (change.state === "resolved") {
    const resolved = [change, ...present.resolved.filter((alert) => alert.id !== change.id)];
    return { ...present, alerts: rest, resolved: resolved.slice(0, RESOLVED_KEPT) };
  }
  const known = rest.length < present.alerts.length;
  const alerts = known
    ? present.alerts.map((alert) => (alert.id === change.id ? change : alert))
    : [...present.alerts, change];
  return { ...present, alerts };
}

/** A guest was received: until the next overview tells it, too. */
export function received(present: Present, code: string, at: Stamp): Present {
  const visits = present.visits.map((visit) =>
    visit.code === code && visit.state === "arrived" ? { ...visit, waits_since: null, received_at: at } : visit,
  );
  return { ...present, visits };
}

/** A check-in by hand was taken back: the guest's visits as the gateway says they are, until the next overview. */
export function takenBack(present: Present, told: readonly Visit[]): Present {
  const guests: GuestCounts = { ...present.guests };
  const visits = present.visits.map((now) => {
    const was = told.find((one) => one.code === now.code && one.expected_at === now.expected_at);
    if (was === undefined) return now;
    if (now.arrived_at !== null && was.arrived_at === null) guests.arrived -= 1;
    if (now.state !== "late" && was.state === "late") guests.late += 1;
    if (now.state !== "left" && was.state === "left") guests.left += 1;
    return was;
  });
  return { ...present, visits, guests };
}

function scan(present: Present, entry: Entry): Applied {
  const { code, verdict, direction, late_by_s: lateBy } = entry.body;
  const at = entry.observed_at ?? entry.received_at;
  const state = stateAfter(verdict, direction);
  if (typeof code !== "string" || state === null) return { present, ask: true };
  return { present: scanned(present, code, state, at, lateBy), ask: true };
}

/** A guest came in: until the next overview tells it, too. */
export function checkedIn(present: Present, code: string, at: Stamp, lateBy: number): Present {
  return scanned(present, code, "arrived", at, lateBy);
}

function scanned(present: Present, code: string, state: VisitState, at: Stamp, lateBy: unknown): Present {
  const visits = present.visits.map((visit) => {
    if (visit.code !== code || visit.state === "cancelled") return visit;
    const first = visit.arrived_at === null && state === "arrived";
    return {
      ...visit,
      state,
      arrived_at: first ? at : visit.arrived_at,
      late_by_s: first && typeof lateBy === "number" ? lateBy : visit.late_by_s,
    };
  });
  return recount(present, visits);
}

/** The state of the visit after an admitted scan; null when the verdict leaves it as it was. */
function stateAfter(verdict: unknown, direction: unknown): VisitState | null {
  if (verdict === "left" || (verdict === "admit" && direction === "exit")) return "left";
  if (verdict === "admit" || verdict === "admit_again" || verdict === "needs_attention") return "arrived";
  return null;
}

/** Moves the counts by the difference the visits made, so that a gateway that counts otherwise stays right. */
function recount(present: Present, visits: Visit[]): Present {
  const guests: GuestCounts = { ...present.guests };
  visits.forEach((visit, at) => {
    const before = present.visits[at];
    if (before === undefined || before.state === visit.state) return;
    if (before.state === "late") guests.late -= 1;
    if (visit.state === "arrived" && before.arrived_at === null) guests.arrived += 1;
    if (visit.state === "left") guests.left += 1;
    if (before.state === "left") guests.left -= 1;
  });
  return { ...present, visits, guests };
}

function position(present: Present, entry: Entry): Applied {
  const id = subjectId(entry, "vehicle");
  if (id === null) return { present, ask: true };
  const { lat, lon, speed_kmh: speed, course, fix_at: fixAt } = entry.body;
  const before = present.vehicles.find((vehicle) => vehicle.id === id);
  if (before === undefined) return { present, ask: true };
  const after: Vehicle = {
    ...before,
    lat: number(lat) ?? before.lat,
    lon: number(lon) ?? before.lon,
    speed_kmh: number(speed),
    course: number(course) ?? before.course,
    fix_at: typeof fixAt === "string" ? fixAt : (entry.observed_at ?? entry.received_at),
    heard_at: entry.received_at,
    no_fix_since: null,
  };
  const vehicles = present.vehicles.map((vehicle) => (vehicle.id === id ? after : vehicle));
  return { present: { ...present, vehicles }, ask: mayHaveChangedState(before, after) };
}

function mayHaveChangedState(before: Vehicle, after: Vehicle): boolean {
  const speed = after.speed_kmh;
  switch (before.state) {
    case "moving":
      return speed !== null && speed < STANDS_BELOW_KMH;
    case "stationary":
      return speed !== null && speed > MOVES_ABOVE_KMH;
    case "stale":
    case "offline":
      return true;
  }
}

function reading(present: Present, entry: Entry): Applied {
  const { room: named, sensor: _sensor, ...metrics } = entry.body;
  const id = typeof named === "string" ? named : subjectId(entry, "room");
  const before = present.rooms.find((room) => room.id === id);
  if (id === null || before === undefined) return { present, ask: true };
  const after: Room = { ...before, reading_at: entry.received_at };
  for (const [metric, value] of Object.entries(metrics)) {
    if (typeof value === "number") after[metric] = value;
  }
  const rooms = present.rooms.map((room) => (room.id === id ? after : room));
  return { present: { ...present, rooms }, ask: before.state === "unknown" };
}

function heard(devices: Device[], entry: Entry): Device[] {
  const id = entry.device;
  if (id === null || !devices.some((device) => device.id === id)) return devices;
  const rejected = entry.kind === "rejected" ? 1 : 0;
  return devices.map((device) =>
    device.id === id
      ? {
          ...device,
          heard_at: entry.received_at,
          received: device.received + 1 - rejected,
          rejected: device.rejected + rejected,
        }
      : device,
  );
}

function deviceState(devices: Device[], entry: Entry): Device[] {
  const id = entry.subject ?? entry.device;
  const state = entry.body["state"];
  if (!isDeviceState(state)) return devices;
  const said = entry.body["reason"];
  const reason = typeof said === "string" ? said : null;
  return devices.map((device) => {
    if (device.id !== id) return device;
    return { ...device, state, reason, since: device.state === state ? device.since : entry.received_at };
  });
}

function isDeviceState(state: unknown): state is DeviceState {
  return (
    state === "online" || state === "offline" || state === "silent" || state === "unknown" || state === "no_fix"
  );
}

function subjectId(entry: Entry, kind: string): string | null {
  const prefix = `${kind}/`;
  return entry.subject !== null && entry.subject.startsWith(prefix) ? entry.subject.slice(prefix.length) : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
