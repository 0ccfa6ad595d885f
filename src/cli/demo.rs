//! `portico demo`: a whole venue day on loopback, with nothing simulated but the devices themselves.
//!
//! The daemon is the one of `portico run`, from a configuration and a plan that are written out beside its data; only
//! its clock is another, which passes the day faster. Decides nothing about data.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use firmware_sim::upstream::UpstreamControl;
use firmware_sim::{Day, DaySummary, SimClock, Targets, run_day};
use jiff::civil::{Date, date};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{FAILED, FAULTY, FINE, Outcome};
use crate::app::{App, Start};
use crate::clock::Clock;
use crate::config;
use crate::conservation::Conservation;
use crate::facts::{Kind, Span, Timestamp};
use crate::journal::{self, Lane, Reader};

/// The demo's day. Fixed, so that the same seed gives the same day whenever it is run.
const DAY: Date = date(2026, 11, 23);
/// Its zone.
const ZONE: &str = "Asia/Shanghai";
/// How long upstream gets at the end to take what it does not have yet.
const CATCH_UP_MAX: Duration = Duration::from_secs(20);

/// What `demo` is told.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// How many times as fast as on the wall the day passes; 60 runs an hour a minute
    #[arg(long, value_name = "N", default_value_t = 60.0)]
    pub speed: f64,
    /// Which day: the same seed gives the same guests, drives and mishaps
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Port of dashboard and API on loopback; 0 takes any that is free
    #[arg(long, value_name = "P", default_value_t = 8080)]
    pub port: u16,
    /// Where to keep data, configuration and plan of the demo (else a folder that is removed at the end)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// End by itself after so long on the wall, like "2m" (else at Ctrl-C)
    #[arg(long = "for", value_name = "DUR")]
    pub length: Option<Span>,
}

/// Runs the day, and tells at its end what became of it.
pub fn run(args: &DemoArgs) -> Outcome {
    if !(args.speed.is_finite() && args.speed > 0.0 && args.speed <= 3600.0) {
        let talk = "error: --speed must be above 0 and at most 3600\n".to_owned();
        return Outcome { code: FAULTY, out: String::new(), talk };
    }
    match super::runtime().and_then(|runtime| runtime.block_on(demo(args))) {
        Ok(report) => report.outcome(),
        Err(fault) => Outcome { code: FAILED, out: String::new(), talk: format!("error: {fault:#}\n") },
    }
}

async fn demo(args: &DemoArgs) -> anyhow::Result<Report> {
    let folder = Folder::of(args.data.as_deref())?;
    let zone = jiff::tz::TimeZone::get(ZONE).context("the time zones of this machine cannot be read")?;
    let day = Day::generate(args.seed, day_after(folder.path())?, zone)?;
    let ports = day.prepare_ports(&folder.path().join("ports"))?;
    let upstream = UpstreamControl::start(SocketAddr::from(([127, 0, 0, 1], 0)), false).await?;
    let path = write_files(folder.path(), &day, &ports.paths(), args.port, upstream.address())?;

    let (begun, opens) = (Instant::now(), Timestamp::from_millis(day.opens.as_millisecond()));
    let clock = Clock::scaled(opens, begun, args.speed);
    let loaded = config::load(&path, opens)
        .map_err(|faults| anyhow::anyhow!(super::faults::render(&faults, super::faults::Colour::Off)))?;
    let app = App::start(Start { loaded, path: Some(path), clock: Some(clock) }).await?;
    greet(&app, args, folder.path());

    let mqtt = app.mqtt.context("the demo's broker did not start")?;
    let sim_clock = SimClock::new(day.opens, begun, args.speed)?;
    let cancel = CancellationToken::new();
    let ending = tokio::spawn(end(args.length, cancel.clone()));
    let targets = Targets { mqtt, ports, upstream: Some(upstream.clone()) };
    let summary = run_day(&day, targets, sim_clock, cancel.clone()).await;
    if !cancel.is_cancelled() {
        eprintln!("The day is over; the dashboard stays until Ctrl-C.");
        cancel.cancelled().await;
    }
    ending.abort();
    if let Err(fault) = upstream.come_back().await {
        tracing::debug!(%fault, "upstream is there already");
    }
    let caught_up = catch_up(&app).await;
    let counts = upstream.counts();
    let conservation = app.stop().await;
    let reader = Reader::open(&folder.path().join("data"))?;
    Ok(Report {
        summary,
        entries: reader.newest()?,
        alerts: reader.alerts(usize::MAX >> 1)?.len(),
        scans: reader.backlog(Lane::Kind(Kind::Scan), 0)?,
        rejected: reader.backlog(Lane::Kind(Kind::Rejected), 0)?,
        upstream: counts,
        caught_up,
        conservation,
    })
}

fn greet(app: &App, args: &DemoArgs, folder: &Path) {
    println!("http://{}/", app.http);
    eprintln!(
        "Dashboard at the address above. A day from 06:00 to 20:00 at {} times its speed, seed {}.",
        args.speed, args.seed
    );
    if let Some(mqtt) = app.mqtt {
        eprintln!("MQTT broker: {mqtt}   data: {}", folder.display());
    }
}

/// Ends the day at its length or at a signal.
async fn end(length: Option<Span>, cancel: CancellationToken) {
    let timer = async {
        match length {
            Some(length) => tokio::time::sleep(Duration::from_millis(length.as_millis().max(0).unsigned_abs())).await,
            None => std::future::pending().await,
        }
    };
    let Ok(mut term) = signal(SignalKind::terminate()) else { return timer.await };
    tokio::select! {
        () = timer => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
    cancel.cancel();
}

/// Waits until upstream has everything, within reason.
async fn catch_up(app: &App) -> bool {
    let mut standing = app.upstream.clone();
    let newest = *app.recorder.newest().borrow();
    let done = tokio::time::timeout(CATCH_UP_MAX, standing.wait_for(|view| view.acknowledged_seq >= newest)).await;
    matches!(done, Ok(Ok(_)))
}

/// A folder that was named and stays, or one that goes with the demo.
enum Folder {
    Named(PathBuf),
    Passing(PathBuf),
}

impl Folder {
    fn of(named: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match named {
            Some(path) => Self::Named(path.to_owned()),
            None => Self::Passing(std::env::temp_dir().join(format!("portico-demo-{}", std::process::id()))),
        };
        std::fs::create_dir_all(folder.path()).with_context(|| format!("cannot use {}", folder.path().display()))?;
        Ok(folder)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Passing(path) => path,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Self::Passing(path) = self
            && std::fs::remove_dir_all(&*path).is_err()
        {
            eprintln!("{} could not be removed", path.display());
        }
    }
}

/// The demo's day; in a folder that has seen days already, the one after the newest.
fn day_after(folder: &Path) -> anyhow::Result<Date> {
    let Some(newest) = journal::newest_stamp(&folder.join("data"))? else { return Ok(DAY) };
    let newest = jiff::Timestamp::from_millisecond(newest.as_millis())?.in_tz(ZONE)?.date();
    Ok(newest.tomorrow()?)
}

/// Writes configuration and plan as a technician would, and gives the configuration's path.
fn write_files(
    folder: &Path,
    day: &Day,
    ports: &std::collections::BTreeMap<String, PathBuf>,
    web_port: u16,
    upstream: SocketAddr,
) -> anyhow::Result<PathBuf> {
    let mut text = format!(
        "# Written by `portico demo`; the devices end with it.\n\
         [site]\nid = \"demo\"\nname = \"Portico demo 演示\"\ntime_zone = \"{ZONE}\"\nlanguage = \"zh-CN\"\n\n\
         [data]\ndir = \"data\"\n\n[web]\nbind = \"127.0.0.1:{web_port}\"\n\n\
         [mqtt.listener]\nbind = \"127.0.0.1:0\"\n\n[plan]\nfile = \"plan.json\"\n\n\
         [upstream]\nkind = \"http\"\nurl = \"http://{upstream}/\"\n"
    );
    for (vehicle, port) in ports {
        let port = std::path::absolute(port)?;
        let Some(port) = port.to_str() else { bail!("{} is not UTF-8", port.display()) };
        // A shared line names its vehicles itself, by TAG blocks.
        let named = if day.names_itself(vehicle) { String::new() } else { format!("vehicle = \"{vehicle}\"\n") };
        write!(text, "\n[[serial]]\npath = \"{port}\"\n{named}")?;
    }
    std::fs::write(folder.join("plan.json"), serde_json::to_vec_pretty(&day.plan_json())?)?;
    let path = folder.join("portico.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// What became of the day.
struct Report {
    summary: DaySummary,
    entries: u64,
    alerts: usize,
    scans: u64,
    rejected: u64,
    upstream: firmware_sim::upstream::Counts,
    caught_up: bool,
    conservation: Option<Conservation>,
}

impl Report {
    /// A summary, and whether what was acknowledged to the devices is what was kept and passed on.
    fn outcome(&self) -> Outcome {
        let passed_on = !self.caught_up || self.upstream.events == self.entries;
        let adds_up = self.conservation.as_ref().is_some_and(|report| report.adds_up);
        let sound = passed_on && self.upstream.conflicts == 0 && adds_up;
        let out = format!(
            "{}\njournal: {} entries, {} scans, {} rejected, {} alerts\n\
             upstream: {} events, {} sent again and recognised, {} with another content{}\n{}",
            self.summary,
            self.entries,
            self.scans,
            self.rejected,
            self.alerts,
            self.upstream.events,
            self.upstream.duplicates,
            self.upstream.conflicts,
            if self.caught_up { "" } else { "; it was stopped before it had everything" },
            self.conservation.as_ref().map(ToString::to_string).unwrap_or_default(),
        );
        let talk = match (sound, adds_up) {
            (true, _) => "",
            (false, true) => "error: upstream does not hold what the journal holds\n",
            (false, false) => "error: not everything that was heard is accounted for\n",
        };
        let talk = talk.to_owned();
        Outcome { code: if sound { FINE } else { FAILED }, out, talk }
    }
}
