//! Everything the rules know. A snapshot of the engine is exactly this.
//!
//! Holds facts and what follows from them, each once; decides nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::by_hand::ByHand;
use super::custom::Custom;
use super::day::{Day, VisitId, VisitRecord};
use super::deadlines::Deadlines;
use super::devices::DeviceRecord;
use super::double_booking::{Clash, Slot};
use super::gateway::{Condition, Held};
use super::kiosk_slow::Pace;
use super::lifecycle::Ledger;
use super::pickup_at_risk::Pickup;
use super::post_unmanned::{Duty, OnDuty};
use super::room_climate::RoomRecord;
use super::settings::Settings;
use super::vehicle_empty::Mileage;
use super::vehicles::VehicleRecord;
use super::zone::Stay;
use crate::facts::{ClockSource, Name, Subject, Timestamp};

/// What the rules know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub settings: Settings,
    pub clock: ClockStanding,
    pub day: Day,
    /// The plan's visits with what became of them.
    #[serde(with = "super::pairs")]
    pub visits: BTreeMap<VisitId, VisitRecord>,
    /// The plan's posts, and who is on duty there.
    pub posts: BTreeMap<Name, Duty>,
    pub on_duty: BTreeMap<Name, OnDuty>,
    /// What the plan wants twice at once.
    #[serde(with = "super::pairs")]
    pub clashes: BTreeMap<Slot, Clash>,
    /// The plan's trips that have a time, and how their pick-ups go.
    pub pickups: BTreeMap<Name, Pickup>,
    /// Check-ins by hand that can still be taken back.
    pub by_hand: ByHand,
    /// Vehicles that reported a position.
    pub vehicles: BTreeMap<Name, VehicleRecord>,
    /// Vehicles and the zones that they are in, or may be about to enter.
    #[serde(with = "super::pairs")]
    pub stays: BTreeMap<(Name, Name), Stay>,
    /// How far vehicles have driven.
    pub mileage: BTreeMap<Name, Mileage>,
    /// Rooms that reported a reading.
    pub rooms: BTreeMap<Name, RoomRecord>,
    /// Devices that were heard, and those that are expected to be.
    #[serde(with = "super::pairs")]
    pub devices: BTreeMap<Subject, DeviceRecord>,
    /// Kiosks beyond their limit, with the start of their silence: a late alert names them.
    pub silent_kiosks: BTreeMap<Name, Timestamp>,
    /// How fast kiosks check people in.
    pub kiosks: BTreeMap<Name, Pace>,
    /// The gateway's own conditions that hold.
    #[serde(with = "super::pairs")]
    pub gateway: BTreeMap<Condition, Held>,
    /// What rules of one's own say.
    #[serde(default)]
    pub custom: Custom,
    pub ledger: Ledger,
    pub deadlines: Deadlines,
}

/// What was last said of our clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClockStanding {
    pub trusted: bool,
    pub source: ClockSource,
    pub reason: Option<String>,
}

impl Default for ClockStanding {
    /// Until a clock entry says otherwise the time is plausible and nobody vouches for it.
    fn default() -> Self {
        Self { trusted: true, source: ClockSource::System, reason: None }
    }
}
