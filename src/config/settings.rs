//! What a configuration says, with the defaults. Plain values: each is already checked when it stands here.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::facts::{Metric, Name, Span, Timestamp};

use super::notify::NotifyConfig;
use crate::rules::Settings;

/// Everything the configuration says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `[site]`.
    pub site: SiteConfig,
    /// `[data]`.
    pub data: DataConfig,
    /// `[journal]`.
    pub journal: JournalConfig,
    /// `[backup]`.
    pub backup: BackupConfig,
    /// `[clock]`.
    pub clock: ClockConfig,
    /// `[web]`.
    pub web: WebConfig,
    /// `[mqtt]`.
    pub mqtt: MqttConfig,
    /// `[[serial]]`.
    pub serial: Vec<SerialConfig>,
    /// `[[sensor]]`.
    pub sensors: Vec<SensorConfig>,
    /// `[plan]`.
    pub plan: PlanConfig,
    /// `[rules.…]`.
    pub rules: Settings,
    /// `[[notify]]`.
    pub notify: Vec<NotifyConfig>,
    /// `[upstream]`; none: everything stays here.
    pub upstream: Option<UpstreamConfig>,
}

impl Config {
    /// What an empty file in `folder` says.
    pub fn defaults(folder: &Path) -> Self {
        Self {
            site: SiteConfig::default(),
            data: DataConfig::in_folder(folder),
            journal: JournalConfig::default(),
            backup: BackupConfig::default(),
            clock: ClockConfig { ntp: true, gps: true },
            web: WebConfig::default(),
            mqtt: MqttConfig::default(),
            serial: Vec::new(),
            sensors: Vec::new(),
            plan: PlanConfig { file: folder.join("plan.csv") },
            rules: Settings::configured(),
            notify: Vec::new(),
            upstream: None,
        }
    }
}

/// The language of what people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, `zh-CN`.
    Chinese,
    /// English, `en`.
    English,
}

impl Language {
    /// The tag of RFC 5646.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Which venue this is.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteConfig {
    /// Its short name in every event that goes upstream: 1 to 64 of `a-z A-Z 0-9 - _`.
    pub id: Name,
    /// Its name for people.
    pub name: String,
    /// Its time zone.
    pub time_zone: TimeZone,
    /// The language of the dashboard.
    pub language: Language,
}

impl SiteConfig {
    /// The day at the site at this moment.
    pub fn day_of(&self, now: Timestamp) -> Date {
        let now = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
        now.to_zoned(self.time_zone.clone()).date()
    }
}

/// The site's zone unless another is written.
pub(super) const TIME_ZONE: &str = "Asia/Shanghai";

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            id: short("venue-1"),
            name: "Venue 1".to_owned(),
            time_zone: TimeZone::get(TIME_ZONE).unwrap_or(TimeZone::UTC),
            language: Language::Chinese,
        }
    }
}

/// A name of our own writing, so one that is sound.
#[allow(clippy::expect_used)]
fn short(text: &str) -> Name {
    text.parse().expect("a literal name is sound")
}

/// Where and how long things are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataConfig {
    /// The folder of the journal.
    pub dir: PathBuf,
    /// Bytes of the journal that may be in use.
    pub budget: u64,
    /// With less room than this on its disk somebody is told, bytes.
    pub free_min: u32,
    /// Days after which an entry may go that upstream has.
    pub retention_days: u32,
    /// Days after the visit that names and contacts are kept.
    pub personal_data_days: u32,
}

impl DataConfig {
    fn in_folder(folder: &Path) -> Self {
        Self {
            dir: folder.join("data"),
            budget: 2 << 30,
            free_min: 256 << 20,
            retention_days: 30,
            personal_data_days: 7,
        }
    }
}

/// How the journal writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalConfig {
    /// How long input that nobody waits for may wait for company.
    pub linger: Span,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { linger: Span::from_millis(250) }
    }
}

/// When the journal is backed up, where to, and how many backups stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// Whether the daemon makes one every day.
    pub enabled: bool,
    /// The folder; none: `backup` in the folder of the journal.
    pub dir: Option<PathBuf>,
    /// When, by the clock of the site's zone.
    pub at: Time,
    /// How many stay; older ones go.
    pub keep: u32,
}

impl BackupConfig {
    /// The folder, for a journal in `data`.
    pub fn dir(&self, data: &DataConfig) -> PathBuf {
        self.dir.clone().unwrap_or_else(|| data.dir.join("backup"))
    }
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self { enabled: true, dir: None, at: Time::constant(4, 0, 0, 0), keep: 7 }
    }
}

/// Whose word on the time is taken, beside a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockConfig {
    /// The kernel's, where it says that its clock is synchronised.
    pub ntp: bool,
    /// The receivers' of `[[serial]]` with a vehicle.
    pub gps: bool,
}

/// Where the dashboard and the API are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// A loopback address.
    pub bind: SocketAddr,
    /// The file of map tiles.
    pub tiles: Option<PathBuf>,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), tiles: None }
    }
}

/// Links to devices that speak MQTT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttConfig {
    /// The built-in broker; none where it is switched off.
    pub listener: Option<ListenerConfig>,
    /// Existing brokers.
    pub brokers: Vec<BrokerConfig>,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self { listener: Some(ListenerConfig::default()), brokers: Vec::new() }
    }
}

/// The built-in broker. Anonymous, on loopback: there are no users in this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerConfig {
    /// A loopback address.
    pub bind: SocketAddr,
    /// A larger packet ends its connection, bytes.
    pub max_packet: u32,
}

impl Default for ListenerConfig {
    fn default() -> Self {
        Self { bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 1883)), max_packet: 256 * 1024 }
    }
}

/// An existing broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerConfig {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Our fixed name there; the broker keeps our session under it.
    pub client_id: String,
    /// The user to log in as.
    pub username: Option<String>,
    /// The file that holds the password alone.
    pub password_file: Option<PathBuf>,
    /// How long the link may be quiet before we ask whether it is there.
    pub keep_alive: Span,
}

/// Whether a sentence must carry a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumConfig {
    /// One without is refused.
    Required,
    /// One without is taken, a wrong one refused.
    IfPresent,
}

/// A serial port with a GPS behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialConfig {
    /// The port.
    pub path: PathBuf,
    /// Bits a second.
    pub baud: u32,
    /// Whose receiver it is; none: the stream says it.
    pub vehicle: Option<Name>,
    /// Whether a sentence must carry a checksum.
    pub checksum: ChecksumConfig,
    /// Which positions are worth keeping; none: all.
    pub thinning: Option<ThinningConfig>,
}

/// A position is kept if the vehicle moved or turned this much since the last one kept, or after this time. What is
/// moving and what is standing is said by `rules.idle_vehicle`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThinningConfig {
    /// Metres.
    pub moved_m: u32,
    /// Degrees.
    pub turned_deg: u32,
    /// At the latest after this time.
    pub every: Span,
}

impl Default for ThinningConfig {
    fn default() -> Self {
        Self { moved_m: 100, turned_deg: 15, every: Span::from_secs(30) }
    }
}

/// How a sensor's messages are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SensorFormat {
    /// The gateway's own payload on another topic.
    Native,
    /// Zigbee2MQTT.
    Zigbee2mqtt,
    /// Tasmota.
    Tasmota,
    /// ESPHome.
    Esphome,
    /// Shelly.
    Shelly,
    /// Homie.
    Homie,
    /// Sparkplug B.
    Sparkplug,
    /// Theengs and OpenMQTTGateway.
    Theengs,
    /// ChirpStack v4.
    Chirpstack,
    /// The Things Stack v3.
    Tts,
    /// OwnTracks: the position of a vehicle.
    Owntracks,
    /// One number as the whole payload.
    Bare(Metric),
    /// Values at JSON pointers, ordered by quantity.
    Map(Vec<MapEntryConfig>),
}

/// Where one quantity stands in a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntryConfig {
    /// What is measured.
    pub metric: Metric,
    /// Its JSON pointer (RFC 6901).
    pub pointer: String,
    /// In what the device counts, one of [`units`]; none: as the wire does.
    pub unit: Option<&'static str>,
}

/// The units that a quantity may be counted in, the wire's own first.
pub(super) const fn units(metric: Metric) -> &'static [&'static str] {
    match metric {
        Metric::Temperature => &["C", "F", "K"],
        Metric::Humidity | Metric::Battery => &["%", "ratio"],
        Metric::Co2 => &["ppm"],
        Metric::Pm25 | Metric::Pm10 | Metric::Hcho => &["ug/m3", "mg/m3"],
        Metric::Tvoc => &["ppb"],
        Metric::Pressure => &["hPa", "Pa", "kPa", "mmHg", "inHg"],
        Metric::Illuminance => &["lx"],
        Metric::Occupancy | Metric::MotionCount => &["count"],
        Metric::Contact => &["closed", "open"],
        Metric::BatteryVoltage => &["V", "mV"],
    }
}

/// A sensor that publishes on a topic of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensorConfig {
    /// The topic, wildcards allowed.
    pub topic: String,
    /// How its messages are read.
    pub format: SensorFormat,
    /// The room; none: the message says it.
    pub room: Option<Name>,
    /// Its name within the room; none: taken from the topic.
    pub sensor: Option<Name>,
    /// The vehicle whose position it tells (OwnTracks); none: taken from the topic.
    pub vehicle: Option<Name>,
    /// The interval at which it is expected; silent after three of them.
    pub expect_every: Option<Span>,
}

/// The day's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanConfig {
    /// The file, that `portico plan import` writes.
    pub file: PathBuf,
}

/// The system above, over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamConfig {
    /// Where batches are posted, `http` or `https`.
    pub url: String,
    /// The file that holds the bearer token alone.
    pub token_file: Option<PathBuf>,
    /// Whether personal names go upstream.
    pub personal_data: bool,
    /// Events in a batch at most.
    pub batch_events: u32,
    /// Bytes in a batch at most, before compression.
    pub batch_bytes: u32,
    /// How long one delivery may take.
    pub timeout: UpstreamTimeout,
    /// When a delivery that failed is tried again.
    pub retry: UpstreamRetry,
}

/// How long one delivery may take, part by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamTimeout {
    /// Until the connection stands, TLS included.
    pub connect: Span,
    /// Until the answer begins, and between any two parts of it.
    pub answer: Span,
    /// For everything.
    pub total: Span,
}

impl Default for UpstreamTimeout {
    fn default() -> Self {
        Self { connect: Span::from_secs(10), answer: Span::from_secs(30), total: Span::from_mins(1) }
    }
}

/// When a delivery that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamRetry {
    /// The longest wait after the first failure; it doubles with each further one.
    pub first: Span,
    /// No wait is longer.
    pub most: Span,
    /// After a refusal of ourselves, which a person must mend.
    pub refused: Span,
}

impl Default for UpstreamRetry {
    fn default() -> Self {
        Self { first: Span::from_secs(1), most: Span::from_secs(30), refused: Span::from_mins(1) }
    }
}
