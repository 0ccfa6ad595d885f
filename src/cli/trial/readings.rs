//! What devices say in a test: one line of text to the reports that it stands for.
//!
//! A line begins with a time. What it tells comes once a minute, or every so often as it says.

use super::lines::{Line, Word};
use super::scene::{self, Scene, Words};
use crate::document::suggest;
use crate::facts::{
    ClockFact, ClockSource, DeviceReport, Direction, E7, Fact, Incident, Metric, Milli, Name, Part, Position, Presence,
    Reading, Report, Scan, Span, Subject, Timestamp,
};

/// A report and when it comes.
pub(super) type Step = (Timestamp, Report);

/// The sensor of a reading that names a room alone.
pub(super) const SENSOR: &str = "1";
/// More of the same is not a test any more.
const TIMES_MAX: usize = 10_000;

const FORMS: &str = "write 09:00 ballroom temperature 22.5 x10 27 _ 28, 09:05 scan G-1 at kiosk-1, \
                     09:00 car-1 at 48.137,11.575 speed 0 x12, 09:00 kiosk kiosk-1 online x30 or 09:00 lobby button medical";
const VALUES: &str =
    "write a number a minute, _ for a minute without one, and x10 for ten of the one before it: 22.5 x10 27 _ 28";
const SCAN: &str = "write 09:05 scan G-1 at kiosk-1; then, if need be: exit, point north, took 90s, seen 08:50";
const AT: &str =
    "write 09:00 car-1 at 48.137,11.575 (degrees north and east); then, if need be: speed 40, hdop 6, satellites 3";
const DEVICE: &str = "write 09:00 kiosk kiosk-1 online; also vehicle car-1, sensor lobby/t1; offline, no_fix";
const GATEWAY: &str = "write 09:00 gateway upstream offline; also disk, backup, data, journal, budget; online";
const CLOCK: &str = "write 09:00 clock untrusted, or trusted";
const BUTTON: &str = "write 09:00 lobby button medical";

/// Reads one line; its faults are told in the scene.
pub(super) fn read(scene: &Scene<'_>, line: Line<'_>) -> Option<Vec<Step>> {
    let (from, mut words) = scene.open(line)?;
    let every = every(scene, &mut words)?;
    let first = words.need(scene, FORMS)?;
    let second = words.peek().map(|word| word.text);
    if let Some(Ok(metric)) = second.filter(|_| !is_verb(first.text)).map(str::parse::<Metric>) {
        words.take();
        return readings(scene, from, every, first, metric, &mut words);
    }
    let times = times(scene, &mut words)?;
    let told = match (first.text, second) {
        ("scan", _) => scan(scene, &mut words)?,
        ("kiosk" | "vehicle" | "sensor", _) => device(scene, first.text, &mut words)?,
        ("gateway", _) => gateway(scene, &mut words)?,
        ("clock", _) => clock(scene, &mut words)?,
        (_, Some("at")) => position(scene, first, &mut words)?,
        (_, Some("button")) => button(scene, first, &mut words)?,
        _ => return strange(scene, first, words.peek()),
    };
    if let Some(more) = words.take() {
        return scene.refuse(more, format!("\"{}\" is not understood here", more.text), told.form);
    }
    let one = |n: usize| {
        let at = from.plus(every.times(n as i64));
        (at, told.report(at, n))
    };
    Some((0..times).map(one).collect())
}

fn is_verb(word: &str) -> bool {
    matches!(word, "scan" | "kiosk" | "vehicle" | "sensor" | "gateway" | "clock")
}

/// A line that is none of those that are known.
fn strange<T>(scene: &Scene<'_>, first: Word<'_>, second: Option<Word<'_>>) -> Option<T> {
    let Some(second) = second else {
        return scene.refuse(first, format!("\"{}\" says nothing by itself", first.text), FORMS);
    };
    let number = second.text == "_" || second.text.parse::<Milli>().is_ok();
    let words = Metric::ALL.iter().map(|metric| metric.word()).chain(["at", "button"]);
    if crate::document::closest(second.text, words.clone()).is_some() {
        let what = format!("\"{}\" is no quantity that a sensor measures", second.text);
        return scene.refuse(second, what, suggest(second.text, "what may stand here", words));
    }
    let what = if number { "the quantity is missing before the values" } else { "this line is not understood" };
    scene.refuse(if number { second } else { first }, what, FORMS)
}

/// Takes `every 5m` out of the line; else once a minute.
fn every(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<Span> {
    let Some((word, span)) = words.option("every") else { return Some(Span::from_mins(1)) };
    let form = "write how often: every 30s, every 5m";
    let Some(span) = span else { return scene.refuse(word, "something is missing after \"every\"", form) };
    match span.text.parse::<Span>() {
        Ok(every) if every >= Span::from_secs(1) => Some(every),
        Ok(_) | Err(_) => scene.refuse(span, format!("\"{}\" is not how often", span.text), form),
    }
}

/// Takes `x12` off the end of the line; else once.
fn times(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<usize> {
    let Some((word, count)) = words.back().and_then(|word| Some((word, counted(word.text)?))) else { return Some(1) };
    words.drop_back();
    in_bounds(scene, word, count)
}

/// The number of `x12`.
fn counted(word: &str) -> Option<usize> {
    let digits = word.strip_prefix(['x', '×'])?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

fn in_bounds(scene: &Scene<'_>, word: Word<'_>, count: usize) -> Option<usize> {
    if (1..=TIMES_MAX).contains(&count) {
        return Some(count);
    }
    scene.refuse(word, format!("{} is out of range", word.text), format!("take x1 to x{TIMES_MAX}"))
}

fn readings(
    scene: &Scene<'_>,
    from: Timestamp,
    every: Span,
    place: Word<'_>,
    metric: Metric,
    words: &mut Words<'_>,
) -> Option<Vec<Step>> {
    let (room, sensor) = place.text.split_once('/').unwrap_or((place.text, SENSOR));
    let room = self::room(scene, place, room)?;
    let sensor: Name = sensor
        .parse()
        .ok()
        .or_else(|| scene.refuse(place, "the sensor has no name", "write lobby/t1, or lobby alone"))?;
    let mut values: Vec<Option<Milli>> = Vec::new();
    let mut next = Some(words.need(scene, VALUES)?);
    while let Some(word) = next {
        if let Some(count) = counted(word.text) {
            let Some(last) = values.last().copied() else {
                return scene.refuse(word, "there is no value to repeat", VALUES);
            };
            let more = in_bounds(scene, word, count)? - 1;
            values.extend(std::iter::repeat_n(last, more));
        } else if word.text == "_" {
            values.push(None);
        } else {
            values.push(Some(scene::number(scene, word, word.text, -1_000_000..=1_000_000, VALUES)?));
        }
        next = words.take();
    }
    let device = Subject::Sensor(room.clone(), sensor.clone());
    let told = |(n, value): (usize, Option<Milli>)| {
        let measures = [(metric, value?)].into_iter().collect();
        let fact = Fact::Reading(Reading { room: room.clone(), sensor: sensor.clone(), measures });
        let report = Report { device: device.clone(), observed_at: None, fact, awaited: false };
        Some((from.plus(every.times(n as i64)), report))
    };
    Some(values.into_iter().enumerate().filter_map(told).collect())
}

/// A room, which must be in the plan where the plan knows rooms.
fn room(scene: &Scene<'_>, word: Word<'_>, text: &str) -> Option<Name> {
    let rooms = &scene.plan.rooms;
    match text.parse::<Name>() {
        Ok(name) if rooms.is_empty() || rooms.iter().any(|room| room.id == name) => Some(name),
        Ok(name) => {
            let hint = suggest(text, "rooms in the plan", rooms.iter().map(|room| room.id.as_str()));
            scene.refuse(word, format!("room \"{name}\" is not in the plan"), hint)
        }
        Err(fault) => scene.refuse(word, fault.to_string(), FORMS),
    }
}

/// What a line tells, once or more often.
struct Told {
    device: Subject,
    /// When it was by the device's own clock; none: when it comes.
    seen: Option<Timestamp>,
    fact: Fact,
    /// How such a line is written.
    form: &'static str,
}

impl Told {
    fn of(device: Subject, fact: Fact, form: &'static str) -> Self {
        Self { device, seen: None, fact, form }
    }

    /// The report of the n-th time. A scan is another one each time.
    fn report(&self, at: Timestamp, n: usize) -> Report {
        let mut fact = self.fact.clone();
        let mut observed_at = None;
        if let Fact::Scan(scan) = &mut fact {
            observed_at = Some(self.seen.unwrap_or(at));
            if let Ok(id) = format!("{}-{}-{n}", scan.code, at.as_millis()).parse() {
                scan.scan_id = id;
            }
        }
        Report { device: self.device.clone(), observed_at, fact, awaited: false }
    }
}

fn scan(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<Told> {
    let code = words.name(scene, SCAN)?;
    let at = words.need(scene, SCAN)?;
    if at.text != "at" {
        return scene.refuse(at, format!("\"{}\" stands where \"at\" and the kiosk should", at.text), SCAN);
    }
    let kiosk = words.name(scene, SCAN)?;
    let (mut direction, mut point, mut duration_s, mut seen) = (Direction::Entry, None, None, None);
    while let Some(word) = words.peek() {
        match word.text {
            "exit" => direction = Direction::Exit,
            "point" | "took" | "seen" => {}
            _ => break,
        }
        words.take();
        match word.text {
            "point" => point = Some(words.name(scene, SCAN)?),
            "took" => duration_s = Some(took(scene, words)?),
            "seen" => {
                let text = words.need(scene, SCAN)?;
                seen = Some(scene.moment(text)?);
            }
            _ => {}
        }
    }
    let scan = Scan {
        scan_id: code.clone(),
        code,
        kiosk: kiosk.clone(),
        direction,
        point,
        method: None,
        duration_s,
        ruling: None,
    };
    Some(Told { seen, ..Told::of(Subject::Kiosk(kiosk), Fact::Scan(scan), SCAN) })
}

fn took(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<u32> {
    let word = words.need(scene, SCAN)?;
    let took = word.text.parse::<Span>().ok().and_then(|span| u32::try_from(span.as_secs()).ok());
    took.or_else(|| {
        scene.refuse(word, format!("\"{}\" is not how long it took", word.text), "write took 90s or took 3m")
    })
}

fn position(scene: &Scene<'_>, vehicle: Word<'_>, words: &mut Words<'_>) -> Option<Told> {
    let vehicle = scene::name(scene, vehicle, AT)?;
    words.take();
    let place = words.need(scene, AT)?;
    let Some((lat, lon)) = place.text.split_once(',') else {
        return scene.refuse(place, format!("\"{}\" is no place", place.text), AT);
    };
    let lat: E7 = scene::number(scene, place, lat, -90..=90, AT)?;
    let lon: E7 = scene::number(scene, place, lon, -180..=180, AT)?;
    let (mut speed_kmh, mut hdop, mut satellites) = (None, None, None);
    while let Some(word) = words.peek().filter(|word| matches!(word.text, "speed" | "hdop" | "satellites")) {
        words.take();
        match word.text {
            "speed" => speed_kmh = Some(words.number(scene, 0..=1_000, AT)?),
            "hdop" => hdop = Some(words.number(scene, 0..=100, AT)?),
            _ => satellites = u8::try_from(words.number::<3>(scene, 0..=99, AT)?.whole()).ok(),
        }
    }
    let position = Position { lat, lon, speed_kmh, course: None, fix_at: None, ignition: None, hdop, satellites };
    Some(Told::of(Subject::Vehicle(vehicle), Fact::Position(position), AT))
}

fn button(scene: &Scene<'_>, place: Word<'_>, words: &mut Words<'_>) -> Option<Told> {
    let room = room(scene, place, place.text)?;
    words.take();
    let incident = words.name(scene, BUTTON)?;
    Some(Told::of(Subject::Room(room.clone()), Fact::Incident(Incident { room, incident }), BUTTON))
}

fn device(scene: &Scene<'_>, kind: &str, words: &mut Words<'_>) -> Option<Told> {
    let word = words.need(scene, DEVICE)?;
    let subject = match (kind, word.text.split_once('/')) {
        ("sensor", Some((room, sensor))) => {
            let sensor = sensor.parse().ok().or_else(|| scene.refuse(word, "the sensor has no name", DEVICE))?;
            Subject::Sensor(self::room(scene, word, room)?, sensor)
        }
        ("sensor", None) => Subject::Sensor(room(scene, word, word.text)?, SENSOR.parse().ok()?),
        ("kiosk", _) => Subject::Kiosk(scene::name(scene, word, DEVICE)?),
        _ => Subject::Vehicle(scene::name(scene, word, DEVICE)?),
    };
    let states = [("online", Presence::Online), ("offline", Presence::Offline), ("no_fix", Presence::NoFix)];
    let state = one_of(scene, words, &states, DEVICE)?;
    Some(Told::of(subject, Fact::Device(DeviceReport::of_device(state, None)), DEVICE))
}

fn gateway(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<Told> {
    let parts = [
        ("upstream", Part::Upstream),
        ("disk", Part::Disk),
        ("backup", Part::Backup),
        ("data", Part::Data),
        ("journal", Part::Journal),
        ("budget", Part::Budget),
    ];
    let part = one_of(scene, words, &parts, GATEWAY)?;
    let holds = one_of(scene, words, &[("offline", true), ("online", false)], GATEWAY)?;
    let report = DeviceReport::of_part(part, holds.then(|| "test".to_owned()));
    Some(Told::of(Subject::Gateway, Fact::Device(report), GATEWAY))
}

fn clock(scene: &Scene<'_>, words: &mut Words<'_>) -> Option<Told> {
    let trusted = one_of(scene, words, &[("trusted", true), ("untrusted", false)], CLOCK)?;
    let clock = ClockFact { trusted, source: ClockSource::System, stepped_ms: 0, reason: None };
    Some(Told::of(Subject::Gateway, Fact::Clock(clock), CLOCK))
}

/// The next word, one of a closed set.
fn one_of<T: Copy>(scene: &Scene<'_>, words: &mut Words<'_>, known: &[(&str, T)], form: &str) -> Option<T> {
    let word = words.need(scene, form)?;
    let found = known.iter().find(|(text, _)| *text == word.text).map(|(_, value)| *value);
    found.or_else(|| {
        let hint = suggest(word.text, "what may stand here", known.iter().map(|(text, _)| *text));
        scene.refuse(word, format!("\"{}\" is not understood here", word.text), hint)
    })
}
