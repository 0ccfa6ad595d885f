//! `portico plan`: look at a plan, or put a new one in the place of the old, whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::config::{self, Config, Draft};
use crate::document::Fault;
use crate::facts::plan::{Plan, Tier};
use crate::facts::{Name, Timestamp};
use crate::plan;

use super::faults::{Colour, refuse};
use super::{FAILED, Outcome};

/// Look at the day's plan, or import a new one
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// What to do
    #[command(subcommand)]
    pub command: PlanCommand,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Write JSON for a machine
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with a plan.
#[derive(Debug, Clone, Subcommand)]
pub enum PlanCommand {
    /// Check a plan (CSV, XLSX or JSON) and tell every fault
    Check {
        /// The plan
        file: PathBuf,
    },
    /// Show what the configured plan holds
    Show,
    /// Print the JSON Schema of a whole plan in JSON
    Schema,
    /// Check a plan and put it in the place of the configured one
    Import {
        /// The new plan
        file: PathBuf,
    },
}

/// Does it. `now` gives the day of a plan that names none.
pub fn run(args: &PlanArgs, now: Timestamp, colour: Colour) -> Outcome {
    let answer = match &args.command {
        PlanCommand::Schema => return Outcome::fine(plan::SCHEMA),
        PlanCommand::Check { file } => check(args, file, now),
        PlanCommand::Show => show(args, now),
        PlanCommand::Import { file } => import(args, file, now),
    };
    match answer {
        Ok(out) => Outcome::fine(out),
        Err(Refusal::Faults(faults)) => refuse(&faults, args.json, colour),
        Err(Refusal::System(talk)) => Outcome { code: FAILED, out: String::new(), talk },
    }
}

enum Refusal {
    Faults(Vec<Fault>),
    System(String),
}

impl From<Vec<Fault>> for Refusal {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}

fn draft(args: &PlanArgs) -> Result<Draft, Vec<Fault>> {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    config::open(&path).map_err(|fault| vec![fault])
}

/// The configuration; the defaults where none was named and there is none, as on a laptop that only checks plans.
fn config_or_defaults(args: &PlanArgs) -> Result<Config, Vec<Fault>> {
    if args.config.is_none() && !config::default_path().exists() {
        return Ok(Config::defaults(Path::new(".")));
    }
    draft(args)?.finish()
}

fn check(args: &PlanArgs, file: &Path, now: Timestamp) -> Result<String, Refusal> {
    let config = config_or_defaults(args)?;
    let plan = config::load_plan_file(file, &config, now)?;
    Ok(told(args, file, "is fine", &plan, &config))
}

fn show(args: &PlanArgs, now: Timestamp) -> Result<String, Refusal> {
    let config = draft(args)?.finish()?;
    let plan = config::load_plan_file(&config.plan.file, &config, now)?;
    let counts = Counts::of(&plan, &config.site.time_zone);
    if args.json {
        return Ok(format!(
            "{}\n",
            serde_json::json!({ "plan": config.plan.file.display().to_string(), "counts": counts })
        ));
    }
    Ok(format!("{}\n{}", config.plan.file.display(), counts.table()))
}

fn import(args: &PlanArgs, file: &Path, now: Timestamp) -> Result<String, Refusal> {
    let mut draft = draft(args)?;
    let config = draft.config().clone();
    let plan = config::load_plan_file(file, &config, now)?;
    draft.hold_against(&plan);
    draft.finish()?;
    let target = &config.plan.file;
    let bytes = fs::read(file).map_err(|error| refused_by_system(file, "read", &error))?;
    // What is read back from its new place must be the same plan: a sheet under a name that ends in .json is not.
    let day = config.site.day_of(now);
    if plan::load(target, &bytes, &config.site.time_zone, day).as_ref() != Ok(&plan) {
        let what = format!("this is a sheet, and the configuration names {}", target.display());
        let hint = "write [plan] file = \"plan.csv\" in the configuration, or import JSON";
        return Err(vec![Fault::of_file(&file.display().to_string(), what, hint)].into());
    }
    replace(target, &bytes).map_err(|error| refused_by_system(target, "written", &error))?;
    Ok(told(args, target, "is the plan now (a running gateway takes it with SIGHUP)", &plan, &config))
}

fn refused_by_system(file: &Path, verb: &str, error: &io::Error) -> Refusal {
    Refusal::System(format!(
        "error: {} could not be {verb}: {error}\n  hint: check the folder, the space on the disk and who you are; \
         the plan is as it was\n",
        file.display()
    ))
}

/// Puts the bytes in the place of a file: whole or not at all, also if the power goes meanwhile.
pub(super) fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write_durably(&draft, target, folder, bytes).and_then(|()| fs::rename(&draft, target));
    if written.is_err() {
        // The error that is told is the first one; a leftover draft is found by its name.
        let _ = fs::remove_file(&draft);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write_durably(draft: &Path, target: &Path, folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(draft)?;
    like_the_old_one(&file, draft, target, folder)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Names stand in it: nobody else may read it before it has the rights of the old one.
#[cfg(unix)]
fn create(draft: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)
}

#[cfg(not(unix))]
fn create(draft: &Path) -> io::Result<File> {
    File::create_new(draft)
}

/// Owner and rights of the file that is replaced, or of its folder: the gateway may run as another user than the one
/// who imports.
#[cfg(unix)]
fn like_the_old_one(file: &File, draft: &Path, target: &Path, folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let (model, mode) = match fs::metadata(target) {
        Ok(old) => (old.clone(), old.permissions().mode() & 0o777),
        Err(_) => (fs::metadata(folder)?, 0o640),
    };
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (model.uid(), model.gid()) {
        chown(draft, Some(model.uid()), Some(model.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn like_the_old_one(_: &File, _: &Path, _: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

fn told(args: &PlanArgs, file: &Path, verdict: &str, plan: &Plan, config: &Config) -> String {
    let counts = Counts::of(plan, &config.site.time_zone);
    if args.json {
        let value = serde_json::json!({ "faults": [], "plan": file.display().to_string(), "counts": counts });
        return format!("{value}\n");
    }
    format!("{} {verdict}: {}\n", file.display(), counts.line())
}

/// How much a plan holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The days of its visits, at the site.
    pub days: BTreeSet<String>,
    /// Different guests.
    pub guests: usize,
    /// Of these, VIPs.
    pub vips: usize,
    /// Visits.
    pub visits: usize,
    /// Of these, without a time.
    pub without_time: usize,
    /// Of these, called off.
    pub cancelled: usize,
    /// Vehicles.
    pub vehicles: usize,
    /// Trips.
    pub trips: usize,
    /// Zones.
    pub zones: usize,
    /// Rooms.
    pub rooms: usize,
    /// Bookings.
    pub bookings: usize,
    /// Posts.
    pub posts: usize,
    /// Kiosks.
    pub kiosks: usize,
}

impl Counts {
    /// Counts.
    pub fn of(plan: &Plan, zone: &TimeZone) -> Self {
        let day = |at: Timestamp| {
            let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
            at.to_zoned(zone.clone()).date().to_string()
        };
        let vips: BTreeSet<&Name> =
            plan.visits.iter().filter(|visit| visit.tier == Tier::Vip).map(|visit| &visit.code).collect();
        Self {
            days: plan.visits.iter().map(|visit| day(visit.day_from)).collect(),
            guests: plan.people.guests.len(),
            vips: vips.len(),
            visits: plan.visits.len(),
            without_time: plan.visits.iter().filter(|visit| visit.expected_at.is_none()).count(),
            cancelled: plan.visits.iter().filter(|visit| visit.cancelled).count(),
            vehicles: plan.vehicles.len(),
            trips: plan.trips.len(),
            zones: plan.zones.len(),
            rooms: plan.rooms.len(),
            bookings: plan.bookings.len(),
            posts: plan.posts.len(),
            kiosks: plan.kiosks.len(),
        }
    }

    fn rows(&self) -> [(&'static str, usize, String); 9] {
        let guests = if self.vips > 0 { format!("{} VIP", self.vips) } else { String::new() };
        let mut visits: Vec<String> = self.days.iter().cloned().collect();
        if self.without_time > 0 {
            visits.push(format!("{} without a time", self.without_time));
        }
        if self.cancelled > 0 {
            visits.push(format!("{} called off", self.cancelled));
        }
        let none = String::new;
        [
            ("guests", self.guests, guests),
            ("visits", self.visits, visits.join(", ")),
            ("vehicles", self.vehicles, none()),
            ("trips", self.trips, none()),
            ("zones", self.zones, none()),
            ("rooms", self.rooms, none()),
            ("bookings", self.bookings, none()),
            ("posts", self.posts, none()),
            ("kiosks", self.kiosks, none()),
        ]
    }

    /// In one line, without what is not there.
    pub fn line(&self) -> String {
        let parts: Vec<String> = self
            .rows()
            .into_iter()
            .filter(|(_, count, _)| *count > 0)
            .map(|(word, count, note)| {
                let word = if count == 1 { word.trim_end_matches('s') } else { word };
                if note.is_empty() { format!("{count} {word}") } else { format!("{count} {word} ({note})") }
            })
            .collect();
        if parts.is_empty() { "empty".to_owned() } else { parts.join(", ") }
    }

    /// A line each.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (word, count, note) in self.rows() {
            text.push_str(format!("  {word:<9}{count:>6}  {note}").trim_end());
            text.push('\n');
        }
        text
    }
}
