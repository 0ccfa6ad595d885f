//! Alerts: a rule broken by a subject, and one move of its state.
//!
//! Holds keys and numbers; the words for people are made where they are shown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

use super::decimal::E7;
use super::ledger::{Findings, Shelf};
use super::names::{Name, Subject};
use super::time::{Span, Timestamp};
use super::{Metric, Milli, Seq};

/// Which rule. The word on the wire is the name in snake case, as in the configuration's `[rules.…]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A guest has not been seen though the grace after the expected time is over.
    LateArrival,
    /// A guest is expected soon.
    ArrivalReminder,
    /// A vehicle on duty stands still outside the zones where it may.
    IdleVehicle,
    /// A staff post is about to begin, and nobody of it has been seen.
    PostUnmanned,
    /// A guest has checked in and waits to be received.
    GuestWaiting,
    /// A vehicle cannot be at its pick-up in time, as far as anybody can say.
    PickupAtRisk,
    /// A vehicle is in a zone that somebody watches.
    Zone,
    /// A vehicle drives about without a trip.
    VehicleEmpty,
    /// The plan wants a room or a vehicle twice at once.
    DoubleBooking,
    /// A room's climate is outside its limits.
    RoomClimate,
    /// A kiosk has not been heard.
    KioskSilent,
    /// A vehicle has not been heard.
    VehicleSilent,
    /// A sensor has not been heard.
    SensorSilent,
    /// There are more people in a room than is good.
    RoomCrowded,
    /// A sensor's battery is nearly empty.
    BatteryLow,
    /// A sensor measures the same all the time.
    SensorStuck,
    /// Check-in at a kiosk takes long.
    KioskSlow,
    /// A rule of one's own is broken, or was switched off.
    Custom,
    /// Somebody asks for help.
    Incident,
    /// The system above cannot be reached, or does not want us.
    UpstreamOffline,
    /// The gateway's disk or data budget is nearly full, or full.
    DiskLow,
    /// There is no backup that is new enough.
    BackupOld,
    /// Readings or positions were given up for want of room.
    DataGivenUp,
    /// Nobody can say that the gateway's time is right.
    ClockUntrusted,
}

impl RuleKind {
    /// Every rule.
    pub const ALL: &[Self] = &[
        Self::LateArrival,
        Self::ArrivalReminder,
        Self::IdleVehicle,
        Self::PostUnmanned,
        Self::GuestWaiting,
        Self::PickupAtRisk,
        Self::Zone,
        Self::VehicleEmpty,
        Self::DoubleBooking,
        Self::RoomClimate,
        Self::KioskSilent,
        Self::VehicleSilent,
        Self::SensorSilent,
        Self::RoomCrowded,
        Self::BatteryLow,
        Self::SensorStuck,
        Self::KioskSlow,
        Self::Custom,
        Self::Incident,
        Self::UpstreamOffline,
        Self::DiskLow,
        Self::BackupOld,
        Self::DataGivenUp,
        Self::ClockUntrusted,
    ];

    /// The word on the wire and in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LateArrival => "late_arrival",
            Self::ArrivalReminder => "arrival_reminder",
            Self::IdleVehicle => "idle_vehicle",
            Self::PostUnmanned => "post_unmanned",
            Self::GuestWaiting => "guest_waiting",
            Self::PickupAtRisk => "pickup_at_risk",
            Self::Zone => "zone",
            Self::VehicleEmpty => "vehicle_empty",
            Self::DoubleBooking => "double_booking",
            Self::RoomClimate => "room_climate",
            Self::KioskSilent => "kiosk_silent",
            Self::VehicleSilent => "vehicle_silent",
            Self::SensorSilent => "sensor_silent",
            Self::RoomCrowded => "room_crowded",
            Self::BatteryLow => "battery_low",
            Self::SensorStuck => "sensor_stuck",
            Self::KioskSlow => "kiosk_slow",
            Self::Custom => "custom",
            Self::Incident => "incident",
            Self::UpstreamOffline => "upstream_offline",
            Self::DiskLow => "disk_low",
            Self::BackupOld => "backup_old",
            Self::DataGivenUp => "data_given_up",
            Self::ClockUntrusted => "clock_untrusted",
        }
    }
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look.
    Warning,
    /// Act.
    Critical,
}

impl Severity {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// The rule is broken, its hold is running.
    Pending,
    /// Broken for as long as the hold: people are told.
    Firing,
    /// Somebody has taken it on.
    Acknowledged,
    /// Put aside for a while by somebody, with a reason.
    Shelved,
    /// Over.
    Resolved,
}

impl AlertState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Pending, Self::Firing, Self::Acknowledged, Self::Shelved, Self::Resolved];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Shelved => "shelved",
            Self::Resolved => "resolved",
        }
    }
}

/// How an alert came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The guest came in time after all (the alert was still pending).
    Arrived,
    /// The guest came, late.
    ArrivedLate,
    /// The guest had come in time or earlier than we heard: the report was late, not the guest.
    ReportedLate,
    /// The visit was called off.
    Cancelled,
    /// The measured value is back within its limits.
    Cleared,
    /// The vehicle moves again, or stands where it may.
    Moved,
    /// The silent device was heard again.
    Heard,
    /// The rule was changed, and by the new one nothing is wrong.
    RuleChanged,
    /// The plan was changed, and by the new one nothing is wrong.
    PlanChanged,
    /// A person said so.
    Operator,
    /// The vehicle left the zone.
    Left,
    /// The guest was received by the host.
    Received,
    /// The time that it was about is over.
    Over,
    /// Nothing says any more whether it is still so: what told it fell still, or the rules lost what they knew.
    Unknown,
}

impl Resolution {
    /// Every end.
    pub const ALL: &[Self] = &[
        Self::Arrived,
        Self::ArrivedLate,
        Self::ReportedLate,
        Self::Cancelled,
        Self::Cleared,
        Self::Moved,
        Self::Heard,
        Self::RuleChanged,
        Self::PlanChanged,
        Self::Operator,
        Self::Left,
        Self::Received,
        Self::Over,
        Self::Unknown,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::ArrivedLate => "arrived_late",
            Self::ReportedLate => "reported_late",
            Self::Cancelled => "cancelled",
            Self::Cleared => "cleared",
            Self::Moved => "moved",
            Self::Heard => "heard",
            Self::RuleChanged => "rule_changed",
            Self::PlanChanged => "plan_changed",
            Self::Operator => "operator",
            Self::Left => "left",
            Self::Received => "received",
            Self::Over => "over",
            Self::Unknown => "unknown",
        }
    }
}

/// One value an alert carries: a number as digits, or a text (times are texts in RFC 3339).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A number in the unit that people use.
    Number(E7),
    /// A word, a name, a time.
    Text(String),
}

impl From<Milli> for Value {
    fn from(value: Milli) -> Self {
        Self::Number(value.to_e7())
    }
}
impl From<E7> for Value {
    fn from(value: E7) -> Self {
        Self::Number(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(E7::from_whole(value))
    }
}
/// A length is written in whole seconds; its key ends in `_s`.
impl From<Span> for Value {
    fn from(value: Span) -> Self {
        Self::from(value.as_secs())
    }
}
impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Text(value.to_string())
    }
}
impl From<&Name> for Value {
    fn from(value: &Name) -> Self {
        Self::Text(value.to_string())
    }
}
impl From<Metric> for Value {
    fn from(value: Metric) -> Self {
        Self::Text(value.word().to_owned())
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('"') {
            serde_json::from_str(raw.get()).map(Self::Text).map_err(de::Error::custom)
        } else {
            raw.get().parse().map(Self::Number).map_err(de::Error::custom)
        }
    }
}

/// The facts of an alert by key, in the order of the keys.
pub type Values = BTreeMap<Cow<'static, str>, Value>;

/// What somebody wrote on an alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Note {
    /// When it was taken down.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: Name,
    /// The text, at most [`Note::CHARS_MAX`] characters.
    pub text: String,
}

impl Note {
    /// A longer note is refused at the API.
    pub const CHARS_MAX: usize = 2_000;
}

/// An alert as it stands after its latest change. The body of an `alert` entry is exactly this: each change of
/// state is one entry that tells the whole alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alert {
    /// `A-<n>`, counted from the journal's beginning.
    pub id: Name,
    /// The broken rule.
    pub rule: RuleKind,
    /// Who or what breaks it.
    pub subject: Subject,
    /// How much it matters.
    pub severity: Severity,
    /// Where it stands now.
    pub state: AlertState,
    /// The moment of this change: its deadline, or the stamp of the entry that caused it.
    pub at: Timestamp,
    /// The entry that caused this change; none where time alone did.
    pub cause: Option<Seq>,
    /// Since when the rule is broken.
    pub pending_at: Timestamp,
    /// When the hold was over.
    pub fired_at: Option<Timestamp>,
    /// When somebody took it on.
    pub acknowledged_at: Option<Timestamp>,
    /// Who took it on.
    pub acknowledged_by: Option<Name>,
    /// The last time that it was put aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<Shelf>,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// The numbers and names that explain it.
    pub values: Values,
    /// What people wrote on it, oldest first.
    pub notes: Vec<Note>,
    /// What was found out about it.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub findings: Findings<Note>,
}

impl Alert {
    /// The words that tell it from others of the same rule and subject: `temperature high`, `medical`, a post's name.
    /// Empty where there are none.
    pub fn detail(&self) -> String {
        let word = |key: &&str| match self.values.get(*key) {
            Some(Value::Text(word)) => Some(word.as_str()),
            Some(Value::Number(_)) | None => None,
        };
        let words: Vec<&str> =
            ["metric", "side", "incident", "custom", "post", "trip", "zone", "second_from", "second_trip"]
                .iter()
                .filter_map(word)
                .collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_read_back_to_the_same_bytes() {
        let text = concat!(
            r#"{"id":"A-1","rule":"room_climate","subject":"room/lobby","severity":"warning","state":"firing","#,
            r#""at":"2026-11-23T02:22:20.412Z","cause":null,"pending_at":"2026-11-23T02:17:20.412Z","#,
            r#""fired_at":"2026-11-23T02:22:20.412Z","acknowledged_at":null,"acknowledged_by":null,"resolved_at":null,"#,
            r#""resolution":null,"values":{"limit":27,"metric":"temperature","value":27.5},"notes":[]}"#
        );
        let mut alert: Alert = serde_json::from_str(text).unwrap();
        assert_eq!(alert.values.get("value"), Some(&Value::from(Milli::from_raw(27_500))));
        assert_eq!(serde_json::to_string(&alert).unwrap(), text);
        assert_eq!(alert.detail(), "temperature");
        alert.values.insert("side".into(), Value::from("high"));
        assert_eq!(alert.detail(), "temperature high");
    }
    #[test]
    fn the_words_of_states_and_ends_are_those_on_the_wire() {
        for state in AlertState::ALL {
            assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{}\"", state.word()));
        }
        for end in Resolution::ALL {
            assert_eq!(serde_json::to_string(end).unwrap(), format!("\"{}\"", end.word()));
        }
    }
}
