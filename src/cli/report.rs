//! `portico report`: a day in figures, to print, for a spreadsheet, or for a program.
//!
//! Reads the journal beside a running daemon or without one, and changes nothing. What a running gateway alone knows (what
//! became of everything that was heard since its start) is in the report of its API.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::faults::{Colour, refuse};
use super::{FAILED, FAULTY, Outcome};
use crate::config::{self, Config};
use crate::facts::Timestamp;
use crate::journal::Reader;
use crate::web::report::{self, DayReport, Language, ReportDay, ReportSite};

/// What `report` is told.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The data folder (else the one that the configuration names)
    #[arg(value_name = "DATA_DIR")]
    pub data: Option<PathBuf>,
    /// Which day at the site: today, yesterday, or a date like 2026-11-30
    #[arg(long, value_name = "D", default_value = "today")]
    pub day: String,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Html)]
    pub format: Format,
    /// The language of a page or a table: zh-CN or en (else the site's)
    #[arg(long, value_name = "LANG")]
    pub lang: Option<Language>,
    /// Write it there (else to standard output)
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A page to read and to print, in one file that needs nothing else
    Html,
    /// A JSON object, as the API tells it
    Json,
    /// A figure a line, in UTF-8 with a mark that spreadsheets know it by
    Csv,
}

/// Makes the report. `now` says which day it is.
pub fn run(args: &ReportArgs, now: Timestamp, colour: Colour) -> Outcome {
    let config = match config_of(args) {
        Ok(config) => config,
        Err(faults) => return refuse(&faults, false, colour),
    };
    let zone = &config.site.time_zone;
    let day = match ReportDay::asked(&args.day, zone, now) {
        Ok(day) => day,
        Err(fault) => {
            return Outcome { code: FAULTY, out: String::new(), talk: format!("error: --day: {fault}\n") };
        }
    };
    let site = ReportSite {
        id: config.site.id.to_string(),
        name: config.site.name.clone(),
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
    };
    let language = args.lang.unwrap_or(match config.site.language {
        config::Language::Chinese => Language::Chinese,
        config::Language::English => Language::English,
    });
    let dir = args.data.as_ref().unwrap_or(&config.data.dir);
    let made = Reader::open(dir).map_err(anyhow::Error::from).and_then(|reader| {
        let report = report::take(&reader, &day, site, now, None)?;
        let text = write(&report, &day, language, args.format)?;
        Ok((report, text))
    });
    match made {
        Ok((report, text)) => tell(&report, text, args.out.as_deref()),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault:#}\n") },
    }
}

/// The configuration; the defaults where a data folder was named and there is no other, as on a laptop with a copy.
fn config_of(args: &ReportArgs) -> Result<Config, Vec<crate::document::Fault>> {
    let path = args.config.clone().unwrap_or_else(config::default_path);
    if args.config.is_none() && args.data.is_some() && !path.exists() {
        return Ok(Config::defaults(Path::new(".")));
    }
    config::open(&path).map_err(|fault| vec![fault])?.finish()
}

fn write(report: &DayReport, day: &ReportDay, language: Language, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Html => report::to_html(report, day, language)?,
        Format::Json => serde_json::to_string(report)? + "\n",
        Format::Csv => report::to_csv(report, day, language),
    })
}

fn tell(report: &DayReport, text: String, out: Option<&Path>) -> Outcome {
    let empty = report.quality.entries == 0;
    let mut talk = if empty { format!("nothing was recorded on {}\n", report.day) } else { String::new() };
    let Some(path) = out else { return Outcome { talk, ..Outcome::fine(text) } };
    match put(path, &text) {
        Ok(()) => {
            let told = format!("{}: the report of {}\n", path.display(), report.day);
            talk.push_str(&told);
            Outcome { talk, ..Outcome::default() }
        }
        Err(fault) => {
            let talk = format!("error: {} cannot be written: {fault}; name another place with --out\n", path.display());
            Outcome { code: FAILED, out: String::new(), talk }
        }
    }
}

/// Whole or not at all: a disk that fills up leaves the report that was there before.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left of it is of no use; where there is nothing, nothing is removed.
        let _gone = fs::remove_file(&beside);
    }
    written
}
