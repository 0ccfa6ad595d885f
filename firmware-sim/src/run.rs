//! Runs a day: starts every device on one clock, lets the script happen, switches all off at the end and sums up.
//! Decides nothing about what happens; that is the scenario's.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::gps::{self, GpsCounts};
use crate::kiosk::{self, Kiosk, KioskCounts};
use crate::pty::Pty;
use crate::scenario::Day;
use crate::sensor::{self, SensorCounts};
use crate::summary::DaySummary;
use crate::time::{SimClock, Span};
use crate::upstream::UpstreamControl;

/// How many sensors share a room gateway.
const SENSORS_PER_GATEWAY: usize = 6;
/// Deeds on their way to a kiosk; one that is busy is waited for.
const DEEDS: usize = 16;

/// The vehicles' serial ports, plugged in before anybody looks for them.
#[derive(Debug)]
pub struct Ports(BTreeMap<String, Pty>);

impl Ports {
    /// The path of each vehicle's port, for the gateway's configuration.
    pub fn paths(&self) -> BTreeMap<String, PathBuf> {
        self.0.iter().map(|(vehicle, port)| (vehicle.clone(), port.link().to_owned())).collect()
    }
}

impl Day {
    /// Plugs in a serial port for each vehicle: `DIR/car-1` and so on. Nothing is written before [`run_day`].
    ///
    /// # Errors
    /// When the folder cannot be made, or as [`Pty::open`].
    pub fn prepare_ports(&self, dir: &Path) -> io::Result<Ports> {
        std::fs::create_dir_all(dir)?;
        let plugged = self.receivers.iter().map(|car| Ok((car.vehicle.clone(), Pty::open(&dir.join(&car.vehicle))?)));
        plugged.collect::<io::Result<_>>().map(Ports)
    }
}

/// Whom the devices talk to.
#[derive(Debug)]
pub struct Targets {
    /// The gateway's broker.
    pub mqtt: SocketAddr,
    /// The ports that the gateway reads, from [`Day::prepare_ports`].
    pub ports: Ports,
    /// The collector that goes away and returns, if there is one.
    pub upstream: Option<UpstreamControl>,
}

/// What one device's task brings home.
enum Home {
    Kiosk(String, KioskCounts),
    Rooms(SensorCounts),
    Vehicle(String, GpsCounts),
    Upstream(u32),
}

/// Runs the day until its end or until `cancel`, whichever comes first; then the devices say goodbye (up to a few
/// seconds) and their figures are added up. Needs a Tokio runtime with time and I/O.
pub async fn run_day(day: &Day, targets: Targets, clock: SimClock, cancel: CancellationToken) -> DaySummary {
    let closing = CancellationToken::new();
    let mut devices = JoinSet::new();
    let Targets { mqtt, ports, upstream } = targets;
    for script in &day.kiosks {
        let (deeds, orders) = mpsc::channel(DEEDS);
        let kiosk = Kiosk::new(&script.id, Kiosk::settings(&script.id, mqtt), None);
        let (id, closing) = (script.id.clone(), closing.clone());
        let follow = kiosk::follow(script.clone(), clock, deeds);
        devices.spawn(async move {
            let script = tokio::spawn(follow);
            let counts = kiosk.run(orders, clock, closing).await;
            script.abort();
            Home::Kiosk(id, counts)
        });
    }
    for (number, sensors) in (1..).zip(day.sensors.chunks(SENSORS_PER_GATEWAY)) {
        let settings = sensor::settings(&format!("{number}"), mqtt);
        let (sensors, closing) = (sensors.to_vec(), closing.clone());
        devices.spawn(async move { Home::Rooms(sensor::run(settings, sensors, clock, closing).await) });
    }
    let mut ports = ports.0;
    for script in &day.receivers {
        let Some(port) = ports.remove(&script.vehicle) else { continue };
        let (script, closing) = (script.clone(), closing.clone());
        devices.spawn(async move {
            let vehicle = script.vehicle.clone();
            Home::Vehicle(vehicle, gps::run(script, port, clock, closing).await)
        });
    }
    if let Some(upstream) = upstream {
        devices.spawn(come_and_go(upstream, day.upstream_gone, clock, closing.clone()));
    }

    let complete = tokio::select! {
        () = clock.sleep_until(day.closes) => true,
        () = cancel.cancelled() => false,
    };
    closing.cancel();
    gather(devices, complete).await
}

/// Takes the collector away for its outage; leaves it present at the end, however the day ends.
async fn come_and_go(upstream: UpstreamControl, gone: Span, clock: SimClock, closing: CancellationToken) -> Home {
    if clock.now() >= gone.until {
        return Home::Upstream(0);
    }
    tokio::select! {
        () = clock.sleep_until(gone.from) => {}
        () = closing.cancelled() => return Home::Upstream(0),
    }
    upstream.go_away().await;
    tokio::select! {
        () = clock.sleep_until(gone.until) => {}
        () = closing.cancelled() => {}
    }
    if let Err(error) = upstream.come_back().await {
        tracing::warn!(address = %upstream.address(), %error, "the collector cannot come back: its port is taken");
    }
    Home::Upstream(1)
}

async fn gather(mut devices: JoinSet<Home>, complete: bool) -> DaySummary {
    let mut summary = DaySummary { complete, ..DaySummary::default() };
    while let Some(home) = devices.join_next().await {
        match home {
            Ok(Home::Kiosk(id, counts)) => {
                summary.kiosks.insert(id, counts);
            }
            Ok(Home::Vehicle(id, counts)) => {
                summary.vehicles.insert(id, counts);
            }
            Ok(Home::Rooms(counts)) => {
                let sum = &mut summary.sensors;
                sum.readings_sent += counts.readings_sent;
                sum.readings_acknowledged += counts.readings_acknowledged;
                sum.readings_dropped += counts.readings_dropped;
                sum.readings_skipped += counts.readings_skipped;
                sum.connections += counts.connections;
            }
            Ok(Home::Upstream(outages)) => summary.upstream_outages = outages,
            Err(error) => {
                tracing::error!(%error, "a simulated device broke");
                summary.broken_devices += 1;
            }
        }
    }
    summary
}
