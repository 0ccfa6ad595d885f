//! `[rules.…]`: the numbers of every rule, exactly as the rules want them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::document::Fields;
use crate::facts::plan::{Limits, Tier};
use crate::facts::{Metric, Milli, Severity, Span};
use crate::plan::read_limits;

use super::settings::tenths;

/// The numbers of every rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesConfig {
    /// `[rules.late_arrival]`.
    pub late_arrival: LateArrivalConfig,
    /// `[rules.idle_vehicle]`.
    pub idle_vehicle: IdleVehicleConfig,
    /// `[rules.room_climate]`.
    pub room_climate: RoomClimateConfig,
    /// `[rules.silent]` with `[rules.kiosk_silent]`, `[rules.vehicle_silent]` and `[rules.sensor_silent]`.
    pub silent: SilentConfig,
    /// `[rules.incident]`.
    pub incident: IncidentConfig,
    /// `[rules.upstream_offline]` and the other conditions of the gateway itself.
    pub gateway: GatewayConfig,
}

/// A call for help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentConfig {
    /// Whether anybody is told.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
}

impl Default for IncidentConfig {
    fn default() -> Self {
        Self { enabled: true, severity: Severity::Critical }
    }
}

/// When a guest counts as late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateArrivalConfig {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// After the expected time.
    pub grace: Span,
    /// A rank's own grace.
    pub tiers: BTreeMap<Tier, Span>,
}

impl Default for LateArrivalConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            severity: Severity::Warning,
            grace: Span::from_mins(30),
            tiers: BTreeMap::from([(Tier::Vip, Span::from_mins(10))]),
        }
    }
}

/// When a vehicle counts as idle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleVehicleConfig {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long it may stand outside its zones.
    pub after: Span,
    /// Slower is standing, km/h.
    pub stationary_below_kmh: Milli,
    /// Faster is driving, km/h.
    pub moving_above_kmh: Milli,
    /// Farther from where it stopped is driving, metres.
    pub radius_m: u32,
    /// A position with a larger dilution of precision says nothing about movement.
    pub max_hdop: Milli,
    /// A position from fewer satellites says nothing about movement.
    pub min_satellites: u8,
}

impl Default for IdleVehicleConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            severity: Severity::Warning,
            after: Span::from_mins(10),
            stationary_below_kmh: tenths(20),
            moving_above_kmh: tenths(55),
            radius_m: 50,
            max_hdop: Milli::from_whole(5),
            min_satellites: 4,
        }
    }
}

/// When a room counts as out of its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomClimateConfig {
    /// Whether the rule judges at all.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long a limit must be broken.
    pub hold: Span,
    /// The limits; a quantity that is not here is not judged.
    pub limits: BTreeMap<Metric, ComfortConfig>,
}

/// The limits of one quantity, in the unit of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComfortConfig {
    /// Too low below this.
    pub low: Option<Milli>,
    /// Too high above this.
    pub high: Option<Milli>,
    /// How far back within the limit it is well again.
    pub band: Milli,
}

impl Default for RoomClimateConfig {
    fn default() -> Self {
        let whole = Milli::from_whole;
        let comfort = |low, high, band| ComfortConfig { low, high, band };
        Self {
            enabled: true,
            severity: Severity::Warning,
            hold: Span::from_mins(5),
            limits: BTreeMap::from([
                (Metric::Temperature, comfort(Some(whole(18)), Some(whole(27)), tenths(5))),
                (Metric::Humidity, comfort(Some(whole(30)), Some(whole(70)), whole(3))),
                (Metric::Co2, comfort(None, Some(whole(1_000)), whole(100))),
            ]),
        }
    }
}

/// One rule about a state that may last a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchConfig {
    /// Whether it is told.
    pub enabled: bool,
    /// How much it matters.
    pub severity: Severity,
    /// How long the device may be silent, or the condition may last.
    pub after: Span,
}

impl WatchConfig {
    fn new(severity: Severity, minutes: i64) -> Self {
        Self { enabled: true, severity, after: Span::from_mins(minutes) }
    }
}

/// How long each kind of device may be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentConfig {
    /// Kiosks.
    pub kiosk: WatchConfig,
    /// Vehicles.
    pub vehicle: WatchConfig,
    /// Sensors without an interval of their own.
    pub sensor: WatchConfig,
}

impl Default for SilentConfig {
    fn default() -> Self {
        Self {
            kiosk: WatchConfig::new(Severity::Warning, 2),
            vehicle: WatchConfig::new(Severity::Warning, 2),
            sensor: WatchConfig::new(Severity::Info, 15),
        }
    }
}

/// The gateway's own conditions, each in `[rules.<its name>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// The system above cannot be reached.
    pub upstream_offline: WatchConfig,
    /// The disk or the data budget is nearly full.
    pub disk_low: WatchConfig,
    /// There is no backup that is new enough.
    pub backup_old: WatchConfig,
    /// Readings or positions were given up for want of room.
    pub data_given_up: WatchConfig,
    /// Nobody can say that the time is right.
    pub clock_untrusted: WatchConfig,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            upstream_offline: WatchConfig::new(Severity::Info, 15),
            disk_low: WatchConfig::new(Severity::Critical, 0),
            backup_old: WatchConfig::new(Severity::Warning, 0),
            data_given_up: WatchConfig::new(Severity::Warning, 0),
            clock_untrusted: WatchConfig::new(Severity::Warning, 0),
        }
    }
}

pub(super) const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];

/// A grace may be nothing at all, and no longer than a day.
const GRACE: RangeInclusive<Span> = Span::ZERO..=Span::from_mins(24 * 60);
/// A device that may be silent for less than this would be silent between two reports.
const SILENCE: RangeInclusive<Span> = Span::from_secs(5)..=Span::from_mins(7 * 24 * 60);
/// A condition of the gateway may be told at once, or after a week.
const CONDITION: RangeInclusive<Span> = Span::ZERO..=Span::from_mins(7 * 24 * 60);
/// Speeds that tell standing from driving, km/h.
const SPEED: RangeInclusive<Milli> = Milli::from_raw(100)..=Milli::from_whole(50);

/// Reads `[rules]`.
pub(super) fn read(root: &Fields<'_>) -> RulesConfig {
    let rules = root.table(
        "rules",
        &[
            "late_arrival",
            "idle_vehicle",
            "room_climate",
            "silent",
            "kiosk_silent",
            "vehicle_silent",
            "sensor_silent",
            "incident",
            "upstream_offline",
            "disk_low",
            "backup_old",
            "data_given_up",
            "clock_untrusted",
        ],
    );
    RulesConfig {
        late_arrival: late_arrival(&rules),
        idle_vehicle: idle_vehicle(&rules),
        room_climate: room_climate(&rules),
        silent: silent(&rules),
        incident: incident(&rules),
        gateway: gateway(&rules),
    }
}

fn severity(fields: &Fields<'_>, default: Severity) -> Severity {
    fields.word("severity", SEVERITIES).unwrap_or(default)
}

fn incident(rules: &Fields<'_>) -> IncidentConfig {
    let default = IncidentConfig::default();
    let fields = rules.table("incident", &["enabled", "severity"]);
    IncidentConfig {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
    }
}

fn late_arrival(rules: &Fields<'_>) -> LateArrivalConfig {
    let default = LateArrivalConfig::default();
    let fields = rules.table("late_arrival", &["enabled", "severity", "grace", "tiers"]);
    let words = [("vip", Tier::Vip), ("guest", Tier::Guest), ("staff", Tier::Staff)];
    let table = fields.table("tiers", &words.map(|(word, _)| word));
    let mut tiers = default.tiers;
    tiers.extend(words.iter().filter_map(|(word, tier)| Some((*tier, table.span(word, &GRACE)?))));
    LateArrivalConfig {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        grace: fields.span("grace", &GRACE).unwrap_or(default.grace),
        tiers,
    }
}

fn idle_vehicle(rules: &Fields<'_>) -> IdleVehicleConfig {
    let default = IdleVehicleConfig::default();
    let fields = rules.table(
        "idle_vehicle",
        &[
            "enabled",
            "severity",
            "after",
            "stationary_below_kmh",
            "moving_above_kmh",
            "radius_m",
            "max_hdop",
            "min_satellites",
        ],
    );
    let hdop = Milli::from_whole(1)..=Milli::from_whole(50);
    let read = IdleVehicleConfig {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        after: fields.span("after", &GRACE).unwrap_or(default.after),
        stationary_below_kmh: fields
            .milli("stationary_below_kmh", &SPEED, "km/h")
            .unwrap_or(default.stationary_below_kmh),
        moving_above_kmh: fields.milli("moving_above_kmh", &SPEED, "km/h").unwrap_or(default.moving_above_kmh),
        radius_m: fields.whole("radius_m", &(5..=1_000)).map_or(default.radius_m, |metres| metres as u32),
        max_hdop: fields.milli("max_hdop", &hdop, "").unwrap_or(default.max_hdop),
        min_satellites: fields.whole("min_satellites", &(0..=12)).map_or(default.min_satellites, |count| count as u8),
    };
    if read.stationary_below_kmh >= read.moving_above_kmh {
        let key = if fields.has("moving_above_kmh") { "moving_above_kmh" } else { "stationary_below_kmh" };
        let what = format!(
            "moving_above_kmh ({}) is not above stationary_below_kmh ({})",
            read.moving_above_kmh, read.stationary_below_kmh
        );
        fields.fault(key, what, "leave room between them: a parked receiver's speed wavers by a few km/h");
    }
    read
}

fn room_climate(rules: &Fields<'_>) -> RoomClimateConfig {
    let default = RoomClimateConfig::default();
    let own = ["enabled", "severity", "hold"];
    let known: Vec<&'static str> = own.into_iter().chain(Metric::ALL.iter().map(|metric| metric.word())).collect();
    let fields = rules.table("room_climate", &known);
    let mut limits = default.limits;
    for metric in Metric::ALL {
        let word = metric.word();
        if fields.node(word).is_some_and(|node| node.value == crate::document::Value::Flag(false)) {
            limits.remove(metric);
            continue;
        }
        let table = fields.table(word, &["low", "high", "band"]);
        if !fields.has(word) {
            continue;
        }
        if !table.is_sound() {
            continue;
        }
        let given = limits.get(metric).copied();
        let given = given.unwrap_or(ComfortConfig { low: None, high: None, band: Milli::from_raw(0) });
        let sides = Limits { low: given.low, high: given.high };
        let (Limits { low, high }, band) = read_limits(&table, *metric, sides, Some(given.band));
        limits.insert(*metric, ComfortConfig { low, high, band });
    }
    RoomClimateConfig {
        enabled: fields.flag("enabled").unwrap_or(default.enabled),
        severity: severity(&fields, default.severity),
        hold: fields.span("hold", &GRACE).unwrap_or(default.hold),
        limits,
    }
}

fn silent(rules: &Fields<'_>) -> SilentConfig {
    let default = SilentConfig::default();
    let spans = rules.table("silent", &["kiosk", "vehicle", "sensor"]);
    let watch = |table: &str, key: &str, default: WatchConfig| {
        let fields = rules.table(table, &["enabled", "severity"]);
        WatchConfig {
            enabled: fields.flag("enabled").unwrap_or(default.enabled),
            severity: severity(&fields, default.severity),
            after: spans.span(key, &SILENCE).unwrap_or(default.after),
        }
    };
    SilentConfig {
        kiosk: watch("kiosk_silent", "kiosk", default.kiosk),
        vehicle: watch("vehicle_silent", "vehicle", default.vehicle),
        sensor: watch("sensor_silent", "sensor", default.sensor),
    }
}

fn gateway(rules: &Fields<'_>) -> GatewayConfig {
    let default = GatewayConfig::default();
    let watch = |table: &str, default: WatchConfig| {
        let fields = rules.table(table, &["enabled", "severity", "after"]);
        WatchConfig {
            enabled: fields.flag("enabled").unwrap_or(default.enabled),
            severity: severity(&fields, default.severity),
            after: fields.span("after", &CONDITION).unwrap_or(default.after),
        }
    };
    GatewayConfig {
        upstream_offline: watch("upstream_offline", default.upstream_offline),
        disk_low: watch("disk_low", default.disk_low),
        backup_old: watch("backup_old", default.backup_old),
        data_given_up: watch("data_given_up", default.data_given_up),
        clock_untrusted: watch("clock_untrusted", default.clock_untrusted),
    }
}
