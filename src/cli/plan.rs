//! `portico plan`: look at a plan, or put a new one in the place of the old, whole or not at all.

mod diff;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::config::{self, Candidate, Config, Draft};
use crate::document::Fault;
use crate::facts::Timestamp;
use crate::facts::plan::Plan;
use crate::plan::{self, Changes, Counts};

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
    /// Show what a plan would change in the configured one; changes nothing
    Diff {
        /// The new plan
        file: PathBuf,
    },
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
        PlanCommand::Diff { file } => diff(args, file, now),
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

fn diff(args: &PlanArgs, file: &Path, now: Timestamp) -> Result<String, Refusal> {
    let draft = draft(args)?;
    let config = draft.config().clone();
    let candidate = Candidate::weigh(draft, file, config::read_plan_file(file)?, now)?;
    let running = if config.plan.file.exists() {
        config::load_plan_file(&config.plan.file, &config, now)?
    } else {
        Plan::default()
    };
    let (changes, counts) =
        (Changes::between(&running, &candidate.plan), Counts::of(&candidate.plan, &config.site.time_zone));
    if args.json {
        let value = serde_json::json!({ "plan": file.display().to_string(), "counts": counts, "changes": changes });
        return Ok(format!("{value}\n"));
    }
    Ok(diff::told(file, &changes, &config.site.time_zone))
}

fn import(args: &PlanArgs, file: &Path, now: Timestamp) -> Result<String, Refusal> {
    let draft = draft(args)?;
    let config = draft.config().clone();
    let candidate = Candidate::weigh(draft, file, config::read_plan_file(file)?, now)?;
    // What was there before is the importer's own to keep.
    let _ = candidate.put().map_err(|error| refused_by_system(candidate.target(), &error))?;
    let verdict = "is the plan now (a running gateway takes it with SIGHUP)";
    Ok(told(args, candidate.target(), verdict, &candidate.plan, &config))
}

fn refused_by_system(file: &Path, error: &io::Error) -> Refusal {
    Refusal::System(format!(
        "error: {} could not be written: {error}\n  hint: check the folder, the space on the disk and who you are; \
         the plan is as it was\n",
        file.display()
    ))
}

fn told(args: &PlanArgs, file: &Path, verdict: &str, plan: &Plan, config: &Config) -> String {
    let counts = Counts::of(plan, &config.site.time_zone);
    if args.json {
        let value = serde_json::json!({ "faults": [], "plan": file.display().to_string(), "counts": counts });
        return format!("{value}\n");
    }
    format!("{} {verdict}: {}\n", file.display(), counts.line())
}
