//! `portico restore`: puts a backup in the place of the journal, on this machine or a fresh one.
//!
//! Where there is no configuration yet, the backup's own is written, and so is the plan's file. Overwrites neither, and
//! loses no entry: see [`backup::restore`].

use std::path::{Path, PathBuf};

use clap::Args;

use super::faults::{Colour, refuse, render};
use super::{FAILED, FINE, Outcome};
use crate::app::{CONFIG_ATTACHED, PLAN_ATTACHED};
use crate::config::{self, Config, Draft};
use crate::facts::Timestamp;
use crate::journal::backup::{self, Backup, BackupFault, Newer, Restored};
use crate::recorder::new_epoch;

/// What `restore` is told.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The configuration, written from the backup where it is not there (else /etc/portico/portico.toml if there, else
    /// config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Go on also where the journal that is there holds entries which the backup does not: keep it under another name
    #[arg(long)]
    pub set_aside: bool,
}

/// Restores at `now` and says what it did.
pub fn run(args: &RestoreArgs, now: Timestamp, colour: Colour) -> Outcome {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    let failed =
        |fault: &dyn std::fmt::Display| Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault}\n") };
    let backup = match Backup::open(&args.file) {
        Ok(backup) => backup,
        Err(fault) => return failed(&fault),
    };
    let wanted = if path.exists() { Ok(None) } else { backup.attached(CONFIG_ATTACHED) };
    let own = match wanted {
        Ok(own) => own,
        Err(fault) => return failed(&fault),
    };
    let config = match configuration(&path, own.as_deref()) {
        Ok(config) => config,
        Err(faults) => return refuse(&faults, false, colour),
    };
    let newer = if args.set_aside { Newer::SetAside } else { Newer::Refuse };
    let restored = match backup::restore(&backup, &config.data.dir, &new_epoch(), newer, now) {
        Ok(restored) => restored,
        Err(fault) => return failed(&fault),
    };
    let mut out = told(&backup, &restored, &config.data.dir);
    // The journal first: should this end here, restoring once more finds nothing that would be lost.
    for written in [put(&path, own.as_deref(), "configuration"), put_plan(&backup, &config.plan.file)] {
        match written {
            Ok(line) => out.push_str(&line),
            Err(fault) => return Outcome { code: FAILED, out, talk: format!("error: {fault}\n") },
        }
    }
    let left = config::load(&path, now).err().unwrap_or_default();
    let talk = if left.is_empty() {
        String::new()
    } else {
        format!("{}Before `portico run`, mend what is said above: a backup holds no secrets.\n", render(&left, colour))
    };
    Outcome { code: FINE, out, talk }
}

/// What is there holds, and must be right. The backup's own was right where it was made; that its secrets are not here
/// yet is said at the end.
fn configuration(path: &Path, own: Option<&[u8]>) -> Result<Config, Vec<crate::document::Fault>> {
    match own {
        None => config::open(path).map_err(|fault| vec![fault]).and_then(Draft::finish),
        Some(bytes) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            Ok(Draft::read(&path.display().to_string(), bytes, folder).config().clone())
        }
    }
}

fn put_plan(backup: &Backup, file: &Path) -> Result<String, BackupFault> {
    match backup.attached(PLAN_ATTACHED)? {
        Some(_) if file.exists() => Ok(format!("the plan {} is there and stays\n", file.display())),
        bytes => put(file, bytes.as_deref(), "plan"),
    }
}

/// Writes a file from the backup, whole or not at all.
fn put(path: &Path, bytes: Option<&[u8]>, what: &str) -> Result<String, BackupFault> {
    let Some(bytes) = bytes else { return Ok(String::new()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| config::replace(path, bytes))
        .map_err(|source| BackupFault::File { path: path.to_owned(), source })?;
    Ok(format!("the {what} {} is written from the backup\n", path.display()))
}

fn told(backup: &Backup, restored: &Restored, data: &Path) -> String {
    let manifest = &backup.manifest;
    let aside = restored
        .set_aside
        .as_ref()
        .map_or(String::new(), |path| format!("what was there before is kept as {}\n", path.display()));
    format!(
        "{}: entries up to {} as of {}; what comes next is of epoch {}\n{aside}",
        data.display(),
        manifest.seq,
        manifest.made_at,
        restored.epoch
    )
}
