//! The subcommands: each reads its arguments, starts its devices and waits. What the devices do is the library's.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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

/// Simulated kiosks, sensors, vehicles and an upstream.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A whole venue day: all devices, on one clock.
    Day(DayArgs),
    /// One kiosk; codes from the arguments, or from standard input as a scanner types them.
    Kiosk(KioskArgs),
    /// One room sensor.
    Sensor(SensorArgs),
    /// One vehicle's GPS receiver on a pseudo-terminal.
    Gps(GpsArgs),
    /// A collector of CloudEvents batches; its figures are printed at the end and served on GET.
    Upstream(UpstreamArgs),
    /// Writes the plan of a simulated day.
    Plan(PlanArgs),
}

/// Which day.
#[derive(Debug, Args)]
struct Which {
    /// The same seed gives the same day.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The local date [default: today].
    #[arg(long)]
    date: Option<Date>,
    /// The venue's time zone.
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: String,
}

#[derive(Debug, Args)]
struct DayArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    mqtt: SocketAddr,
    /// The folder for the vehicles' ports.
    #[arg(long, value_name = "DIR")]
    serial_dir: PathBuf,
    /// How many times faster than the wall; 60 runs an hour a minute.
    #[arg(long, default_value_t = 60.0)]
    speed: f64,
    /// A collector of our own that goes away for an hour, on this port.
    #[arg(long, value_name = "PORT")]
    upstream: Option<u16>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct KioskArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    mqtt: SocketAddr,
    /// The kiosk's id.
    #[arg(long, default_value = "K01")]
    id: String,
    /// Where it stands.
    #[arg(long, default_value = "main-door")]
    point: String,
    /// Scans ways out instead of ways in.
    #[arg(long)]
    exit: bool,
    /// The pause between two codes of the list, seconds.
    #[arg(long, default_value_t = 1.0)]
    every: f64,
    /// Name and password for the broker, `name:password`.
    #[arg(long, value_name = "NAME:PASSWORD")]
    login: Option<String>,
    /// The codes to scan; without any, one a line from standard input.
    codes: Vec<String>,
}

#[derive(Debug, Args)]
struct SensorArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    mqtt: SocketAddr,
    /// The room.
    #[arg(long, default_value = "lobby")]
    room: String,
    /// The sensor's id [default: the room's with -1].
    #[arg(long)]
    sensor: Option<String>,
    /// Seconds between readings.
    #[arg(long, default_value_t = 60)]
    every: i64,
    /// The room's mean temperature, °C.
    #[arg(long, default_value_t = 22.0)]
    mean: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Speech {
    /// GPS alone, NMEA 2.3.
    Gp,
    /// Many constellations, NMEA 4.1.
    Gn,
    /// NMEA 4.1 behind TAG blocks that name the vehicle.
    Tagged,
    /// Kenwood NEXEDGE, `$PKNDS`.
    Nexedge,
    /// Kenwood `FleetSync`, `$PKLSH`.
    Fleetsync,
}

#[derive(Debug, Args)]
struct GpsArgs {
    /// The path that leads to the port.
    #[arg(long, value_name = "PATH")]
    link: PathBuf,
    /// A simulated route through Shanghai, there and back [default].
    #[arg(long, conflicts_with = "drive")]
    route: bool,
    /// The recorded drive from Reno to Lake Tahoe, from its start.
    #[arg(long)]
    drive: bool,
    /// What the receiver speaks on a simulated route.
    #[arg(long, value_enum, default_value_t = Speech::Gp)]
    speech: Speech,
    /// The vehicle's id, for TAG blocks.
    #[arg(long, default_value = "car-1")]
    vehicle: String,
    /// How many times faster than the wall.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
}

#[derive(Debug, Args)]
struct UpstreamArgs {
    /// The port on loopback.
    #[arg(long, default_value_t = 8088)]
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The whole plan.
    Json,
    /// The guests.
    Csv,
}

#[derive(Debug, Args)]
struct PlanArgs {
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Where to [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

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
