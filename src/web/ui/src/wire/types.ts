/**
 * What the gateway says, as it says it (`/api/v1/overview`, `/api/v1/stream`).
 * Shapes only: nothing here is computed, and no other file guesses at a field's name.
 */

/** An RFC 3339 time, such as `2026-11-23T02:17:20.412Z`. */
export type Stamp = string;

export type VisitState = "expected" | "late" | "arrived" | "left" | "cancelled";
export type Tier = "vip" | "guest" | "staff";
export type VehicleState = "moving" | "stationary" | "stale" | "offline";
export type RoomState = "ok" | "breach" | "alert" | "unknown";
export type DeviceState = "online" | "offline" | "silent" | "unknown" | "no_fix";
export type Severity = "info" | "warning" | "critical";
export type AlertState = "pending" | "firing" | "acknowledged" | "shelved" | "resolved";
export type UpstreamState = "off" | "connected" | "offline" | "catching_up" | "refused";
export type ClockSource = "ntp" | "gps" | "operator" | "system" | "none";

export interface ClockTrust {
  trusted: boolean;
  source: ClockSource;
  reason: string | null;
}

/** Whether what is reported can be kept. While it cannot, nothing is acknowledged. */
export interface Storage {
  state: "ok" | "failing";
  reason: string | null;
}

/** The answer to a word on the time. */
export interface ClockStanding {
  now: Stamp;
  clock: ClockTrust;
}

export interface Site {
  id: string;
  name: string;
  time_zone: string;
  language: string;
  /** Whether the operator has put a map file at `/tiles.pmtiles`. */
  tiles?: boolean;
}

export interface GuestCounts {
  /** All visits of the day that are not cancelled. */
  expected: number;
  arrived: number;
  late: number;
  cancelled: number;
  left: number;
}

export interface Visit {
  code: string;
  name: string | null;
  tier: Tier;
  organisation: string | null;
  expected_at: Stamp | null;
  place: string | null;
  host: string | null;
  host_contact: string | null;
  needs: string[];
  vehicle: string | null;
  arrived_at: Stamp | null;
  /** Since when the guest waits to be received; null where nobody does. */
  waits_since: Stamp | null;
  received_at: Stamp | null;
  late_by_s: number;
  state: VisitState;
  /** When the vehicle that brings the guest may be here, while it is on its way and seen. */
  eta?: Stamp | null;
  /** How far it is by its last position. */
  car_distance_m?: number | null;
}

/** Where a vehicle goes next by the plan: to fetch its guests, or with them. */
export interface NextStop {
  kind: "pickup" | "trip";
  guest: string | null;
  guests: string[];
  /** Of the first guest. */
  name: string | null;
  place: string | null;
  lat: number | null;
  lon: number | null;
  at: Stamp;
  /** Null where nobody knows where the vehicle is now. */
  eta: Stamp | null;
  distance_m: number | null;
  at_risk: boolean;
}

export interface Vehicle {
  id: string;
  name: string | null;
  state: VehicleState;
  lat: number | null;
  lon: number | null;
  speed_kmh: number | null;
  course: number | null;
  fix_at: Stamp | null;
  since: Stamp | null;
  heard_at: Stamp | null;
  no_fix_since: Stamp | null;
  /** Null where the plan says nothing, or while time is not trusted. */
  next?: NextStop | null;
  /** Those that hold its last position. */
  zones?: string[];
}

/** A side that is absent is not judged. */
export interface Limits {
  low?: number;
  high?: number;
}

/** `both`: too low by one sensor, too high by another. */
export type OffLimits = "low" | "high" | "both";

export interface Booking {
  from: Stamp;
  to: Stamp;
  title?: string;
}

/** Metrics (`temperature`, `humidity`, `co2`, `occupancy`, any other) stand beside these, absent when unknown. */
export interface Room {
  id: string;
  name: string | null;
  capacity: number | null;
  reading_at: Stamp | null;
  state: RoomState;
  /** By metric, its own over the rule's, also while it is not judged because nobody uses it. */
  limits?: Record<string, Limits>;
  /** The metrics that are out of them, until they are back inside by the rule's band. */
  over?: Record<string, OffLimits>;
  /** Null where no booking and nobody who counts says so or otherwise. */
  in_use?: boolean | null;
  /** The one that runs, or the next. */
  booking?: Booking | null;
  [metric: string]: string | number | boolean | null | undefined | Booking | Record<string, Limits | OffLimits>;
}

export interface AlertNote {
  at: Stamp;
  by: string;
  text: string;
}

/** The last time that an alert was put aside. */
export interface Shelf {
  at: Stamp;
  until: Stamp;
  by: string;
  reason: string;
  ended_at?: Stamp;
}

export const FINDINGS = ["cause", "handling", "result", "improvement"] as const;
export type Finding = (typeof FINDINGS)[number];
/** What was found out about an alert, and by whom. */
export type Findings = Partial<Record<Finding, AlertNote>>;

export interface Alert {
  id: string;
  rule: string;
  subject: string;
  severity: Severity;
  state: AlertState;
  pending_at: Stamp | null;
  fired_at: Stamp | null;
  acknowledged_at: Stamp | null;
  acknowledged_by: string | null;
  resolved_at: Stamp | null;
  resolution: string | null;
  shelf?: Shelf;
  findings?: Findings;
  values: Record<string, unknown>;
  notes: AlertNote[];
}

/** One move of an alert; no cause: time made it. */
export interface AlertMove {
  seq: number;
  at: Stamp;
  state: AlertState;
  cause: Entry | null;
}

/** What helped with another alert of its kind. */
export interface Suggestion {
  id: string;
  subject: string;
  resolved_at: Stamp | null;
  resolution: string | null;
  findings: Findings;
}

/** `/api/v1/alerts` */
export interface AlertList {
  /** Newest first. */
  alerts: Alert[];
  /** Ask with `after` this for those behind; absent at the end. */
  next?: string;
}

/** `/api/v1/alerts/{id}/evidence` */
export interface Evidence {
  entries: Entry[];
  /** There are more than these. */
  more: boolean;
}

/** `/api/v1/journal` */
export interface JournalPage {
  entries: Entry[];
  next: number | null;
}

/** `/api/v1/alerts/{id}` */
export interface AlertSheet extends Alert {
  history: AlertMove[];
  suggestions: Suggestion[];
}

export interface Device {
  id: string;
  state: DeviceState;
  heard_at: Stamp | null;
  since: Stamp | null;
  reason: string | null;
  received: number;
  rejected: number;
  /** Messages a minute of late; absent from a gateway that does not count it. */
  per_minute?: number | null;
  /** When and why something of it was last not understood; likewise. */
  last_rejected_at?: Stamp | null;
  last_reason?: string | null;
}

export interface Upstream {
  state: UpstreamState;
  backlog: number;
  acknowledged_seq: number | null;
  /** Entries it refused for good and that were passed by, ever. */
  parked: number;
  since: Stamp | null;
  /** Since when nothing gets through, whatever the reasons were since. */
  offline_since: Stamp | null;
  /** While it catches up: entries a second, and seconds until it has everything. */
  rate_per_s: number | null;
  eta_s: number | null;
  reason: string | null;
}

/** An entry that upstream refuses for good; the entry itself is gone where it was dropped since. */
export interface Parked {
  seq: number;
  lane: "urgent" | "bulk";
  reason: string;
  entry: Entry | null;
}

/** How often, by the gateway's word for a reason or a bound. */
export type ByWord = Record<string, number>;

/** One link: `heard` is the sum of all the rest. */
export interface LinkSums {
  link: string;
  heard: number;
  kept: number;
  duplicates: number;
  rejected: ByWord;
  nothing_to_keep: ByWord;
  thinned: number;
  dropped: ByWord;
  turned_away: ByWord;
  not_kept: number;
  in_flight: number;
}

/** One lane: `entries` is the sum of the four after it. */
export interface LaneSums {
  lane: string;
  entries: number;
  done_before: number;
  acknowledged: number;
  parked: number;
  backlog: number;
}

export interface Difference {
  line: "link" | "origin" | "journal" | "upstream";
  name: string;
  missing: number;
}

/** What became of everything since the gateway started. */
export interface Conservation {
  since: Stamp | null;
  adds_up: boolean;
  differences: Difference[];
  links: LinkSums[];
  entries: { committed: number; from_links: number; alert_changes: number; found_after_failure: number };
  upstream: LaneSums[];
  /** Copies of what is kept, given up on the way to somebody who listens. */
  given_up_outward: ByWord;
}

export type NotifierState = "untried" | "well" | "failing" | "refused";

/** Who is told of alerts, and how that goes. */
export interface Notifier {
  name: string;
  kind: string;
  state: NotifierState;
  reason: string | null;
  told_at: Stamp | null;
  told: number;
}

export interface Overview {
  seq: number;
  epoch: string;
  now: Stamp;
  clock: ClockTrust;
  site: Site;
  guests: GuestCounts;
  visits: Visit[];
  vehicles: Vehicle[];
  rooms: Room[];
  alerts: Alert[];
  devices: Device[];
  upstream: Upstream;
  notifiers: Notifier[];
  storage: Storage;
}

/** The kinds of incidents that everybody knows. A button may send any other word. */
export const INCIDENTS = ["medical", "security", "traffic", "equipment", "weather", "public_opinion"] as const;

export const ENTRY_KINDS = [
  "scan",
  "position",
  "reading",
  "device",
  "plan",
  "command",
  "alert",
  "incident",
  "rejected",
  "clock",
  "gap",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface Entry {
  seq: number;
  kind: EntryKind;
  subject: string | null;
  device: string | null;
  observed_at: Stamp | null;
  received_at: Stamp;
  body: Record<string, unknown>;
  hash: string;
}

/** RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
}
