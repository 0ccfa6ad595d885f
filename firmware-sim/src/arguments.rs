//! What the command line takes. Checks types, does nothing.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

/// Simulated kiosks, sensors, vehicles and an upstream.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
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
pub struct Which {
    /// The same seed gives the same day.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The local date [default: today].
    #[arg(long)]
    pub date: Option<Date>,
    /// The venue's time zone.
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
}

#[derive(Debug, Args)]
pub struct DayArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    pub mqtt: SocketAddr,
    /// The folder for the vehicles' ports.
    #[arg(long, value_name = "DIR")]
    pub serial_dir: PathBuf,
    /// How many times faster than the wall; 60 runs an hour a minute.
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// A collector of our own that goes away for an hour, on this port.
    #[arg(long, value_name = "PORT")]
    pub upstream: Option<u16>,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Args)]
pub struct KioskArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    pub mqtt: SocketAddr,
    /// The kiosk's id.
    #[arg(long, default_value = "K01")]
    pub id: String,
    /// Where it stands.
    #[arg(long, default_value = "main-door")]
    pub point: String,
    /// Scans ways out instead of ways in.
    #[arg(long)]
    pub exit: bool,
    /// The pause between two codes of the list, seconds.
    #[arg(long, default_value_t = 1.0)]
    pub every: f64,
    /// Name and password for the broker, `name:password`.
    #[arg(long, value_name = "NAME:PASSWORD")]
    pub login: Option<String>,
    /// The codes to scan; without any, one a line from standard input.
    pub codes: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SensorArgs {
    /// The gateway's broker.
    #[arg(long, value_name = "ADDR")]
    pub mqtt: SocketAddr,
    /// The room.
    #[arg(long, default_value = "lobby")]
    pub room: String,
    /// The sensor's id [default: the room's with -1].
    #[arg(long)]
    pub sensor: Option<String>,
    /// Seconds between readings.
    #[arg(long, default_value_t = 60)]
    pub every: i64,
    /// The room's mean temperature, °C.
    #[arg(long, default_value_t = 22.0)]
    pub mean: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Speech {
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
pub struct GpsArgs {
    /// The path that leads to the port.
    #[arg(long, value_name = "PATH")]
    pub link: PathBuf,
    /// A simulated route through Shanghai, there and back [default].
    #[arg(long, conflicts_with = "drive")]
    pub route: bool,
    /// The recorded drive from Lake Tahoe to Reno, where it was driven, from its start.
    #[arg(long)]
    pub drive: bool,
    /// What the receiver speaks on a simulated route.
    #[arg(long, value_enum, default_value_t = Speech::Gp)]
    pub speech: Speech,
    /// The vehicle's id, for TAG blocks.
    #[arg(long, default_value = "car-1")]
    pub vehicle: String,
    /// How many times faster than the wall.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
}

#[derive(Debug, Args)]
pub struct UpstreamArgs {
    /// The port on loopback.
    #[arg(long, default_value_t = 8088)]
    pub port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The whole plan.
    Json,
    /// The guests.
    Csv,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Where to [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub which: Which,
}
