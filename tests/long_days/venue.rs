//! The devices: each message leaves at its time of the faster day, or as soon after as the last was acknowledged, so that
//! every one that should be sent is. And somebody who looks at the dashboard all the while.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::support::mqtt::Client;

const KIOSKS: u64 = 20;
const VEHICLES: u64 = 20;
const SENSORS: u64 = 60;
/// Seconds of the day between two messages of one device.
const SCAN_EVERY: u64 = 30;
const POSITION_EVERY: u64 = 10;
const READING_EVERY: u64 = 30;

/// The faster day.
pub struct Pace {
    seconds: u64,
    speed: u64,
    begun: Instant,
    /// Messages that were acknowledged.
    acknowledged: AtomicU64,
    /// The latest that a message was behind its time, milliseconds of ours.
    behind_ms: AtomicU64,
}

impl Pace {
    pub fn new(seconds: u64, speed: u64) -> Self {
        Self { seconds, speed, begun: Instant::now(), acknowledged: AtomicU64::new(0), behind_ms: AtomicU64::new(0) }
    }

    /// Waits for this second of the day.
    fn reach(&self, second: u64) {
        let at = self.begun + Duration::from_millis(second * 1000 / self.speed);
        let now = Instant::now();
        std::thread::sleep(at.saturating_duration_since(now));
        self.behind_ms.fetch_max(now.saturating_duration_since(at).as_millis() as u64, Ordering::Relaxed);
    }

    /// How far the day has come, by the messages of it that were acknowledged.
    pub fn hours(&self) -> f64 {
        let an_hour = 3_600 * KIOSKS / SCAN_EVERY + 3_600 * VEHICLES / POSITION_EVERY + 3_600 * SENSORS / READING_EVERY;
        self.acknowledged.load(Ordering::Relaxed) as f64 / an_hour as f64
    }

    /// The latest that a message was behind its time.
    pub fn behind(&self) -> Duration {
        Duration::from_millis(self.behind_ms.load(Ordering::Relaxed))
    }
}

/// How long a message of this second of the day waited for its acknowledgement.
type Wait = (u64, Duration);

/// Devices at work.
pub struct Venue {
    kiosks: Vec<JoinHandle<Vec<Wait>>>,
    others: Vec<JoinHandle<Vec<Wait>>>,
}

impl Venue {
    pub fn open(broker: SocketAddr, pace: &Arc<Pace>) -> Self {
        let scan = |kiosk: u64, n: u64| {
            let code = (n * KIOSKS + kiosk) % 700;
            let payload = format!(r#"{{"scan_id":"K{kiosk}-{n}","code":"G-{code}"}}"#);
            (format!("reception/v1/kiosk/K{kiosk}/scan"), payload)
        };
        let position = |vehicle: u64, n: u64| {
            // Round the block, with a rest now and then.
            let metres = if n % 200 < 150 { n * 80 % 4_000 } else { 0 };
            let (lat, kmh) = (31.2 + metres as f64 / 111_195.0, if metres == 0 { 0 } else { 29 });
            let payload = format!(r#"{{"lat":{lat:.6},"lon":121.4{vehicle:02},"speed_kmh":{kmh}.0,"course":0.0}}"#);
            (format!("reception/v1/vehicle/car-{vehicle}/position"), payload)
        };
        let reading = |sensor: u64, n: u64| {
            let temperature = 20 + (n / 80 + sensor) % 9;
            let payload = format!(r#"{{"temperature":{temperature}.{},"co2":{}}}"#, n % 10, 500 + n % 600);
            (format!("reception/v1/room/room-{}/sensor/s-{sensor}", sensor % 12), payload)
        };
        let start = |what: &str, number: u64, every: u64, message: fn(u64, u64) -> (String, String)| {
            let (pace, name) = (Arc::clone(pace), format!("{what}-{number}"));
            let work = move || device(broker, &pace, &name, number, every, message);
            Builder::new().stack_size(256 << 10).spawn(work).unwrap()
        };
        let kiosks = (0..KIOSKS).map(|number| start("kiosk", number, SCAN_EVERY, scan)).collect();
        let vehicles = (0..VEHICLES).map(|number| start("vehicle", number, POSITION_EVERY, position));
        let sensors = (0..SENSORS).map(|number| start("sensor", number, READING_EVERY, reading));
        Self { kiosks, others: vehicles.chain(sensors).collect() }
    }

    pub fn is_over(&self) -> bool {
        self.kiosks.iter().chain(&self.others).all(JoinHandle::is_finished)
    }

    /// The waits of the scans, and of everything else, in the order of the day.
    pub fn close(self) -> (Vec<Duration>, Vec<Duration>) {
        let all = |devices: Vec<JoinHandle<Vec<Wait>>>| {
            let mut waits: Vec<Wait> = devices.into_iter().flat_map(|device| device.join().unwrap()).collect();
            waits.sort();
            waits.into_iter().map(|(_, wait)| wait).collect()
        };
        (all(self.kiosks), all(self.others))
    }
}

/// One device with a connection of its own.
fn device(
    broker: SocketAddr,
    pace: &Pace,
    name: &str,
    number: u64,
    every: u64,
    message: fn(u64, u64) -> (String, String),
) -> Vec<Wait> {
    let mut client = Client::plain(broker, name).unwrap();
    let mut waits = Vec::new();
    // Not all of them at the same moment.
    for (n, second) in (number % every..pace.seconds).step_by(every as usize).enumerate() {
        pace.reach(second);
        let (topic, payload) = message(number, n as u64);
        let begun = Instant::now();
        client.publish_and_wait(&topic, payload.as_bytes()).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        waits.push((second, begun.elapsed()));
        pace.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    waits
}

/// Somebody with the dashboard open; gives how many bytes came.
pub fn viewer(http: SocketAddr, over: &Arc<AtomicBool>) -> JoinHandle<u64> {
    let over = Arc::clone(over);
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(http).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        write!(stream, "GET /api/v1/stream HTTP/1.1\r\nHost: {http}\r\n\r\n").unwrap();
        let (mut chunk, mut bytes) = ([0; 16 << 10], 0);
        while !over.load(Ordering::Relaxed) {
            match stream.read(&mut chunk) {
                Ok(0) => panic!("the live stream ended"),
                Ok(count) => bytes += count as u64,
                Err(fault) if matches!(fault.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(fault) => panic!("the live stream: {fault}"),
            }
        }
        bytes
    })
}
