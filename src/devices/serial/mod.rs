//! Keeps one serial port open, however often it goes away, and hands on what is heard there.
//!
//! Promises that every position which is not thinned reaches `keep`, in order, or is counted as given up at a named
//! bound. Does not decode: see [`lines`](super::lines), [`nmea`](super::nmea) and [`fix`](super::fix).
//!
//! Waits are real time; every stamp comes from the gateway's clock, which in turn hears what time a configured vehicle's
//! receiver has.

mod hearing;
mod outbox;

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_serial::SerialPortBuilderExt;
use tokio_util::sync::CancellationToken;

use super::fix::Thinning;
use super::nmea::Checksum;
use crate::backoff::Backoff;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::counters::ledger::Slip;
use crate::facts::{Name, Report};
use hearing::Hearing;
use outbox::Outbox;

/// Between tries to open the port: half a second at first (and never below a quarter), five at most.
const REOPEN: Backoff = Backoff { first: Duration::from_millis(500), most: Duration::from_secs(5) };

/// A pause this long ends the burst of one moment's sentences.
const QUIET: Duration = Duration::from_millis(300);

/// Read at once; more comes with the next read.
const READ_BYTES_MAX: usize = 1024;

/// One serial port, as configured and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialSettings {
    /// The device; a path under `/dev/serial/by-id` stays right when ports are renumbered.
    pub path: PathBuf,
    /// Bits a second; eight bits, no parity, one stop bit.
    pub baud: u32,
    /// The vehicle on this port; none where the sentences name it.
    pub vehicle: Option<Name>,
    /// Whether positions are thinned by `thinning`.
    pub thin: bool,
    /// What thinning keeps.
    pub thinning: Thinning,
    /// Whether sentences must carry a checksum.
    pub checksum: Checksum,
    /// A port that gives no whole sentence for this long is opened anew.
    pub silence: Duration,
}

impl SerialSettings {
    /// The defaults for a port.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            baud: 9600,
            vehicle: None,
            thin: true,
            thinning: Thinning::default(),
            checksum: Checksum::Required,
            silence: Duration::from_secs(30),
        }
    }
}

/// Listens on the port until `cancel`, then hands on what is still held and returns. `keep` is called with one report
/// after the other, each when the one before is kept; while it waits, the newest reports wait in a bounded queue.
pub async fn run<K, F>(
    settings: SerialSettings,
    keep: K,
    clock: Clock,
    counters: Arc<Counters>,
    cancel: CancellationToken,
) where
    K: Fn(Report, Slip) -> F,
    F: Future<Output = ()>,
{
    let outbox = Outbox::new(Arc::clone(&counters));
    let hearing = Hearing::new(&settings, counters);
    let mut listener = Listener { settings: &settings, hearing, outbox: &outbox, clock, cancel };
    let listening = async {
        listener.listen().await;
        outbox.close();
    };
    let handing_on = async {
        while let Some((report, slip)) = outbox.next().await {
            keep(report, slip).await;
        }
    };
    tokio::join!(listening, handing_on);
}

/// How a stretch of listening ended.
#[derive(Debug)]
enum Ended {
    /// We were asked to stop.
    Asked,
    /// The device is gone: a read gives nothing, at once and for ever.
    Unplugged,
    /// A read failed.
    Failed(std::io::Error),
    /// Nothing was heard for too long.
    Silent,
    /// Bytes were heard, but no sentence.
    Noise,
}

impl Ended {
    fn why(&self) -> String {
        match self {
            Self::Asked => "the gateway stops".into(),
            Self::Unplugged => "unplugged".into(),
            Self::Failed(error) => format!("cannot be read: {error}"),
            Self::Silent => "silent: is the receiver powered?".into(),
            Self::Noise => "gives bytes but no NMEA sentence: is the baud rate right?".into(),
        }
    }
}

/// The port's driver: reads, asks what it means, hands on, opens anew.
struct Listener<'a> {
    settings: &'a SerialSettings,
    hearing: Hearing,
    outbox: &'a Outbox,
    clock: Clock,
    cancel: CancellationToken,
}

impl Listener<'_> {
    async fn listen(&mut self) {
        let mut attempt = 0;
        loop {
            let whole = self.hearing.whole();
            let why =
                match tokio_serial::new(self.settings.path.to_string_lossy(), self.settings.baud).open_native_async() {
                    Ok(mut port) => match self.session(&mut port).await {
                        Ended::Asked => break,
                        ended @ (Ended::Unplugged | Ended::Failed(_) | Ended::Silent | Ended::Noise) => ended.why(),
                    },
                    Err(error) => why_not_opened(&self.settings.path, &error),
                };
            self.outbox.extend(self.hearing.lost(&why, self.clock.now()));
            attempt = if self.hearing.whole() > whole { 0 } else { attempt + 1 };
            let wait = REOPEN.delay(attempt, RandomState::new().hash_one(attempt));
            tokio::select! {
                () = self.cancel.cancelled() => break,
                () = sleep(wait) => {}
            }
        }
        self.outbox.extend(self.hearing.quiet(self.clock.now()));
    }

    /// Tells the clock what time the receiver has.
    fn vouch(&mut self) {
        let told = self.hearing.take_told();
        if let Some(vehicle) = &self.settings.vehicle {
            for told in told {
                self.clock.hear(vehicle, told);
            }
        }
    }

    async fn session(&mut self, port: &mut (impl AsyncRead + Unpin)) -> Ended {
        let mut chunk = [0; READ_BYTES_MAX];
        let (mut whole, mut whole_at, mut bytes) = (self.hearing.whole(), Instant::now(), 0);
        loop {
            let left = self.settings.silence.saturating_sub(whole_at.elapsed());
            let patience = if self.hearing.is_open() { QUIET.min(left) } else { left };
            let read = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ended::Asked,
                read = timeout(patience, port.read(&mut chunk)) => read,
            };
            let now = self.clock.now();
            match read {
                Ok(Ok(0)) => return Ended::Unplugged,
                Ok(Ok(count)) => {
                    bytes += count;
                    self.outbox.extend(self.hearing.hear(chunk.get(..count).unwrap_or_default(), now));
                }
                Ok(Err(error)) if is_gone(&error) => return Ended::Unplugged,
                Ok(Err(error)) => return Ended::Failed(error),
                Err(_) => self.outbox.extend(self.hearing.quiet(now)),
            }
            self.vouch();
            if self.hearing.whole() > whole {
                (whole, whole_at, bytes) = (self.hearing.whole(), Instant::now(), 0);
            } else if whole_at.elapsed() >= self.settings.silence {
                return if bytes == 0 { Ended::Silent } else { Ended::Noise };
            }
        }
    }
}

/// Whether a read failed because the device was pulled; drivers differ in how they say it.
fn is_gone(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EIO | libc::ENODEV | libc::ENXIO))
}

/// What failed, and what to do about it.
fn why_not_opened(path: &Path, error: &tokio_serial::Error) -> String {
    use std::io::ErrorKind::{NotFound, PermissionDenied};
    use tokio_serial::ErrorKind::{InvalidInput, Io, NoDevice, Unknown};
    let path = path.display();
    match error.kind() {
        Io(NotFound) => format!("{path} is not there: is the receiver plugged in?"),
        Io(PermissionDenied) => format!("{path} may not be opened: put the gateway's user into the group dialout"),
        // tokio-serial's word for a port that somebody else holds.
        NoDevice => format!("{path} is in use: stop the other program ({error})"),
        Io(_) | InvalidInput | Unknown => format!("{path} cannot be opened as a serial port: {error}"),
    }
}

#[cfg(test)]
mod tests;
