//! The whole file, section by section, and what it says together with the plan.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::document::{Fault, Fields, Findings, Node, Spot, Style, parse_toml, suggest};
use crate::facts::plan::Plan;
use crate::facts::{Name, Span, Timestamp};
use crate::plan;

use super::links::{self, RoomMention};
use super::settings::{ClockConfig, Config, DataConfig, JournalConfig, Language, SiteConfig, WebConfig};
use super::{backup, notify, rules, upstream, values};

pub(super) const ROOT: &[&str] = &[
    "site", "data", "journal", "backup", "clock", "web", "mqtt", "serial", "sensor", "plan", "rules", "notify",
    "upstream",
];

/// What is promised and not built. Each with a sentence that "… not in this version" ends.
pub(super) const LATER: &[(&str, &str)] = &[
    ("upstreams", "several upstreams are"),
    ("web.tls", "TLS of the dashboard is"),
    ("web.users", "users of the dashboard are"),
    ("web.user", "users of the dashboard are"),
    ("mqtt.listener.tls", "TLS of the built-in broker is"),
    ("mqtt.listener.users", "users of the built-in broker are"),
];

/// A configuration that was read, faults and all.
#[derive(Debug)]
pub struct Draft {
    file: String,
    config: Config,
    faults: Vec<Fault>,
    rooms: Vec<RoomMention>,
    /// Where the plan's file is named; none: it may be missing.
    plan: Option<Spot>,
    keys: BTreeSet<String>,
}

impl Draft {
    /// Reads the text of a configuration. `file` is the name by which faults call it, `folder` where its relative
    /// paths begin. Files that hold secrets are looked at; the plan is not.
    pub fn read(file: &str, bytes: &[u8], folder: &Path) -> Self {
        let text = String::from_utf8_lossy(bytes);
        // A mark at the beginning is what some editors leave.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let findings = Findings::new(file, Style::Toml, text, LATER);
        let mut draft = Self {
            file: file.to_owned(),
            config: Config::defaults(folder),
            faults: Vec::new(),
            rooms: Vec::new(),
            plan: None,
            keys: BTreeSet::new(),
        };
        if let Some(node) = document(&findings, bytes) {
            draft.sections(&Fields::root(&findings, &node, ROOT), folder);
        }
        draft.keys = findings.known_keys();
        draft.faults = findings.into_faults();
        draft
    }

    fn sections(&mut self, root: &Fields<'_>, folder: &Path) {
        let config = &mut self.config;
        config.site = site(root);
        config.data = data(root, folder);
        config.journal = journal(root);
        config.backup = backup::read(root, folder);
        let clock = root.table("clock", &["ntp", "gps"]);
        config.clock = ClockConfig {
            ntp: clock.flag("ntp").unwrap_or(config.clock.ntp),
            gps: clock.flag("gps").unwrap_or(config.clock.gps),
        };
        let web = root.table("web", &["bind", "tiles"]);
        config.web = WebConfig {
            bind: values::loopback(&web, "bind", config.web.bind),
            tiles: values::tiles(&web, "tiles", folder),
        };
        config.mqtt = links::mqtt(root, &config.site, folder);
        if let Some(listener) = &config.mqtt.listener
            && listener.bind == config.web.bind
            && listener.bind.port() != 0
        {
            let what = format!("the dashboard and the built-in broker both listen at {}", listener.bind);
            web.fault("bind", what, "give one of them another port");
        }
        config.serial = links::serial(root, folder);
        (config.sensors, self.rooms) = links::sensors(root);
        let plan = root.table("plan", &["file"]);
        if let Some(file) = values::path(&plan, "file", folder) {
            config.plan.file = file;
            self.plan = Some(plan.spot_of("file"));
        }
        config.rules = rules::read(root);
        config.notify = notify::read(root, &config.site, folder);
        config.upstream = upstream::read(root, folder);
    }

    /// Reads the plan that the configuration names; its faults, and what does not fit between the two, are added.
    /// None where there is no plan, or none without a fault.
    pub fn load_plan(&mut self, now: Timestamp) -> Option<Plan> {
        let file = &self.config.plan.file;
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                if let Some(spot) = self.plan.clone() {
                    let what = format!("the plan cannot be read: {}", super::io_words(&error));
                    let hint = "correct the path (it begins at the folder of this file), or: portico plan import FILE";
                    self.add(spot, what, hint);
                }
                return None;
            }
        };
        match plan::load(file, &bytes, &self.config.site.time_zone, self.config.site.day_of(now)) {
            Ok(plan) => {
                self.hold_against(&plan);
                Some(plan)
            }
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    /// Holds what the configuration names against the plan. A plan without rooms (a sheet of guests) says nothing
    /// about rooms.
    pub fn hold_against(&mut self, plan: &Plan) {
        if plan.rooms.is_empty() {
            return;
        }
        let unknown: Vec<RoomMention> = self
            .rooms
            .iter()
            .filter(|mention| plan.rooms.iter().all(|room| room.id != mention.room))
            .cloned()
            .collect();
        for RoomMention { room, spot } in unknown {
            let known = plan.rooms.iter().map(|room| room.id.as_str());
            let hint = suggest(room.as_str(), "rooms in the plan", known);
            self.add(spot, format!("room \"{room}\" is not in the plan"), hint);
        }
    }

    fn add(&mut self, spot: Spot, what: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.clone(),
            sheet: None,
            place: Some(spot.place),
            excerpt: spot.excerpt,
            what: what.into(),
            hint: hint.into(),
        });
    }

    /// What was read, with defaults where there are faults.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Every key, by path, that the readers know.
    pub const fn known_keys(&self) -> &BTreeSet<String> {
        &self.keys
    }

    /// The configuration, if nothing is wrong with it; else every fault, those of one file together and in its order.
    pub fn finish(mut self) -> Result<Config, Vec<Fault>> {
        if self.faults.is_empty() {
            return Ok(self.config);
        }
        let own = self.file;
        self.faults.sort_by(|a, b| (a.file != own, &a.file, a.place).cmp(&(b.file != own, &b.file, b.place)));
        Err(self.faults)
    }
}

/// The tree of a file, whose text is in `findings`; none, with what is wrong, where it is not TOML in UTF-8.
pub(super) fn document(findings: &Findings<'_>, bytes: &[u8]) -> Option<Node> {
    let Err(error) = std::str::from_utf8(bytes) else { return parse_toml(findings) };
    let at = findings.text().find('\u{fffd}').unwrap_or(error.valid_up_to());
    findings.add_syntax(at, "these bytes are not UTF-8", "save the file as UTF-8 in the editor");
    None
}

pub(super) fn site(root: &Fields<'_>) -> SiteConfig {
    let default = SiteConfig::default();
    let fields = root.table("site", &["id", "name", "time_zone", "language"]);
    let languages = [(Language::Chinese.tag(), Language::Chinese), (Language::English.tag(), Language::English)];
    SiteConfig {
        id: site_id(&fields).unwrap_or(default.id),
        name: fields.text("name", plan::TEXT_CHARS_MAX).unwrap_or(default.name),
        time_zone: time_zone(&fields).unwrap_or(default.time_zone),
        language: fields.word("language", &languages).unwrap_or(default.language),
    }
}

/// The longest site id: it stands in every event's id and topic.
const SITE_ID_CHARS_MAX: usize = 64;

fn site_id(fields: &Fields<'_>) -> Option<Name> {
    let text = fields.text("id", SITE_ID_CHARS_MAX)?;
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        let what = format!("\"{text}\" holds signs that cannot stand in a topic or an event's id");
        fields.fault("id", what, "use letters a to z, digits, - and _: \"venue-1\"");
        return None;
    }
    fields.name("id")
}

fn time_zone(fields: &Fields<'_>) -> Option<TimeZone> {
    let text = fields.raw_text("time_zone")?;
    if let Ok(zone) = TimeZone::get(text) {
        return Some(zone);
    }
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let hint = match crate::document::closest(text, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None if names.is_empty() => "install the system's time zone data (package tzdata)".to_owned(),
        None => "write a name of the IANA database: \"Asia/Shanghai\", \"Europe/Berlin\", \"UTC\"".to_owned(),
    };
    fields.fault("time_zone", format!("\"{text}\" is not a time zone we know"), hint);
    None
}

/// What the journal may take. Less than this would be little more than what it holds of a large plan.
const DATA_BUDGET: std::ops::RangeInclusive<u64> = 8 << 20..=1 << 40;
/// From next to nothing to what no venue fills in a day.
const FREE_MIN: std::ops::RangeInclusive<u32> = 1 << 20..=2 << 30;

fn data(root: &Fields<'_>, folder: &Path) -> DataConfig {
    let default = Config::defaults(folder).data;
    let fields = root.table("data", &["dir", "budget", "free_min", "retention_days", "personal_data_days"]);
    let days = 1..=3_650;
    let retention_days = fields.whole("retention_days", &days).map_or(default.retention_days, |days| days as u32);
    let personal = fields.whole("personal_data_days", &(0..=3_650)).map(|days| days as u32);
    if personal.is_some_and(|personal| personal > retention_days) {
        let what = format!("names would be kept longer than the {retention_days} days of what they belong to");
        fields.fault("personal_data_days", what, format!("take at most {retention_days}"));
    }
    DataConfig {
        dir: values::path(&fields, "dir", folder).unwrap_or(default.dir),
        budget: values::large_size(&fields, "budget", &DATA_BUDGET, default.budget),
        free_min: values::size(&fields, "free_min", &FREE_MIN, default.free_min),
        retention_days,
        personal_data_days: personal.unwrap_or(default.personal_data_days.min(retention_days)),
    }
}

fn journal(root: &Fields<'_>) -> JournalConfig {
    let fields = root.table("journal", &["linger"]);
    let linger = fields.span("linger", &(Span::ZERO..=Span::from_secs(10)));
    JournalConfig { linger: linger.unwrap_or(JournalConfig::default().linger) }
}
