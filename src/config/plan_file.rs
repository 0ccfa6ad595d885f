//! The file of the plan: one is read and checked, and a new one is put in its place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Config, Draft, io_words, replace};
use crate::document::Fault;
use crate::facts::Timestamp;
use crate::facts::plan::Plan;
use crate::plan;

/// Reads and checks the plan in a file, for whoever has no configuration at hand.
pub fn load_plan_file(path: &Path, config: &Config, now: Timestamp) -> Result<Plan, Vec<Fault>> {
    plan::load(path, &read_plan_file(path)?, &config.site.time_zone, config.site.day_of(now))
}

/// The bytes of a plan, not looked at.
pub fn read_plan_file(path: &Path) -> Result<Vec<u8>, Vec<Fault>> {
    fs::read(path).map_err(|error| {
        let what = format!("the plan cannot be read: {}", io_words(&error));
        vec![Fault::of_file(&path.display().to_string(), what, "check the path and who may read it")]
    })
}

/// A plan that may take the place of the configured one: checked, also against the configuration, and written nowhere.
#[derive(Debug)]
pub struct Candidate {
    /// The plan.
    pub plan: Plan,
    bytes: Vec<u8>,
    target: PathBuf,
}

/// What stood in the file before, to be put back if the new plan cannot be taken after all.
#[derive(Debug)]
#[must_use]
pub struct Displaced {
    target: PathBuf,
    before: Option<Vec<u8>>,
}

impl Candidate {
    /// Checks a plan. `file` is the name by which faults call it; `now` gives the day of a plan that names none.
    pub fn weigh(mut draft: Draft, file: &Path, bytes: Vec<u8>, now: Timestamp) -> Result<Self, Vec<Fault>> {
        let site = draft.config().site.clone();
        let plan = plan::load(file, &bytes, &site.time_zone, site.day_of(now))?;
        draft.hold_against(&plan);
        let target = draft.finish()?.plan.file;
        // What is read back from its new place must be the same plan: a sheet under a name that ends in .json is not.
        if plan::load(&target, &bytes, &site.time_zone, site.day_of(now)).as_ref() != Ok(&plan) {
            let name = target.file_name().unwrap_or_default().display();
            let what = format!("this is a sheet, and the configuration names {name}");
            let hint = "write [plan] file = \"plan.csv\" in the configuration, or take JSON";
            return Err(vec![Fault::of_file(&file.display().to_string(), what, hint)]);
        }
        Ok(Self { plan, bytes, target })
    }

    /// Where it would be written.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes it, durably, in the place of the configured one.
    ///
    /// # Errors
    /// When the system refuses; the old file is as it was then.
    pub fn put(&self) -> io::Result<Displaced> {
        let before = match fs::read(&self.target) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        replace(&self.target, &self.bytes)?;
        Ok(Displaced { target: self.target.clone(), before })
    }
}

impl Displaced {
    /// Puts the old file back.
    ///
    /// # Errors
    /// When the system refuses; the new file stays then.
    pub fn put_back(self) -> io::Result<()> {
        match self.before {
            Some(bytes) => replace(&self.target, &bytes),
            None => fs::remove_file(&self.target),
        }
    }
}
