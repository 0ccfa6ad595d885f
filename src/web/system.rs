//! `GET /api/v1/system`: the machine and the program themselves, for who looks after them.
//!
//! Says what is known and null where it is not; what was counted is counted since the start, and what stands in the
//! journal is asked there. Judges nothing: what needs a person is an alert.

use std::path::PathBuf;
use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::overview::{answer, to_json};
use super::problem::Problem;
use super::site::Desk;
use crate::clock::Clock;
use crate::counters::ledger::{Account, Books};
use crate::counters::{AtBound, Counters};
use crate::facts::{DeviceState, DeviceView, Name, Seq, Subject, Timestamp};
use crate::journal::backup::Kept;
use crate::journal::{self, Extent, Room};

/// What is kept, and where: as it is configured.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The folder of the journal.
    pub dir: PathBuf,
    /// With less room than this on its disk it is low, bytes.
    pub free_min: u64,
    /// Bytes of the journal that may be in use.
    pub budget: u64,
    /// Days after which an entry may go that upstream has.
    pub retention_days: u32,
    /// Days after the visit that names and contacts are kept.
    pub personal_data_days: u32,
    /// How the day's backup stands.
    pub backup: watch::Receiver<BackupView>,
}

/// How the day's backup stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Backup)]
pub struct BackupView {
    /// Whether one is made every day; where not, nobody looks after the rest.
    pub enabled: bool,
    /// When the newest that is there was made, by whomever.
    #[schema(value_type = Option<Timestamp>)]
    pub last_at: Option<Timestamp>,
    /// The name of its file.
    pub file: Option<String>,
    /// Why the last try made none; null once one is there.
    pub error: Option<String>,
    /// When the next one is due, or the next try.
    #[schema(value_type = Option<Timestamp>)]
    pub next_at: Option<Timestamp>,
}

impl BackupView {
    /// The newest backup there is.
    pub fn found(&mut self, newest: Option<&Kept>) {
        let name = |kept: &Kept| Some(kept.path.file_name()?.to_string_lossy().into_owned());
        self.last_at = newest.map(|kept| kept.made_at);
        self.file = newest.and_then(name);
    }
}

/// When this process began to serve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    at: Timestamp,
    instant: Instant,
}

impl Started {
    pub(super) fn now(clock: &Clock) -> Self {
        Self { at: clock.now(), instant: Instant::now() }
    }
}

/// The machine and the program.
#[derive(Serialize, ToSchema)]
pub(super) struct System {
    /// The program's version.
    version: &'static str,
    /// When it was started, by its own clock then.
    started_at: Timestamp,
    /// Seconds since, as the machine counts them: a clock that is set, or a demo's that runs faster, does not move it.
    uptime_s: u64,
    host: Host,
    journal: JournalSize,
    /// Null where the disk does not say.
    disk: Option<Disk>,
    retention: Bounds,
    backup: BackupStanding,
    /// Entries that the system above does not have yet; null where there is none.
    backlog: Option<u64>,
    /// Memory of this process that is in use; null where the system does not say.
    memory_bytes: Option<u64>,
    /// Every link, in the order in which they were first heard.
    sources: Vec<Source>,
}

/// What the program was built for and runs on.
#[derive(Serialize, ToSchema)]
struct Host {
    /// `linux`.
    os: &'static str,
    /// `x86_64`, `aarch64`.
    arch: &'static str,
}

/// The journal.
#[derive(Serialize, ToSchema)]
#[schema(as = JournalSize)]
struct JournalSize {
    /// Entries that are there.
    entries: u64,
    /// Bytes of the database in use.
    bytes: u64,
    /// Bytes that its files take on the disk: room that was given up is used again, and not given back.
    file_bytes: u64,
    /// When the oldest entry that is there was received.
    oldest_at: Option<Timestamp>,
    newest_seq: Seq,
    /// The version of its tables.
    schema: u32,
}

/// The disk under the journal.
#[derive(Serialize, ToSchema)]
struct Disk {
    /// Bytes that the gateway may still write.
    free_bytes: u64,
    total_bytes: u64,
    /// Whether less is free than is asked for.
    low: bool,
    /// What is asked for.
    free_min_bytes: u64,
}

/// What is kept, and what was given up.
#[derive(Serialize, ToSchema)]
#[schema(as = Retention)]
struct Bounds {
    /// Bytes of the journal that may be in use.
    budget_bytes: u64,
    /// Days after which an entry may go that upstream has.
    retention_days: u32,
    /// Days after the visit that names and contacts are kept.
    personal_data_days: u32,
    /// Entries that were given up, ever.
    given_up: u64,
    /// Of these, since the start: because upstream had them and they were old enough.
    given_up_for_age: u64,
    /// Of these, since the start: because the budget was nearly in use.
    given_up_for_room: u64,
}

/// How the day's backup stands.
#[derive(Serialize, ToSchema)]
struct BackupStanding {
    #[serde(flatten)]
    view: BackupView,
    /// Whether there is one and the last try to make one did; null where nobody looks after it, or none was due yet.
    ok: Option<bool>,
}

/// One link.
#[derive(Serialize, ToSchema)]
struct Source {
    /// `mqtt`, `http`, `serial:<vehicle or path>`, `broker:<client id>`, `gateway` (what it says of itself).
    link: String,
    /// Null where nothing was kept in the link's own name: what comes by HTTP or to the built-in broker comes in the
    /// name of its device.
    state: Option<DeviceState>,
    /// Since when in this state.
    since: Option<Timestamp>,
    /// What was said when it last came or went.
    reason: Option<String>,
    /// Things heard since the start.
    heard: u64,
    /// Of these, kept as not understood.
    rejected: u64,
}

/// The machine and the program themselves.
#[utoipa::path(
    get,
    path = "/api/v1/system",
    responses(
        (status = 200, body = System),
        (status = 503, content_type = "application/problem+json", body = Problem),
    )
)]
pub(super) async fn system(State(desk): State<Desk>) -> Result<Response, Problem> {
    let shown = desk.board.current(&desk.site).await?;
    let dir = desk.site.keeping.dir.clone();
    let (extent, room, memory) = desk
        .read(move |reader| {
            let room =
                journal::room(&dir).inspect_err(|fault| tracing::debug!(%fault, "the disk does not tell its room"));
            Ok((reader.extent()?, room.ok(), memory()))
        })
        .await?;
    let (site, started) = (&desk.site, desk.started);
    let books = site.counters.ledger.books();
    let told = System {
        version: env!("CARGO_PKG_VERSION"),
        started_at: started.at,
        uptime_s: started.instant.elapsed().as_secs(),
        host: Host { os: std::env::consts::OS, arch: std::env::consts::ARCH },
        journal: size(&extent),
        disk: room.map(|room| disk(room, site.keeping.free_min)),
        retention: retention(&site.keeping, &extent, &site.counters),
        backup: standing(site.keeping.backup.borrow().clone()),
        backlog: backlog(&desk.upstream.borrow()),
        memory_bytes: memory,
        sources: sources(&books, &shown.present.devices),
    };
    Ok(answer(to_json(&told)?))
}

const fn size(extent: &Extent) -> JournalSize {
    JournalSize {
        entries: extent.entries,
        bytes: extent.used_bytes,
        file_bytes: extent.file_bytes,
        oldest_at: extent.oldest_at,
        newest_seq: extent.newest,
        schema: extent.schema,
    }
}

const fn disk(room: Room, free_min: u64) -> Disk {
    let Room { free, total } = room;
    Disk { free_bytes: free, total_bytes: total, low: free < free_min, free_min_bytes: free_min }
}

fn retention(keeping: &Keeping, extent: &Extent, counters: &Counters) -> Bounds {
    let since_start = |bound| counters.given_up.get(&AtBound { bound }).map_or(0, |counter| counter.get());
    Bounds {
        budget_bytes: keeping.budget,
        retention_days: keeping.retention_days,
        personal_data_days: keeping.personal_data_days,
        given_up: extent.given_up,
        given_up_for_age: since_start("retention_days"),
        given_up_for_room: since_start("data_budget"),
    }
}

fn standing(view: BackupView) -> BackupStanding {
    let ok = match (&view.error, view.last_at) {
        _ if !view.enabled => None,
        (Some(_), _) => Some(false),
        (None, Some(_)) => Some(true),
        (None, None) => None,
    };
    BackupStanding { view, ok }
}

/// What is read of how upstream stands.
#[derive(Deserialize)]
struct Upstream {
    state: String,
    backlog: Option<u64>,
}

fn backlog(upstream: &RawValue) -> Option<u64> {
    let Upstream { state, backlog } = serde_json::from_str(upstream.get()).ok()?;
    backlog.filter(|_| state != "off")
}

/// Resident memory, as Linux tells it.
fn memory() -> Option<u64> {
    resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}

/// What was heard by each link, with the word of those that come and go. A link that was never heard stands behind.
fn sources(books: &Books, devices: &[DeviceView]) -> Vec<Source> {
    let links = devices.iter().filter_map(|device| match &device.id {
        Subject::Link(name) => Some((name, device)),
        _ => None,
    });
    let mut links: Vec<(&Name, &DeviceView)> = links.collect();
    let mut heard: Vec<Source> = Vec::new();
    for (link, account) in &books.links {
        let at = links.iter().position(|(name, _)| name.as_str() == link);
        heard.push(source(link, at.map(|at| links.remove(at).1), Some(account)));
    }
    heard.extend(links.into_iter().map(|(name, device)| source(name.as_str(), Some(device), None)));
    heard
}

fn source(link: &str, device: Option<&DeviceView>, account: Option<&Account>) -> Source {
    Source {
        link: link.to_owned(),
        state: device.map(|device| device.state),
        since: device.and_then(|device| device.since),
        reason: device.and_then(|device| device.reason.clone()),
        heard: account.map_or(0, |account| account.heard),
        rejected: account.map_or(0, |account| account.rejected.values().sum()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_what_linux_says_or_nothing() {
        assert_eq!(
            resident("Name:\tportico\nVmHWM:\t  45000 kB\nVmRSS:\t  44392 kB\nThreads:\t9\n"),
            Some(44_392 << 10)
        );
        for text in ["", "VmRSS:", "VmRSS:\t44392", "VmRSS:\t-1 kB", "VmRSS:\tmany kB"] {
            assert_eq!(resident(text), None, "{text}");
        }
        #[cfg(target_os = "linux")]
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
    }

    #[test]
    fn a_backup_is_well_while_there_is_one_and_no_try_failed() {
        let at = Some(Timestamp::from_millis(0));
        let view = |enabled, last_at, error: Option<&str>| BackupView {
            enabled,
            last_at,
            error: error.map(str::to_owned),
            ..BackupView::default()
        };
        for (view, ok) in [
            (view(true, at, None), Some(true)),
            (view(true, None, None), None),
            (view(true, at, Some("no room")), Some(false)),
            (view(true, None, Some("no room")), Some(false)),
            (view(false, None, None), None),
        ] {
            assert_eq!(standing(view).ok, ok);
        }
    }

    #[test]
    fn without_an_upstream_there_is_no_backlog() {
        let of = |text: &str| backlog(&RawValue::from_string(text.to_owned()).unwrap());
        assert_eq!(of(r#"{"state":"off","backlog":0}"#), None);
        assert_eq!(of(r#"{"state":"catching_up","backlog":7}"#), Some(7));
        assert_eq!(of(r#"{"state":"connected"}"#), None);
        assert_eq!(of("null"), None);
    }
}
