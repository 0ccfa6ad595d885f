//! Room sensors behind a room gateway: one MQTT connection carries the readings of several. The readings are those of
//! a real room, shifted and warmed for each simulated one; a sensor can stick or fall silent. Judges no value.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::data::RoomSeries;
use crate::link::{Link, LinkEvent, LinkSettings};
use crate::outbox::Letter;
use crate::time::{SimClock, Span, on_the_wire};

/// How many readings a room gateway keeps without a connection; at the bound the oldest gives way and is counted.
const QUEUE: usize = 2_000;
/// How far a sensor may fall behind the clock before it leaves readings out, in intervals: a sensor does not catch up.
const LAG: i32 = 5;
/// How long a gateway that is switched off waits for what is not acknowledged.
const LAST_WORDS: Duration = Duration::from_secs(4);
/// Outdoor air: no room has less CO2.
const OUTDOOR_CO2: f64 = 420.0;
/// The mean of the recorded room, around which swings are scaled.
const MEAN_TEMPERATURE: f64 = 21.4;

/// A crowd that fills a room and leaves it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crowd {
    /// The first ones come.
    pub gathers: Timestamp,
    /// All are there.
    pub full: Timestamp,
    /// The first ones go.
    pub leaves: Timestamp,
    /// The room is empty again, and as cool as before.
    pub gone: Timestamp,
    /// How many they are.
    pub people: u32,
    /// How much they warm the room, °C.
    pub warms_by: f64,
    /// How much they add to its CO2, ppm.
    pub co2_by: f64,
}

impl Crowd {
    /// The part of the crowd that makes itself felt, 0 to 1, without corners.
    fn share(&self, at: Timestamp) -> f64 {
        let ramp = |from: Timestamp, until: Timestamp| {
            let whole = until.duration_since(from).as_secs_f64().max(1.0);
            let part = (at.duration_since(from).as_secs_f64() / whole).clamp(0.0, 1.0);
            part * part * (3.0 - 2.0 * part)
        };
        ramp(self.gathers, self.full) - ramp(self.leaves, self.gone)
    }
}

/// The air of one simulated room: the recorded room's, at another hour and another level.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomAir {
    /// The recording.
    pub series: Arc<RoomSeries>,
    /// Local midnight of the simulated day.
    pub midnight: Timestamp,
    /// How much later than the recorded one this room wakes up.
    pub shift: SignedDuration,
    /// Its mean temperature, °C.
    pub mean_temperature: f64,
    /// How much of the recorded ups and downs it has, 0 to 1.
    pub swing: f64,
    /// How much more humid it is than the (dry, wintry) recording, %.
    pub humidity_by: f64,
    /// How much of the recorded CO2 above outdoor air it has, 0 to 1.
    pub co2_share: f64,
    /// The crowd that comes, if one does.
    pub crowd: Option<Crowd>,
}

/// The air at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// °C
    pub temperature: f64,
    /// % relative
    pub humidity: f64,
    /// ppm
    pub co2: f64,
    /// People in the room, where a crowd is known of.
    pub occupancy: Option<u32>,
}

impl RoomAir {
    /// The room's air at a moment of the simulated day.
    pub fn at(&self, at: Timestamp) -> Air {
        let recorded = self.series.at((at.duration_since(self.midnight) - self.shift).as_secs());
        let crowd = self.crowd.map_or(0.0, |crowd| crowd.share(at));
        let (warmth, breath) = self.crowd.map_or((0.0, 0.0), |of| (of.warms_by * crowd, of.co2_by * crowd));
        Air {
            temperature: self.mean_temperature + (recorded.temperature - MEAN_TEMPERATURE) * self.swing + warmth,
            humidity: recorded.humidity + self.humidity_by,
            co2: OUTDOOR_CO2 + (recorded.co2 - OUTDOOR_CO2).max(0.0) * self.co2_share + breath,
            occupancy: self.crowd.map(|of| (f64::from(of.people) * crowd).round() as u32),
        }
    }
}

/// What can be wrong with a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SensorFault {
    /// It repeats the values of the stretch's first moment.
    Stuck(Span),
    /// It says nothing.
    Silent(Span),
}

/// One sensor of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct SensorScript {
    /// The room it hangs in.
    pub room: String,
    /// Its id, unique in the venue.
    pub sensor: String,
    /// The air it hangs in.
    pub air: Arc<RoomAir>,
    /// What its place and its calibration add to the temperature, °C.
    pub bias: f64,
    /// Whether it measures CO2 (and counts people, where a crowd is known of).
    pub with_co2: bool,
    /// Its battery in the morning, %.
    pub battery: f64,
    /// How often it reports.
    pub every: SignedDuration,
    /// How long after the day's start it reports first.
    pub phase: SignedDuration,
    /// What goes wrong with it.
    pub faults: Vec<SensorFault>,
    /// Seeds the last digit.
    pub seed: u64,
}

/// A reading, as the wire has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// When it was taken.
    pub at: String,
    /// °C, two decimals
    pub temperature: f64,
    /// % relative, one decimal
    pub humidity: f64,
    /// ppm
    #[serde(skip_serializing_if = "Option::is_none")]
    pub co2: Option<u32>,
    /// People
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<u32>,
    /// %
    pub battery: u32,
}

impl SensorScript {
    /// What the sensor says at a moment; nothing while it is silent.
    pub fn reading(&self, at: Timestamp) -> Option<Reading> {
        let mut felt = at;
        for fault in &self.faults {
            match fault {
                SensorFault::Silent(span) if span.contains(at) => return None,
                SensorFault::Stuck(span) if span.contains(at) => felt = span.from,
                SensorFault::Silent(_) | SensorFault::Stuck(_) => {}
            }
        }
        let air = self.air.at(felt);
        // The last digit of a real sensor is never quite still: a twentieth of a degree either way.
        let noise = (noise(self.seed, felt.as_second()) - 0.5) * 0.1;
        let worn = at.duration_since(self.air.midnight).as_secs_f64() / 86_400.0;
        Some(Reading {
            at: on_the_wire(at),
            temperature: rounded(air.temperature + self.bias + noise, 2),
            humidity: rounded((air.humidity - self.bias + noise * 4.0).clamp(0.0, 100.0), 1),
            co2: self.with_co2.then(|| (air.co2 + noise * 100.0).round() as u32),
            occupancy: if self.with_co2 { air.occupancy } else { None },
            battery: (self.battery - worn).clamp(0.0, 100.0).round() as u32,
        })
    }

    /// Where its readings go.
    pub fn topic(&self) -> String {
        format!("reception/v1/room/{}/sensor/{}", self.room, self.sensor)
    }
}

/// Even chance from 0 to 1 that depends on nothing but its arguments (one step of the splitmix64 generator).
pub(crate) fn noise(seed: u64, at: i64) -> f64 {
    fastrand::Rng::with_seed(seed ^ (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)).f64()
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = 10_f64.powi(decimals);
    (value * unit).round() / unit
}

/// What room gateways saw of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SensorCounts {
    /// Readings taken and queued.
    pub readings_sent: u64,
    /// Readings that the broker acknowledged.
    pub readings_acknowledged: u64,
    /// Readings that gave way because the gateway's memory was full.
    pub readings_dropped: u64,
    /// Readings left out because the machine was too slow for the clock.
    pub readings_skipped: u64,
    /// Connections that the broker accepted.
    pub connections: u64,
}

/// The settings of a room gateway's link.
pub fn settings(name: &str, broker: SocketAddr) -> LinkSettings {
    LinkSettings {
        broker,
        client_id: format!("sim-rooms-{name}"),
        credentials: None,
        will: None,
        greeting: None,
        subscribe: None,
        queue: QUEUE,
    }
}

/// Runs a room gateway with its sensors until it is switched off (`closing`), then hangs up.
pub async fn run(
    settings: LinkSettings,
    sensors: Vec<SensorScript>,
    clock: SimClock,
    closing: CancellationToken,
) -> SensorCounts {
    let mut counts = SensorCounts::default();
    let seed = sensors.first().map_or(0, |sensor| sensor.seed);
    let mut link = Link::new(settings, seed);
    let begin = clock.now();
    let mut due: Vec<(Timestamp, SensorScript)> =
        sensors.into_iter().map(|sensor| (begin + sensor.phase, sensor)).collect();
    loop {
        let next = due.iter().map(|(at, _)| *at).min().unwrap_or(Timestamp::MAX);
        tokio::select! {
            () = closing.cancelled() => break,
            () = clock.sleep_until(next) => {
                for (at, sensor) in due.iter_mut().filter(|(at, _)| *at <= next) {
                    report(sensor, *at, &mut link, &mut counts);
                    *at = following(*at, sensor.every, clock.now(), &mut counts);
                }
            }
            event = link.next() => match event {
                LinkEvent::Delivered(_) => counts.readings_acknowledged += 1,
                LinkEvent::Lost(reason) => tracing::debug!(reason, "room gateway: no connection"),
                LinkEvent::Up | LinkEvent::Heard { .. } => {}
            },
        }
    }
    let deadline = tokio::time::Instant::now() + LAST_WORDS;
    while link.is_up() && link.unacknowledged() > 0 {
        let Ok(event) = tokio::time::timeout_at(deadline, link.next()).await else { break };
        counts.readings_acknowledged += u64::from(matches!(event, LinkEvent::Delivered(_)));
    }
    counts.readings_dropped = link.dropped();
    counts.connections = link.connections();
    link.hang_up().await;
    counts
}

fn report(sensor: &SensorScript, at: Timestamp, link: &mut Link, counts: &mut SensorCounts) {
    if let Some(reading) = sensor.reading(at) {
        // Numbers from the series are finite: there is nothing in a reading that JSON could refuse.
        let payload = serde_json::to_vec(&reading).unwrap_or_default();
        counts.readings_sent += 1;
        link.send(Letter { happened_at: Some(at), ..Letter::new(sensor.topic(), payload) });
    }
}

/// The next moment on a sensor's own grid; readings that lie further back than [`LAG`] intervals are left out.
fn following(at: Timestamp, every: SignedDuration, now: Timestamp, counts: &mut SensorCounts) -> Timestamp {
    let mut next = at + every;
    while next + every * LAG < now {
        next += every;
        counts.readings_skipped += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-23T{text}+08:00").parse().unwrap()
    }

    fn lobby() -> SensorScript {
        let air = RoomAir {
            series: Arc::new(RoomSeries::load().unwrap()),
            midnight: at("00:00:00"),
            shift: SignedDuration::ZERO,
            mean_temperature: 22.0,
            swing: 0.5,
            humidity_by: 18.0,
            co2_share: 0.5,
            crowd: None,
        };
        SensorScript {
            room: "lobby".to_owned(),
            sensor: "lobby-2".to_owned(),
            air: Arc::new(air),
            bias: 0.1,
            with_co2: true,
            battery: 87.0,
            every: SignedDuration::from_secs(60),
            phase: SignedDuration::ZERO,
            faults: Vec::new(),
            seed: 7,
        }
    }

    #[test]
    fn a_reading_reads_as_the_contract_has_it() {
        let sensor = lobby();
        assert_eq!(sensor.topic(), "reception/v1/room/lobby/sensor/lobby-2");
        let text = serde_json::to_value(sensor.reading(at("10:17:20.412")).unwrap()).unwrap();
        let keys: Vec<&str> = text.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["at", "battery", "co2", "humidity", "temperature"]);
        assert_eq!(text["at"], "2026-11-23T02:17:20.412Z");
        assert!((21.0..24.0).contains(&text["temperature"].as_f64().unwrap()), "{text}");
        assert!(text["co2"].is_u64() && text["battery"].is_u64(), "{text}");
    }

    #[test]
    fn a_stuck_sensor_repeats_itself_with_a_fresh_time_and_a_silent_one_says_nothing() {
        let stuck = Span { from: at("10:00:00"), until: at("12:00:00") };
        let silent = Span { from: at("12:00:00"), until: at("13:00:00") };
        let sensor = SensorScript { faults: vec![SensorFault::Stuck(stuck), SensorFault::Silent(silent)], ..lobby() };
        let values = |text: &str| sensor.reading(at(text)).map(|reading| (reading.temperature, reading.co2));
        assert_eq!(values("10:00:00"), values("11:59:00"));
        assert_ne!(sensor.reading(at("10:00:00")).unwrap().at, sensor.reading(at("11:59:00")).unwrap().at);
        assert_ne!(values("09:59:00"), values("10:00:00"));
        assert_eq!(values("12:00:00"), None);
        assert!(values("13:00:00").is_some());
    }

    #[test]
    fn a_crowd_comes_and_goes_without_corners() {
        let crowd = Crowd {
            gathers: at("14:00:00"),
            full: at("15:00:00"),
            leaves: at("16:00:00"),
            gone: at("17:00:00"),
            people: 400,
            warms_by: 5.0,
            co2_by: 200.0,
        };
        for (moment, share) in
            [("13:00:00", 0.0), ("14:30:00", 0.5), ("15:30:00", 1.0), ("16:30:00", 0.5), ("18:00:00", 0.0)]
        {
            assert!((crowd.share(at(moment)) - share).abs() < 1e-9, "{moment}");
        }
    }

    #[test]
    fn a_slow_machine_leaves_readings_out_instead_of_catching_up() {
        let mut counts = SensorCounts::default();
        let every = SignedDuration::from_secs(60);
        assert_eq!(following(at("10:00:00"), every, at("10:00:01"), &mut counts), at("10:01:00"));
        assert_eq!(following(at("10:00:00"), every, at("11:00:00"), &mut counts), at("10:55:00"));
        assert_eq!(counts.readings_skipped, 54);
    }
}
