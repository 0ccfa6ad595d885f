//! Tests of the rules as a whole: entries as text in, alert changes as text out.
//!
//! Entries stand one a line or parted by a comma and a space; each ends in `@` and its time since midnight of the test's day:
//!
//! - `plan desk post 9h..12h staff=S-1`: a post; `plan G-1 vip 9h; G-2 10h point=main; K1 kiosk; K2 kiosk=hall; car-1 zones=yard; yard 0..100; lobby temperature=20..24 holds=100; lobby booked 9h..10h`
//! - `plan t1 trip car-1 9h from=airport to=venue G-1`: a trip
//! - `scan G-1 K1 exit point=main took=90 seen=8h50m`: a scan that took 90 seconds, stamped by the kiosk at `seen`
//! - `read lobby/t1 temperature=27.5 co2=900`
//! - `car-1 at 120 5.5kmh hdop=6 sats=3`: a position 120 m east of the origin
//! - `say K1 offline`, `say K1 online`, `say car-1 no_fix`, `say lobby/t1 rubbish`
//! - `press lobby medical seen=9h`: a panic button
//! - `gateway disk offline words`, `gateway disk online`: a condition of the gateway itself
//! - `clock trusted`, `clock untrusted`, `clock stepped -5m`
//! - `slow name`: a rule of one's own that takes too long
//! - `ack A-1 li`, `unack A-1 li`, `note A-1 li words`, `resolve A-1 li`, `rules {…}`, `tick` (time passes)
//! - `note A-1 li cause=rain improvement=roof`, `resolve A-1 li handling=swept result=dry`
//! - `receive G-1 li`, `hand G-1 li` (a check-in by hand, its id is `S-` and the entry's number), `undo G-1 li S-2`
//! - `shelve A-1 li 30m words`, `shelve A-1 li until=9h words`, `unshelve A-1 li`
//!
//! `@9h..10h/30s` stands for one every 30 seconds from 9h to 10h.
//!
//! Changes read `lobby temperature high firing @5m`; a resolved one tells how instead, a silence reads `K1 silent @2m`,
//! and a condition of the gateway by its rule: `disk_low firing @5m`.

mod climate;
mod crowd;
mod custom;
mod double;
mod empty;
mod fixture;
mod gateway;
mod idle;
mod incident;
mod journey;
mod late;
mod lingering;
mod next;
mod pickups;
mod posts;
mod properties;
mod reminders;
mod sensors;
mod shelved;
mod shown;
mod silence;
mod slow;
mod undone;
mod used;
mod verdicts;
mod waiting;
mod zones;

use super::engine::Engine;
use crate::facts::plan::{Booking, Limits, Plan, Post, Room, Tier, Trip, Vehicle, Visit, Zone};
use crate::facts::{
    Alert, AlertState, Aside, ClockFact, ClockSource, Command, DeviceReport, Direction, E7, Entry, Fact, Findings,
    Incident, Milli, Name, Part, Position, Presence, Reading, Rejected, RuleKind, Ruling, Scan, Span, Subject,
    Timestamp, Value,
};

/// 2026-11-23T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp::from_millis(1_795_392_000_000);
const DAY: Span = Span::from_mins(24 * 60);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// `9h30m` after midnight.
fn time(text: &str) -> Timestamp {
    MIDNIGHT.plus(text.parse().unwrap_or_else(|_| panic!("{text} is no length of time")))
}

/// A place so many metres east of the origin, on the equator.
fn east(metres: &str) -> (E7, E7) {
    let metres: Milli = metres.parse().unwrap();
    (E7::from_raw(0), E7::from_raw(metres.raw() * 10_000_000 / 111_195_080))
}

/// Who says it: `K1`, `car-1` or `lobby/t1`.
fn device(text: &str) -> Subject {
    match text.split_once('/') {
        Some((room, sensor)) => Subject::Sensor(name(room), name(sensor)),
        None if text.starts_with('K') => Subject::Kiosk(name(text)),
        None => Subject::Vehicle(name(text)),
    }
}

/// The value of `key=value` among words.
fn value<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

/// One entry from its text, and the text of its time.
fn entry(text: &str, seq: u64) -> Option<Entry> {
    let (what, at) = text.rsplit_once('@').unwrap_or_else(|| panic!("no time in {text}"));
    let received_at = time(at.trim());
    let (verb, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let mut observed_at = None;
    let (device, fact) = match verb {
        "tick" => return None,
        "plan" => (Subject::Gateway, Fact::Plan(Box::new(plan(rest)))),
        "scan" => {
            observed_at = value(&words, "seen").map(time);
            let scan = Scan {
                scan_id: name(&format!("S-{seq}")),
                code: name(words[0]),
                kiosk: name(words[1]),
                direction: if words.contains(&"exit") { Direction::Exit } else { Direction::Entry },
                point: value(&words, "point").map(name),
                method: None,
                duration_s: value(&words, "took").map(|seconds| seconds.parse().unwrap()),
                ruling: None,
            };
            (Subject::Kiosk(name(words[1])), Fact::Scan(scan))
        }
        "read" => {
            let Subject::Sensor(room, sensor) = device(words[0]) else { panic!("{text}") };
            let measures = words[1..].iter().map(|word| {
                let (metric, value) = word.split_once('=').unwrap();
                (metric.parse().unwrap(), value.parse().unwrap())
            });
            let measures = measures.collect();
            (device(words[0]), Fact::Reading(Reading { room, sensor, measures }))
        }
        "press" => {
            observed_at = value(&words, "seen").map(time);
            let (room, incident) = (name(words[0]), name(words[1]));
            (Subject::Room(room.clone()), Fact::Incident(Incident { room, incident }))
        }
        "say" => (device(words[0]), saying(words[1])),
        "gateway" => {
            let part = match words[0] {
                "upstream" => Part::Upstream,
                "disk" => Part::Disk,
                "backup" => Part::Backup,
                "data" => Part::Data,
                "journal" => Part::Journal,
                "budget" => Part::Budget,
                _ => panic!("{text}"),
            };
            let holds = (words[1] == "offline").then(|| words[2..].join(" "));
            (Subject::Gateway, Fact::Device(DeviceReport::of_part(part, holds)))
        }
        "clock" => {
            let stepped: Span = words.get(1).map_or(Span::ZERO, |span| span.parse().unwrap());
            let clock = ClockFact {
                trusted: words[0] != "untrusted",
                source: ClockSource::System,
                stepped_ms: stepped.as_millis(),
                reason: None,
            };
            (Subject::Gateway, Fact::Clock(clock))
        }
        "ack" | "unack" | "note" | "resolve" | "shelve" | "unshelve" => {
            (Subject::Operator(name(words[1])), Fact::Command(ordered(verb, &words)))
        }
        "slow" => (Subject::Gateway, Fact::Command(Command::SwitchOff { rule: name(words[0]), took_ms: 20 })),
        "hand" | "undo" => undone::said(verb, &words, seq),
        "receive" => {
            let (guest, by) = (name(words[0]), name(words[1]));
            (Subject::Operator(by.clone()), Fact::Command(Command::Receive { guest, by }))
        }
        "rules" => (Subject::Gateway, Fact::Command(Command::SetRules { settings: rest.to_owned() })),
        vehicle => {
            assert_eq!(words[0], "at", "{text}");
            observed_at = value(&words, "seen").map(time);
            (Subject::Vehicle(name(vehicle)), Fact::Position(position(&words)))
        }
    };
    let subject = fact.subject(&device);
    Some(Entry { seq, subject, device, observed_at, received_at, fact })
}

/// What a person orders: the alert, who, and what else.
fn ordered(verb: &str, words: &[&str]) -> Command {
    let (alert, by) = (name(words[0]), name(words[1]));
    let found = |key| value(words, key).map(str::to_owned);
    let findings = Box::new(Findings {
        cause: found("cause"),
        handling: found("handling"),
        result: found("result"),
        improvement: found("improvement"),
    });
    let said: Vec<&str> =
        words[2..].iter().copied().filter(|word| findings.is_empty() || !word.contains('=')).collect();
    let note = Some(said.join(" ")).filter(|text| !text.is_empty());
    match verb {
        "ack" => Command::Acknowledge { alert, by, note },
        "unack" => Command::Unacknowledge { alert, by },
        "note" => Command::Note { alert, by, text: note, findings },
        "resolve" => Command::Resolve { alert, by, note, findings },
        "unshelve" => Command::Unshelve { alert, by },
        _ => {
            let aside = match words[2].strip_prefix("until=") {
                Some(until) => Aside::Until(time(until)),
                None => Aside::For(words[2].parse().unwrap()),
            };
            Command::Shelve { alert, by, aside, reason: words[3..].join(" ") }
        }
    }
}

fn saying(word: &str) -> Fact {
    let state = match word {
        "rubbish" => {
            let (link, reason) = ("topic".to_owned(), "no".to_owned());
            return Fact::Rejected(Rejected { link, reason, raw: String::new(), bytes: 0 });
        }
        "online" => Presence::Online,
        "offline" => Presence::Offline,
        "no_fix" => Presence::NoFix,
        _ => panic!("{word} is nothing a device says"),
    };
    Fact::Device(DeviceReport::of_device(state, None))
}

fn position(words: &[&str]) -> Position {
    let (lat, lon) = east(words[1]);
    Position {
        lat,
        lon,
        speed_kmh: words.iter().find_map(|word| word.strip_suffix("kmh")?.parse().ok()),
        course: None,
        fix_at: None,
        ignition: None,
        hdop: value(words, "hdop").map(|hdop| hdop.parse().unwrap()),
        satellites: value(words, "sats").map(|sats| sats.parse().unwrap()),
    }
}

fn plan(text: &str) -> Plan {
    let mut plan = Plan::default();
    for line in text.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let id = name(words[0]);
        if words.get(1) == Some(&"post") {
            let (from, to) = words[2].split_once("..").unwrap();
            let (staff, place) = (value(&words, "staff").map(name), value(&words, "place").map(name));
            plan.posts.push(Post { id, staff, place, from: time(from), to: time(to) });
        } else if words.get(1) == Some(&"booked") {
            let (from, to) = words[2].split_once("..").unwrap();
            plan.bookings.push(Booking { room: id, from: time(from), to: time(to) });
        } else if words.get(1) == Some(&"trip") {
            let guests = words[3..].iter().filter(|word| word.starts_with("G-")).map(|code| name(code)).collect();
            let (from, to) = (value(&words, "from").map(name), value(&words, "to").map(name));
            let pickup_at = words.get(3).and_then(|at| at.parse().ok()).map(|at| MIDNIGHT.plus(at));
            plan.trips.push(Trip { id, vehicle: name(words[2]), guests, from, to, pickup_at });
        } else if line.starts_with("G-") {
            plan.visits.push(visit(id, &words));
        } else if line.contains("kiosk") {
            plan.kiosks.push((id, value(&words, "kiosk").map(name)));
        } else if line.starts_with("car") {
            let zones = value(&words, "zones").map(|zones| zones.split('+').map(name).collect()).unwrap_or_default();
            plan.vehicles.push(Vehicle { id, off_duty: words.contains(&"off"), zones });
        } else if let Some((from, to)) = words[1].split_once("..").filter(|_| !words[1].contains('=')) {
            let half = E7::from_raw(10_000);
            let (west, east) = (east(from).1, east(to).1);
            let south = E7::from_raw(-half.raw());
            plan.zones.push(Zone { id, ring: vec![(west, south), (east, south), (east, half), (west, half)] });
        } else {
            let capacity = value(&words, "holds").map(|people| people.parse().unwrap());
            let limits = words[1..].iter().filter(|word| !word.starts_with("holds=")).map(|word| {
                let (metric, range) = word.split_once('=').unwrap();
                let (low, high) = range.split_once("..").unwrap();
                (metric.parse().unwrap(), Limits { low: low.parse().ok(), high: high.parse().ok() })
            });
            plan.rooms.push(Room { id, capacity, limits: limits.collect() });
        }
    }
    plan
}

fn visit(code: Name, words: &[&str]) -> Visit {
    let tomorrow = words.contains(&"tomorrow");
    let day_from = if tomorrow { MIDNIGHT.plus(DAY) } else { MIDNIGHT };
    let tier = if words.contains(&"vip") { Tier::Vip } else { Tier::Guest };
    let expected: Option<Span> = words[1..].iter().find_map(|word| word.parse().ok());
    Visit {
        code,
        tier,
        expected_at: expected.map(|span| day_from.plus(span)),
        day_from,
        day_to: day_from.plus(DAY),
        place: value(words, "place").map(name),
        point: value(words, "point").map(name),
        vehicle: value(words, "vehicle").map(name),
        cancelled: words.contains(&"cancelled"),
        attention: words.contains(&"attention"),
    }
}

/// What came out of a text of entries.
#[derive(Debug, Default)]
struct Out {
    engine: Engine,
    changes: Vec<Alert>,
    rulings: Vec<Ruling>,
}

/// Feeds entries, one a line or parted by a comma and a space (a comma inside JSON has no space).
fn run(text: &str) -> Out {
    let mut out = Out::default();
    let mut seq = 0;
    for line in text.split('\n').flat_map(|line| line.split(", ")) {
        feed(&mut out, line.trim(), &mut seq);
    }
    out
}

fn feed(out: &mut Out, line: &str, seq: &mut u64) {
    let Some((what, when)) = line.rsplit_once('@') else {
        assert!(line.is_empty(), "no time in {line}");
        return;
    };
    if let Some((range, step)) = when.split_once('/') {
        let (from, to) = range.split_once("..").unwrap();
        let (mut at, to) = (time(from), time(to));
        while at <= to {
            feed(out, &format!("{what}@{}", at.since(MIDNIGHT)), seq);
            at = at.plus(step.parse().unwrap());
        }
        return;
    }
    *seq += 1;
    match entry(line, *seq) {
        Some(entry) => {
            out.changes.extend(out.engine.advance(Engine::before(&entry)));
            let step = out.engine.step(&entry);
            out.changes.extend(step.changes);
            out.rulings.extend(step.ruling);
        }
        None => out.changes.extend(out.engine.advance(time(when.trim()))),
    }
}

/// A change as text, its time in milliseconds.
fn tell(alert: &Alert) -> String {
    let subject = alert.subject.to_string();
    let subject = subject.split_once('/').map_or(alert.rule.word(), |(_, name)| name);
    let word = |key: &str| match alert.values.get(key) {
        Some(Value::Text(word)) => format!(" {word}"),
        Some(Value::Number(_)) | None => String::new(),
    };
    let how = match (alert.state, alert.resolution) {
        (AlertState::Firing, _) if alert.rule.word().ends_with("_silent") => "silent".to_owned(),
        (AlertState::Shelved, _) => {
            let until = alert.shelf.as_ref().unwrap().until.since(MIDNIGHT);
            format!("shelved until {until}")
        }
        (AlertState::Resolved, Some(how)) => serde_json::to_string(&how).unwrap(),
        _ => serde_json::to_string(&alert.state).unwrap(),
    };
    let at = alert.at.since(MIDNIGHT).as_millis();
    let like = ["metric", "side", "incident", "custom"].map(word).concat();
    format!("{subject}{like} {} @{at}", how.trim_matches('"'))
}

/// Entries in, changes out.
fn check(input: &str, want: &str) {
    let out = run(input);
    let got: Vec<String> = out.changes.iter().map(tell).collect();
    let want: Vec<String> = want
        .split([',', '\n'])
        .map(str::trim)
        .filter(|change| !change.is_empty())
        .map(|change| {
            let (what, at) = change.rsplit_once('@').unwrap();
            format!("{what}@{}", time(at.trim()).since(MIDNIGHT).as_millis())
        })
        .collect();
    assert_eq!(got, want, "\nafter {input}");
    lawful(&out.changes);
}

/// Whether an alert of this rule opens pending.
fn has_hold(alert: &Alert) -> bool {
    let held = [RuleKind::IdleVehicle, RuleKind::RoomClimate, RuleKind::RoomCrowded];
    if alert.rule == RuleKind::Custom {
        return alert.subject != Subject::Gateway;
    }
    held.contains(&alert.rule) || (alert.subject == Subject::Gateway && alert.rule != RuleKind::PostUnmanned)
}

/// Whether more may become known of an open alert of this rule: help is asked for again, a kiosk is heard through which a guest
/// may have come, a vehicle is seen or seen no more.
fn learns(rule: RuleKind) -> bool {
    [RuleKind::Incident, RuleKind::LateArrival, RuleKind::PostUnmanned, RuleKind::PickupAtRisk].contains(&rule)
}

/// What holds for every alert, whatever the rule: each starts pending or firing, skips no state, ends once.
fn lawful(changes: &[Alert]) {
    let mut last: std::collections::BTreeMap<&str, &Alert> = std::collections::BTreeMap::new();
    for alert in changes {
        let before = last.insert(alert.id.as_str(), alert);
        let (from, to) = (before.map(|alert| alert.state), alert.state);
        let fine = match (from, to) {
            (None, AlertState::Pending) => has_hold(alert),
            (None, AlertState::Firing) => !has_hold(alert),
            (Some(AlertState::Pending | AlertState::Shelved | AlertState::Acknowledged), AlertState::Firing)
            | (Some(AlertState::Firing), AlertState::Acknowledged)
            | (Some(AlertState::Firing | AlertState::Acknowledged), AlertState::Shelved)
            | (
                Some(AlertState::Pending | AlertState::Firing | AlertState::Acknowledged | AlertState::Shelved),
                AlertState::Resolved,
            ) => true,
            // Put aside anew, also by the same words at the same moment, or its end moved with our clock.
            (Some(AlertState::Shelved), AlertState::Shelved)
                if before.unwrap().shelf != alert.shelf || alert.shelf.as_ref().unwrap().at == alert.at =>
            {
                true
            }
            (Some(from), to) if learns(alert.rule) && before.unwrap().values != alert.values => from == to,
            // A note changes no state, nor does a finding.
            (Some(from), to) => {
                let before = before.unwrap();
                from == to && (before.notes.len() + 1 == alert.notes.len() || before.findings != alert.findings)
            }
            (None, _) => false,
        };
        assert!(fine, "{from:?} to {to:?} in {alert:?}");
        assert_eq!(alert.fired_at.is_some(), before.is_some_and(|b| b.fired_at.is_some()) || to == AlertState::Firing);
        assert_eq!(alert.resolved_at.is_some(), to == AlertState::Resolved);
        assert_eq!(alert.resolution.is_some(), to == AlertState::Resolved);
        assert_eq!(alert.acknowledged_at.is_some(), alert.acknowledged_by.is_some());
        let is_aside = alert.shelf.as_ref().is_some_and(|shelf| shelf.ended_at.is_none());
        assert_eq!(is_aside, to == AlertState::Shelved, "{alert:?}");
        if let Some(before) = before {
            assert_eq!(before.pending_at, alert.pending_at);
        }
    }
}
