//! `portico check`: the configuration and the plan it names, the tests of its rules, and every fault of them all.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::app;
use crate::config::{self, Config};
use crate::document::Fault;
use crate::facts::Timestamp;
use crate::plan::Counts;

use super::faults::{Colour, refuse};
use super::{Outcome, trial};

/// Check the configuration, the plan and the tests of the rules, and tell every fault with its place and what to do
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The tests of the rules (else rules.test.toml beside the configuration, if there)
    #[arg(long, value_name = "FILE")]
    pub tests: Option<PathBuf>,
    /// Write JSON for a machine
    #[arg(long)]
    pub json: bool,
}

/// Checks. `now` gives the day of a plan that names none.
pub fn run(args: &CheckArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    let mut draft = match config::open(&path) {
        Ok(draft) => draft,
        Err(fault) => return refuse(&[fault], args.json, colour),
    };
    let plan = draft.load_plan(now);
    let zone = draft.config().site.time_zone.clone();
    let (config, mut faults) = match draft.finish() {
        Ok(config) => (Some(config), Vec::new()),
        Err(faults) => (None, faults),
    };
    let settings = match config.as_ref().map(app::rules_of).transpose() {
        Ok(settings) => settings,
        Err(fault) => return super::failed(&fault),
    };
    let ground = trial::Ground { settings: settings.as_ref(), zone: &zone };
    let tested = tests(args, &path).and_then(|tests| match tests {
        Some((file, bytes)) => trial::run(&file, &bytes, &ground).map(Some),
        None => Ok(None),
    });
    let tested = tested.unwrap_or_else(|found| {
        faults.extend(found);
        None
    });
    match config {
        Some(config) if faults.is_empty() => {
            let counts = Counts::of(&plan.unwrap_or_default(), &config.site.time_zone);
            Outcome::fine(fine(&path, &config, &counts, tested, args.json))
        }
        Some(_) | None => refuse(&faults, args.json, colour),
    }
}

/// The file with the tests and what is in it; none where none is named and there is none in the usual place.
fn tests(args: &CheckArgs, config: &Path) -> Result<Option<(PathBuf, Vec<u8>)>, Vec<Fault>> {
    let file = args.tests.clone().unwrap_or_else(|| config.with_file_name(trial::FILE_NAME));
    match std::fs::read(&file) {
        Ok(bytes) => Ok(Some((file, bytes))),
        Err(error) if args.tests.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let what = format!("the tests of the rules cannot be read: {}", config::io_words(&error));
            Err(vec![Fault::of_file(&file.display().to_string(), what, "check the path and who may read it")])
        }
    }
}

/// What is said where nothing is wrong.
fn fine(path: &Path, config: &Config, counts: &Counts, tested: Option<usize>, json: bool) -> String {
    if json {
        let config_file = path.display().to_string();
        let plan_file = config.plan.file.display().to_string();
        let value = serde_json::json!({
            "faults": [], "config": config_file, "plan": plan_file, "counts": counts, "tests": tested,
        });
        return format!("{value}\n");
    }
    let tested = match tested {
        None => String::new(),
        Some(1) => "; 1 test of the rules holds".to_owned(),
        Some(count) => format!("; {count} tests of the rules hold"),
    };
    format!("{} is fine: {}; plan: {}{tested}\n", path.display(), devices(config), counts.line())
}

fn devices(config: &Config) -> String {
    let listener = match &config.mqtt.listener {
        Some(listener) => format!("broker at {}", listener.bind),
        None => "no broker of its own".to_owned(),
    };
    let told = match config.notify.len() {
        0 => "nobody is told".to_owned(),
        count => format!("{count} notifiers"),
    };
    let upstream = config.upstream.as_ref().map_or("no upstream".to_owned(), |up| format!("upstream {}", up.url));
    format!(
        "dashboard at {}, {listener}, {} of others, {} serial, {} sensors, {told}, {upstream}",
        config.web.bind,
        config.mqtt.brokers.len(),
        config.serial.len(),
        config.sensors.len(),
    )
}
