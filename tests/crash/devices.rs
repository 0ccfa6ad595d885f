//! The devices of the crash test: each remembers what it was acknowledged and sends everything else again.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portico::facts::Timestamp;

use crate::support::Dice;
use crate::support::mqtt::{Client, Packet, publish_packet};

/// Guests of the plan are `G-000` up to this; scans also name a few strangers beyond.
pub const GUESTS: u64 = 80;
/// The vehicle whose receiver is on a serial port.
pub const WIRED: &str = "car-wired";
const STRANGERS: u64 = 10;
/// Messages on the way to the broker without its acknowledgement, as an ordinary client library has them.
const WINDOW: usize = 8;
/// Scans of each kiosk that are sent once more at the end.
const ASKED_AGAIN: usize = 150;
/// How long a device waits before it knocks again.
const KNOCK_AGAIN: Duration = Duration::from_millis(10);
/// How long everything may take to be acknowledged once nothing is killed any more.
const SETTLE_MAX: Duration = Duration::from_mins(1);

/// What a device is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Kiosk,
    Sensor,
    /// Drives around.
    Vehicle,
    /// Sends only what it is told to.
    Told,
}

/// What a message will be known by in the journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Kiosk and scan id, and what it says: the code and the direction.
    Scan(String, String, String),
    /// Room, the sensor's stamp, the value.
    Reading(String, Timestamp, String),
    /// Vehicle, its stamp, the latitude in ten-millionths of a degree.
    Position(String, Timestamp, i64),
    /// Bytes that mean nothing.
    Bad(String),
}

#[derive(Debug, Clone)]
struct Message {
    topic: String,
    payload: String,
    key: Key,
    /// The packet id it has on this connection.
    on_the_way: Option<u16>,
}

/// A device over MQTT.
pub struct Device {
    name: String,
    kind: Kind,
    dice: Dice,
    number: u64,
    newest: i64,
    /// Not acknowledged, oldest first.
    outbox: VecDeque<Message>,
    /// Acknowledged.
    pub acked: Vec<Key>,
    /// Every payload of a scan, to ask again with.
    scans: BTreeMap<String, String>,
    /// The answer to each scan, as it first came.
    pub verdicts: BTreeMap<String, String>,
}

impl Device {
    pub fn new(name: &str, kind: Kind, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            dice: Dice::new(seed),
            number: 0,
            newest: 0,
            outbox: VecDeque::new(),
            acked: Vec::new(),
            scans: BTreeMap::new(),
            verdicts: BTreeMap::new(),
        }
    }

    /// Gives it one reading to send: `celsius` in `room`, now.
    pub fn tell(&mut self, room: &str, celsius: &str) {
        let message = self.reading(room, celsius);
        self.outbox.push_back(message);
    }

    /// Works against `address` until `stop`, over as many connections as it takes.
    pub fn work(&mut self, address: SocketAddr, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            // Every end of a connection is the same to a device: it comes back and sends again.
            if self.connection(address).is_err() {
                std::thread::sleep(KNOCK_AGAIN);
            }
        }
    }

    /// One connection, until it ends or is cut.
    fn connection(&mut self, address: SocketAddr) -> std::io::Result<()> {
        let mut client = self.connect(address)?;
        loop {
            // Now and then as much at once as may be on the way at all.
            let burst = if self.dice.roll(6) == 0 { WINDOW } else { 1 };
            for _ in 0..burst {
                if self.outbox.len() < WINDOW && self.kind != Kind::Told {
                    self.make(&mut client)?;
                }
            }
            self.send(&mut client)?;
            if self.dice.roll(50) == 0 {
                // The wire is cut: acknowledgements that are on it never arrive.
                std::thread::sleep(Duration::from_millis(self.dice.roll(30)));
                return Ok(());
            }
            let pause = Duration::from_millis(1 + self.dice.roll(12));
            self.hear(&mut client, pause)?;
        }
    }

    fn connect(&mut self, address: SocketAddr) -> std::io::Result<Client> {
        self.outbox.iter_mut().for_each(|message| message.on_the_way = None);
        let mut client = Client::plain(address, &self.name)?;
        if self.kind == Kind::Kiosk {
            client.subscribe(&format!("reception/v1/kiosk/{}/verdict", self.name))?;
        }
        Ok(client)
    }

    /// Sends what is not on the way on this connection.
    fn send(&mut self, client: &mut Client) -> std::io::Result<()> {
        for message in self.outbox.iter_mut().filter(|message| message.on_the_way.is_none()).take(WINDOW) {
            message.on_the_way = Some(client.publish(&message.topic, message.payload.as_bytes())?);
        }
        Ok(())
    }

    /// Takes one packet in, if one comes.
    fn hear(&mut self, client: &mut Client, limit: Duration) -> std::io::Result<()> {
        match client.wait(limit)? {
            Some(Packet::PubAck(id)) => {
                let at = self.outbox.iter().position(|message| message.on_the_way == Some(id));
                let message = at.and_then(|at| self.outbox.remove(at)).expect("a PUBACK for what was sent");
                self.acked.push(message.key);
            }
            Some(Packet::Publish { payload, .. }) => self.answered(&String::from_utf8(payload).unwrap()),
            Some(other) => panic!("{}: what is {other:?}?", self.name),
            None => {}
        }
        Ok(())
    }

    /// An answer that was given once is given for ever.
    fn answered(&mut self, payload: &str) {
        let answer: serde_json::Value = serde_json::from_str(payload).unwrap();
        let scan_id = answer["scan_id"].as_str().unwrap().to_owned();
        let before = self.verdicts.entry(scan_id).or_insert_with(|| payload.to_owned());
        assert_eq!(before, payload, "{}: a verdict changed", self.name);
    }

    /// Something new: mostly what the device is there for, now and then rubbish, now and then with QoS 0.
    fn make(&mut self, client: &mut Client) -> std::io::Result<()> {
        let lot = self.dice.roll(40);
        if lot == 0 {
            self.number += 1;
            let payload = format!("{{\"scan_id\":\"{}-{}\",", self.name, self.number);
            let topic = format!("reception/v1/kiosk/{}/scan", self.name);
            self.outbox.push_back(Message { topic, key: Key::Bad(payload.clone()), payload, on_the_way: None });
            return Ok(());
        }
        let message = match self.kind {
            Kind::Kiosk => self.scan(),
            Kind::Vehicle => self.position(),
            Kind::Sensor | Kind::Told => {
                let (room, tenths) = (format!("room-{}", self.name), self.dice.roll(50));
                self.reading(&room, &format!("{}.{}", 20 + tenths / 10, tenths % 10))
            }
        };
        if lot == 1 && self.kind == Kind::Sensor {
            return client.send(&publish_packet(&message.topic, message.payload.as_bytes(), None, false));
        }
        self.outbox.push_back(message);
        Ok(())
    }

    fn scan(&mut self) -> Message {
        let (scan_id, payload, says) = self.next_scan();
        self.scans.insert(scan_id.clone(), payload.clone());
        let key = Key::Scan(self.name.clone(), scan_id, says);
        Message { topic: format!("reception/v1/kiosk/{}/scan", self.name), payload, key, on_the_way: None }
    }

    /// Its id, its payload, and what it says in the words of [`Key::Scan`].
    fn next_scan(&mut self) -> (String, String, String) {
        self.number += 1;
        let scan_id = format!("{}-{:06}", self.name, self.number);
        let code = self.dice.roll(GUESTS + STRANGERS);
        let direction = if self.dice.roll(4) == 0 { "exit" } else { "entry" };
        let at = self.stamp();
        let payload = format!(
            "{{\"scan_id\":\"{scan_id}\",\"code\":\"G-{code:03}\",\"at\":\"{at}\",\"direction\":\"{direction}\"}}"
        );
        (scan_id, payload, format!("G-{code:03} {direction}"))
    }

    fn position(&mut self) -> Message {
        let (at, lat_e7) = (self.stamp(), 312_430_000 + self.dice.roll(90_000) as i64);
        let (lat, lon_e5) = (format!("31.{:07}", lat_e7 % 10_000_000), self.dice.roll(9_000));
        let payload = format!("{{\"at\":\"{at}\",\"lat\":{lat},\"lon\":121.4{lon_e5:04},\"speed_kmh\":20}}");
        let key = Key::Position(self.name.clone(), at, lat_e7);
        Message { topic: format!("reception/v1/vehicle/{}/position", self.name), payload, key, on_the_way: None }
    }

    fn reading(&mut self, room: &str, celsius: &str) -> Message {
        let at = self.stamp();
        let payload = format!("{{\"at\":\"{at}\",\"temperature\":{celsius}}}");
        let key = Key::Reading(room.to_owned(), at, celsius.trim_end_matches(".0").to_owned());
        Message { topic: format!("reception/v1/room/{room}/sensor/t1"), payload, key, on_the_way: None }
    }

    /// The device's own time: never the same twice.
    fn stamp(&mut self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        self.newest = i64::try_from(now).unwrap().max(self.newest + 1);
        Timestamp::from_millis(self.newest)
    }

    /// Sends until everything is acknowledged.
    pub fn settle(&mut self, address: SocketAddr) {
        let mut client = self.connect(address).unwrap();
        let begun = std::time::Instant::now();
        while !self.outbox.is_empty() {
            assert!(begun.elapsed() < SETTLE_MAX, "{}: {} are never acknowledged", self.name, self.outbox.len());
            self.send(&mut client).unwrap();
            self.hear(&mut client, Duration::from_millis(50)).unwrap();
        }
    }

    /// Asks again for scans of the whole time; [`Device::answered`] sees that no answer changed.
    pub fn ask_again(&mut self, address: SocketAddr) {
        let mut client = self.connect(address).unwrap();
        let topic = format!("reception/v1/kiosk/{}/scan", self.name);
        for (scan_id, payload) in self.sample() {
            client.publish_and_wait(&topic, payload.as_bytes()).unwrap();
            let begun = std::time::Instant::now();
            let mut heard = false;
            while !heard {
                assert!(begun.elapsed() < SETTLE_MAX, "{}: no verdict for {scan_id}", self.name);
                if let Some(Packet::Publish { payload, .. }) = client.wait(Duration::from_secs(1)).unwrap() {
                    let payload = String::from_utf8(payload).unwrap();
                    heard = payload.contains(&format!("\"scan_id\":\"{scan_id}\""));
                    self.answered(&payload);
                }
            }
        }
    }

    /// About [`ASKED_AGAIN`] of its scans, spread over the whole time.
    fn sample(&self) -> Vec<(String, String)> {
        let step = (self.scans.len() / ASKED_AGAIN).max(1);
        self.scans.clone().into_iter().step_by(step).collect()
    }

    /// The same scans as the HTTP API takes them, each with the answer it must get.
    pub fn scans_for_http(&self) -> Vec<(String, &String)> {
        let body = |payload: &str| payload.replacen('{', &format!("{{\"kiosk\":\"{}\",", self.name), 1);
        self.sample().iter().map(|(scan_id, payload)| (body(payload), &self.verdicts[scan_id])).collect()
    }
}

/// A kiosk that posts its scans and asks again with the same until it is answered.
pub struct HttpKiosk {
    /// Makes the scans.
    made: Device,
    /// Its scan id, its body, and what it will be known by.
    waiting: Option<(String, String, Key)>,
    pub acked: Vec<Key>,
    pub verdicts: BTreeMap<String, String>,
}

impl HttpKiosk {
    pub fn new(name: &str, seed: u64) -> Self {
        let made = Device::new(name, Kind::Kiosk, seed);
        Self { made, waiting: None, acked: Vec::new(), verdicts: BTreeMap::new() }
    }

    pub fn work(&mut self, address: SocketAddr, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            if self.post_one(address).is_none() {
                std::thread::sleep(KNOCK_AGAIN);
            }
            std::thread::sleep(Duration::from_millis(self.made.dice.roll(20)));
        }
    }

    /// Posts the scan that waits, or a new one; none where no answer came.
    pub fn post_one(&mut self, address: SocketAddr) -> Option<()> {
        let (scan_id, body, key) = self.waiting.take().unwrap_or_else(|| {
            let (scan_id, payload, says) = self.made.next_scan();
            let body = payload.replacen('{', &format!("{{\"kiosk\":\"{}\",", self.made.name), 1);
            let key = Key::Scan(self.made.name.clone(), scan_id.clone(), says);
            (scan_id, body, key)
        });
        let Some(answer) = post(address, &body) else {
            self.waiting = Some((scan_id, body, key));
            return None;
        };
        self.acked.push(key);
        self.verdicts.insert(scan_id, answer);
        Some(())
    }

    pub fn settle(&mut self, address: SocketAddr) {
        while self.waiting.is_some() {
            self.post_one(address).expect("an answer from a gateway that runs");
        }
    }
}

/// Posts a scan; the body of a whole answer 200, or none.
pub fn post(address: SocketAddr, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/scans HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 200") {
        assert!(head.starts_with("HTTP/1.1 503"), "neither kept nor \"send it again\": {answer}");
        return None;
    }
    let wanted: usize =
        head.to_ascii_lowercase().split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    (body.len() == wanted).then(|| body.to_owned())
}
