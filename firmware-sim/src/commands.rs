//! The subcommands: each reads its arguments, starts its devices and waits. What the devices do is the library's.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::arguments::{
    Cli, Command, DayArgs, Format, GpsArgs, KioskArgs, PlanArgs, SensorArgs, Speech, UpstreamArgs, Which,
};
use firmware_sim::data::RoomSeries;
use firmware_sim::drive::Drive;
use firmware_sim::gps::{self, Dress, GpsScript, Motion};
use firmware_sim::kiosk::{Deed, Direction, Kiosk, Scan};
use firmware_sim::nmea::Dialect;
use firmware_sim::pty::Pty;
use firmware_sim::scenario::demonstration_route;
use firmware_sim::sensor::{self, RoomAir, SensorScript};
use firmware_sim::upstream::UpstreamControl;
use firmware_sim::{Day, SimClock, Targets, run_day};

/// How long the last scan of a list is waited for.
const LAST_ANSWER: Duration = Duration::from_secs(10);

/// Runs what was asked for until it is done or until a signal comes.
pub async fn run(cli: Cli) -> Result<()> {
    let cancel = CancellationToken::new();
    tokio::spawn(until_signal(cancel.clone()));
    match cli.command {
        Command::Day(args) => day(args, cancel).await,
        Command::Kiosk(args) => kiosk(args, cancel).await,
        Command::Sensor(args) => sensor(args, cancel).await,
        Command::Gps(args) => gps(args, cancel).await,
        Command::Upstream(args) => upstream(&args, cancel).await,
        Command::Plan(args) => plan(&args),
    }
}

async fn until_signal(cancel: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        // Without a handler the system ends the process by itself, which is all that a signal asks for.
        Err(_) => return,
    }
    cancel.cancel();
}

impl Which {
    fn day(&self) -> Result<Day> {
        let zone = TimeZone::get(&self.zone)
            .with_context(|| format!("the time zone {:?} is not known here; is tzdata installed?", self.zone))?;
        let today = Zoned::now().with_time_zone(zone.clone()).date();
        Ok(Day::generate(self.seed, self.date.unwrap_or(today), zone)?)
    }
}

async fn day(args: DayArgs, cancel: CancellationToken) -> Result<()> {
    let day = args.which.day()?;
    let ports = day
        .prepare_ports(&args.serial_dir)
        .with_context(|| format!("no serial ports can be made in {}", args.serial_dir.display()))?;
    for (vehicle, path) in ports.paths() {
        eprintln!("{vehicle} speaks on {}", path.display());
    }
    let upstream = match args.upstream {
        Some(port) => Some(listen(port, false).await?),
        None => None,
    };
    for happening in day.timeline() {
        let at = happening.at.to_zoned(day.zone.clone()).strftime("%H:%M");
        eprintln!("{at}  {:<16} {}", happening.subject, happening.words);
    }
    let clock = SimClock::new(day.opens, Instant::now(), args.speed)?;
    let targets = Targets { mqtt: args.mqtt, ports, upstream: upstream.clone() };
    let summary = run_day(&day, targets, clock, cancel).await;
    println!("{summary}");
    if let Some(upstream) = upstream {
        println!("  upstream   {:?}", upstream.counts());
    }
    Ok(())
}

async fn kiosk(args: KioskArgs, cancel: CancellationToken) -> Result<()> {
    let clock = SimClock::new(Timestamp::now(), Instant::now(), 1.0)?;
    let mut settings = Kiosk::settings(&args.id, args.mqtt);
    settings.credentials = args
        .login
        .as_deref()
        .and_then(|login| login.split_once(':'))
        .map(|(name, password)| (name.to_owned(), password.to_owned()));
    let (display, mut verdicts) = mpsc::channel(64);
    let (deeds, orders) = mpsc::channel(16);
    let closing = cancel.child_token();
    let expected = args.codes.len();
    let running = tokio::spawn(Kiosk::new(&args.id, settings, Some(display)).run(orders, clock, closing.clone()));
    let scanning = scan_all(&args, deeds, cancel.clone());
    let showing = async {
        let mut shown = 0;
        while let Some(verdict) = verdicts.recv().await {
            println!("{verdict}");
            shown += 1;
            if expected > 0 && shown == expected {
                return;
            }
        }
    };
    tokio::select! {
        () = async { scanning.await; tokio::time::sleep(LAST_ANSWER).await } => {}
        () = showing => {}
        () = cancel.cancelled() => {}
    }
    closing.cancel();
    let counts = running.await?;
    eprintln!(
        "{} scans, {} acknowledged, {} unanswered",
        counts.scans_sent, counts.scans_acknowledged, counts.scans_unanswered
    );
    anyhow::ensure!(
        counts.scans_left == 0,
        "{} scans were not acknowledged: is {} a broker?",
        counts.scans_left,
        args.mqtt
    );
    Ok(())
}

/// Makes scans of the codes given, or of the lines of standard input until it ends.
async fn scan_all(args: &KioskArgs, deeds: mpsc::Sender<Deed>, cancel: CancellationToken) {
    let (typed, mut lines) = mpsc::channel(16);
    if args.codes.is_empty() {
        // A thread of its own: a read from a terminal cannot be called off, and ends with the process.
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if typed.blocking_send(line).is_err() {
                    return;
                }
            }
        });
    } else {
        let (codes, every) = (args.codes.clone(), Duration::try_from_secs_f64(args.every).unwrap_or_default());
        tokio::spawn(async move {
            for code in codes {
                if typed.send(code).await.is_err() {
                    return;
                }
                tokio::time::sleep(every).await;
            }
        });
    }
    // Numbers from the clock, so that a second run does not send the first one's ids again.
    let first = Timestamp::now().as_second() % 100_000 * 10;
    let mut number = first;
    while let Some(line) = tokio::select! { line = lines.recv() => line, () = cancel.cancelled() => None } {
        let code = line.trim();
        if code.is_empty() {
            continue;
        }
        number += 1;
        let scan = Scan {
            scan_id: format!("{}-{number:06}", args.id),
            code: code.to_owned(),
            at: Timestamp::now(),
            direction: if args.exit { Direction::Exit } else { Direction::Entry },
            point: args.point.clone(),
            method: "qr",
            duration_s: 3,
        };
        if deeds.send(Deed::Scan(scan)).await.is_err() {
            return;
        }
    }
}

async fn sensor(args: SensorArgs, cancel: CancellationToken) -> Result<()> {
    let clock = SimClock::new(Timestamp::now(), Instant::now(), 1.0)?;
    let midnight = Zoned::now().start_of_day()?.timestamp();
    let air = RoomAir {
        series: Arc::new(RoomSeries::load()?),
        midnight,
        shift: SignedDuration::ZERO,
        mean_temperature: args.mean,
        swing: 0.6,
        humidity_by: 18.0,
        co2_share: 0.5,
        crowd: None,
    };
    let id = args.sensor.unwrap_or_else(|| format!("{}-1", args.room));
    let script = SensorScript {
        room: args.room,
        sensor: id.clone(),
        air: Arc::new(air),
        bias: 0.0,
        with_co2: true,
        battery: 90.0,
        every: SignedDuration::from_secs(args.every.max(1)),
        phase: SignedDuration::ZERO,
        faults: Vec::new(),
        seed: 1,
    };
    eprintln!("{} every {} s; ends at a signal", script.topic(), args.every.max(1));
    let counts = sensor::run(sensor::settings(&id, args.mqtt), vec![script], clock, cancel).await;
    println!("{} readings, {} acknowledged", counts.readings_sent, counts.readings_acknowledged);
    Ok(())
}

async fn gps(args: GpsArgs, cancel: CancellationToken) -> Result<()> {
    let clock = SimClock::new(Timestamp::now(), Instant::now(), args.speed)?;
    let motion = if args.drive {
        Motion::Drive(Arc::new(Drive::recorded()?), clock.start())
    } else {
        Motion::Track(Arc::new(demonstration_route(clock.start())))
    };
    let (dialect, dress) = match args.speech {
        Speech::Gp => (Dialect::GP, Dress::Plain),
        Speech::Gn => (Dialect::GN, Dress::Plain),
        Speech::Tagged => (Dialect::GN, Dress::Tagged),
        Speech::Nexedge => (Dialect::GP, Dress::Nexedge("U00207".to_owned())),
        Speech::Fleetsync => (Dialect::GP, Dress::FleetSync(100, 2001)),
    };
    let port = Pty::open(&args.link).with_context(|| format!("no port at {}", args.link.display()))?;
    eprintln!("{} speaks on {}; ends at a signal", args.vehicle, args.link.display());
    let script = GpsScript {
        vehicle: args.vehicle,
        motion,
        dialect,
        dress,
        every: SignedDuration::from_secs(1),
        no_fix: Vec::new(),
        unplugged: Vec::new(),
        bad_checksums: Vec::new(),
        seed: 1,
    };
    let counts = gps::run(script, port, clock, cancel).await;
    println!("{} sentences, {} bytes heard, {} unheard", counts.sentences, counts.bytes_taken, counts.bytes_lost);
    Ok(())
}

async fn upstream(args: &UpstreamArgs, cancel: CancellationToken) -> Result<()> {
    let control = listen(args.port, false).await?;
    eprintln!("http://{} collects CloudEvents batches; ends at a signal", control.address());
    cancel.cancelled().await;
    println!("{}", serde_json::to_string(&control.counts())?);
    Ok(())
}

async fn listen(port: u16, keep_bodies: bool) -> Result<UpstreamControl> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    UpstreamControl::start(address, keep_bodies).await.with_context(|| format!("{address} cannot be listened on"))
}

fn plan(args: &PlanArgs) -> Result<()> {
    let day = args.which.day()?;
    let text = match args.format {
        Format::Json => format!("{:#}\n", day.plan_json()),
        Format::Csv => day.plan_csv()?,
    };
    match &args.out {
        Some(path) => write(path, &text),
        None => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
