//! `portico export`: what was kept, as lines for a program or as a table for people.
//!
//! Promises that it goes out as it is read, however much it is, and that no cell of a table is taken for a formula. Changes
//! nothing, and tells no name: names are not in the journal.

mod table;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FAILED, FAULTY, Outcome};
use crate::facts::{Alert, Kind, Timestamp};
use crate::journal::{JournalFault, Lane, Reader, Row};
use crate::web::entry_json;
use table::Table;

/// Entries that are read at once.
const ENTRIES_MAX: usize = 5_000;
/// Bytes of them.
const BYTES_MAX: usize = 4 << 20;
/// What is no kind of entry: each alert once, as it stands.
const LEDGER: &str = "ledger";

/// What `export` is told.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The data folder (else the one that the configuration names)
    #[arg(value_name = "DATA_DIR")]
    pub data: Option<PathBuf>,
    /// What: `ledger` is each alert once, as it stands now; any other is a kind of entry (scan, position, reading, device,
    /// plan, command, alert, incident, rejected, clock, gap)
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// As what
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    pub format: Format,
    /// Only from this time on (RFC 3339): of an alert in the ledger when its rule was broken, of an entry when it came
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// Only before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
    /// The configuration (else /etc/portico/portico.toml if there, else config/portico.toml)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A JSON object a line, as the API tells it
    Jsonl,
    /// A table with a header, in UTF-8 with a mark that spreadsheets know it by
    Csv,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Ledger,
    Entries(Kind),
}

/// Why it ended early.
#[derive(Debug, thiserror::Error)]
enum ExportFault {
    #[error(transparent)]
    Journal(#[from] JournalFault),
    #[error("cannot write: {0}; make room where the output goes, and export again")]
    Write(#[from] io::Error),
}

impl From<csv::Error> for ExportFault {
    fn from(fault: csv::Error) -> Self {
        Self::Write(match fault.into_kind() {
            csv::ErrorKind::Io(fault) => fault,
            other => io::Error::other(format!("{other:?}")),
        })
    }
}

/// Writes to standard output as it reads.
pub fn run(args: &ExportArgs) -> Outcome {
    let Some(what) = what(&args.kind) else {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        let talk = format!("error: --kind {}: write {LEDGER}, or one of {}\n", args.kind, known.join(", "));
        return Outcome { code: FAULTY, out: String::new(), talk };
    };
    let dir = match super::data_dir(args.data.as_deref(), args.config.as_deref()) {
        Ok(dir) => dir,
        Err(outcome) => return outcome,
    };
    let (from, to) = (args.from.unwrap_or(Timestamp::MIN), args.to.unwrap_or(Timestamp::MAX));
    let out = BufWriter::new(io::stdout().lock());
    let written = Reader::open(&dir).map_err(Into::into).and_then(|reader| {
        let wanted = |at: Timestamp| (from..to).contains(&at);
        let mut out = out;
        match args.format {
            Format::Jsonl => lines(&reader, what, wanted, &mut out),
            Format::Csv => rows(&reader, what, wanted, &mut out),
        }
        .and_then(|()| Ok(out.flush()?))
    });
    match written {
        Ok(()) => Outcome::default(),
        // Whoever read it has enough (`| head`).
        Err(ExportFault::Write(fault)) if fault.kind() == io::ErrorKind::BrokenPipe => Outcome::default(),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault}\n") },
    }
}

fn what(word: &str) -> Option<What> {
    if word == LEDGER { Some(What::Ledger) } else { Kind::from_word(word).map(What::Entries) }
}

fn lines(
    reader: &Reader,
    what: What,
    wanted: impl Fn(Timestamp) -> bool,
    out: &mut impl Write,
) -> Result<(), ExportFault> {
    let mut line = |json: &[u8]| -> Result<(), ExportFault> {
        out.write_all(json)?;
        Ok(out.write_all(b"\n")?)
    };
    match what {
        What::Ledger => each_alert(reader, wanted, |body| line(body.as_bytes())),
        What::Entries(kind) => each_entry(reader, kind, wanted, |row| line(&entry_json(row))),
    }
}

fn rows(
    reader: &Reader,
    what: What,
    wanted: impl Fn(Timestamp) -> bool,
    out: &mut impl Write,
) -> Result<(), ExportFault> {
    match what {
        What::Ledger => {
            let mut table = Table::of_ledger(out)?;
            each_alert(reader, wanted, |body| Ok(table.alert(body)?))?;
            Ok(table.finish()?)
        }
        What::Entries(kind) => {
            let mut table = Table::of_entries(kind, out)?;
            each_entry(reader, kind, wanted, |row| Ok(table.entry(row)?))?;
            Ok(table.finish()?)
        }
    }
}

/// The entries of a kind, in order.
fn each_entry(
    reader: &Reader,
    kind: Kind,
    wanted: impl Fn(Timestamp) -> bool,
    mut each: impl FnMut(&Row) -> Result<(), ExportFault>,
) -> Result<(), ExportFault> {
    let (mut after, newest) = (0, reader.newest()?);
    while after < newest {
        let page = reader.read(Lane::Kind(kind), after, ENTRIES_MAX, BYTES_MAX)?;
        page.rows.iter().filter(|row| wanted(row.received_at)).try_for_each(&mut each)?;
        after = page.upto;
    }
    Ok(())
}

/// The latest body of each alert, oldest first.
fn each_alert(
    reader: &Reader,
    wanted: impl Fn(Timestamp) -> bool,
    mut each: impl FnMut(&str) -> Result<(), ExportFault>,
) -> Result<(), ExportFault> {
    for number in 1..=reader.newest_alert()? {
        let Some(body) = reader.alert(number)? else { continue };
        // What is damaged belongs to any time: it is given out for whoever can make something of it.
        if serde_json::from_str::<Alert>(&body).map_or(true, |alert| wanted(alert.pending_at)) {
            each(&body)?;
        }
    }
    Ok(())
}
