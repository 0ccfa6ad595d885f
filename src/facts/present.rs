//! The whole present as it is shown: one value a visit, vehicle, room, device and open alert.
//!
//! Told by the rules from their state; holds no personal name (who shows it joins them from the plan's people).

use std::collections::BTreeMap;

use serde::Serialize;

use super::Seq;
use super::alert::Alert;
use super::clock::ClockSource;
use super::decimal::{E7, Milli};
use super::measures::{Measures, Metric};
use super::names::{Name, Subject};
use super::plan::{Booking, Limits, Tier};
use super::time::Timestamp;

/// How the day's visits stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GuestCounts {
    /// Visits of the day that are not called off.
    pub expected: u32,
    /// Of these, arrived (those who left again count).
    pub arrived: u32,
    /// Of these, not here though their grace is over.
    pub late: u32,
    /// Arrived and gone again.
    pub left: u32,
    /// Called off.
    pub cancelled: u32,
}

/// Where a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Not here, and not late.
    Expected,
    /// Not here though the grace is over.
    Late,
    /// In the house.
    Arrived,
    /// Was here, went.
    Left,
    /// Called off.
    Cancelled,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitView {
    /// The guest's code.
    pub code: Name,
    /// The guest's rank.
    pub tier: Tier,
    /// When expected.
    pub expected_at: Option<Timestamp>,
    /// Where.
    pub place: Option<Name>,
    /// Fetched by.
    pub vehicle: Option<Name>,
    /// When first let in, by the time it was judged by.
    pub arrived_at: Option<Timestamp>,
    /// Since when the guest waits to be received; none where nobody does, or nobody is to be told of it.
    pub waits_since: Option<Timestamp>,
    /// When the guest was received.
    pub received_at: Option<Timestamp>,
    /// Seconds after the expected time: at arrival, or up to now for who is not here; 0 when in time.
    pub late_by_s: i64,
    /// Where it stands.
    pub state: VisitState,
    /// When the vehicle that brings the guest may be here, while it is on its way.
    pub eta: Option<Timestamp>,
    /// How far that is by its last position, metres in a straight line.
    pub car_distance_m: Option<i64>,
}

/// What a vehicle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleState {
    /// It drives.
    Moving,
    /// It stands.
    Stationary,
    /// No fresh fix: it may drive or stand.
    Stale,
    /// Not heard for long, or its link is lost.
    Offline,
}

/// What a vehicle goes to a place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NextKind {
    /// It fetches its guests there.
    Pickup,
    /// It brings them there.
    Trip,
}

/// Where a vehicle goes next by the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextStop {
    /// What for.
    pub kind: NextKind,
    /// Whom it fetches or brings.
    pub guests: Vec<Name>,
    /// Where.
    pub place: Option<Name>,
    /// The latitude of the middle of that, where it is a zone.
    pub lat: Option<E7>,
    /// Its longitude.
    pub lon: Option<E7>,
    /// When it is to be there.
    pub at: Timestamp,
    /// When it may be there.
    pub eta: Option<Timestamp>,
    /// How far it is, metres in a straight line from its last position.
    pub distance_m: Option<i64>,
    /// Whether that is told to be too late, or will be.
    pub at_risk: bool,
}

/// One vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VehicleView {
    /// Its name.
    pub id: Name,
    /// What it does.
    pub state: VehicleState,
    /// Last latitude.
    pub lat: Option<E7>,
    /// Last longitude.
    pub lon: Option<E7>,
    /// Last speed, km/h.
    pub speed_kmh: Option<Milli>,
    /// Last course, degrees.
    pub course: Option<Milli>,
    /// The UTC time of the last fix.
    pub fix_at: Option<Timestamp>,
    /// Since when in this state.
    pub since: Option<Timestamp>,
    /// When it was last heard at all.
    pub heard_at: Option<Timestamp>,
    /// Since when its receiver has no fix.
    pub no_fix_since: Option<Timestamp>,
    /// Where it goes next; none where the plan says nothing, or nobody knows what time it is.
    pub next: Option<NextStop>,
    /// The zones that hold its last position, by name.
    pub zones: Vec<Name>,
}

/// How a room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomState {
    /// Within its limits, by fresh readings.
    Ok,
    /// A limit is broken, the hold is running.
    Breach,
    /// A limit is broken for as long as the hold.
    Alert,
    /// No fresh reading: nobody knows.
    Unknown,
}

/// On which side a quantity is out of its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OffLimits {
    /// Too low.
    Low,
    /// Too high.
    High,
    /// Too low by one sensor, too high by another.
    Both,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomView {
    /// Its name.
    pub id: Name,
    /// How many people it holds.
    pub capacity: Option<u32>,
    /// The freshest values.
    #[serde(flatten)]
    pub measures: Measures,
    /// When the freshest was received.
    pub reading_at: Option<Timestamp>,
    /// How it is.
    pub state: RoomState,
    /// Its limits, also while nobody uses it.
    pub limits: BTreeMap<Metric, Limits>,
    /// What is out of them, until it is back inside by the rule's band.
    pub over: BTreeMap<Metric, OffLimits>,
    /// Whether it is in use; none where nobody says so or otherwise.
    pub in_use: Option<bool>,
    /// The booking that runs, or the next one.
    pub booking: Option<Booking>,
}

/// Whether a device is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// Heard in time.
    Online,
    /// Said goodbye, or its link is lost.
    Offline,
    /// Not heard for longer than its limit.
    Silent,
    /// A GPS without a fix.
    NoFix,
    /// Named by the plan or the configuration, never heard.
    Unknown,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceView {
    /// Its name, as a subject.
    pub id: Subject,
    /// Whether it is there.
    pub state: DeviceState,
    /// When it was last heard.
    pub heard_at: Option<Timestamp>,
    /// Since when in this state.
    pub since: Option<Timestamp>,
    /// What it, or its link, said when it last came or went.
    pub reason: Option<String>,
    /// Reports kept.
    pub received: u64,
    /// Reports kept as not understood.
    pub rejected: u64,
    /// When the last of these came.
    pub last_rejected_at: Option<Timestamp>,
    /// Why that was not understood, at most [`Rejected::REASON_SHOWN`](super::Rejected::REASON_SHOWN) signs of it.
    pub last_reason: Option<String>,
}

/// A check-in by hand that can still be taken back, or just was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandCheckIn {
    /// Its id.
    pub scan_id: Name,
    /// The guest's code.
    pub guest: Name,
    /// It was taken back.
    pub taken_back: bool,
}

/// What the clock's standing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// Whether rules compare times with the plan.
    pub trusted: bool,
    /// On whose word.
    pub source: ClockSource,
    /// Why not, or what was noticed.
    pub reason: Option<String>,
}

/// Everything at one moment, after the commit of entry `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The newest entry in it.
    pub seq: Seq,
    /// The moment.
    pub now: Timestamp,
    /// The clock's standing.
    pub clock: ClockView,
    /// Counts of the day's visits.
    pub guests: GuestCounts,
    /// The day's visits, by code.
    pub visits: Vec<VisitView>,
    /// Every vehicle of the plan or heard, by name.
    pub vehicles: Vec<VehicleView>,
    /// Every room of the plan or heard, by name.
    pub rooms: Vec<RoomView>,
    /// Open alerts, oldest first.
    pub alerts: Vec<Alert>,
    /// Every device, by name.
    pub devices: Vec<DeviceView>,
    /// The last check-ins by hand, oldest first.
    pub check_ins: Vec<HandCheckIn>,
}
