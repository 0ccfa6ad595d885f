//! Random days through the rules, against a second, naive opinion of what should be open.
//!
//! A day is a few hundred visits, some vehicles, rooms and kiosks, with silences, late uploads, duplicates, commands,
//! new plans and new rules. After every half minute the open alerts must be those of [`model`], which keeps the whole
//! history and walks it again each time. Each day prints its seed.
//!
//! `PORTICO_SIM_DAYS` sets the number of days (30), `PORTICO_SIM_SEED` the first seed.

// A test may fall over; that is how it fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bookings;
mod cars;
mod hands;
mod journeys;
mod model;
mod pickups;
mod posts;
mod reminders;
mod roads;
mod rooms;
mod waiting;
mod watches;
mod world;

use std::collections::BTreeMap;

use model::Model;
use portico::facts::{
    Alert, AlertState, Aside, Command, Entry, Fact, Name, Report, Resolution, RuleKind, Scan, Span, Subject, Timestamp,
    Value,
};
use portico::rules::Engine;
use world::{Chance, Event, TICK, World};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn random_days_agree_with_a_naive_model() {
    let first = number("PORTICO_SIM_SEED", 1);
    let mut seen = Seen::default();
    for seed in first..first + number("PORTICO_SIM_DAYS", 30) {
        println!("day with seed {seed}");
        Day::new(seed).run(&mut seen);
    }
    println!("seen: {seen:?}");
    // A simulation in which nothing happens proves nothing.
    for rule in RuleKind::ALL {
        assert!(seen.opened.contains_key(rule.word()), "no day had {}", rule.word());
    }
    assert!(seen.undone > 0 && seen.given_back > 0, "{seen:?}");
    assert!(seen.uploads > 0 && seen.repeats > 0 && seen.reported_late > 0 && seen.arrived_late > 0, "{seen:?}");
}

/// What happened in all days.
#[derive(Debug, Default)]
struct Seen {
    opened: BTreeMap<&'static str, u64>,
    uploads: u64,
    repeats: u64,
    reported_late: u64,
    arrived_late: u64,
    given_back: u64,
    undone: u64,
}

struct Day {
    chance: Chance,
    world: World,
    engine: Engine,
    model: Model,
    seq: u64,
    changes: Vec<Alert>,
    /// The last guest who was checked in by hand, and the id of that.
    by_hand: Option<(Name, Name)>,
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let world = World::new(&mut chance);
        Self {
            chance,
            world,
            engine: Engine::new(),
            model: Model::default(),
            seq: 0,
            changes: Vec::new(),
            by_hand: None,
        }
    }

    fn run(&mut self, seen: &mut Seen) {
        let mut events = std::mem::take(&mut self.world.events).into_iter().peekable();
        let mut now = self.world.from;
        while now <= self.world.to {
            // Time is looked at when it pleases, and the whole state goes through a snapshot now and then.
            if self.chance.one_in(2) {
                let ahead = self.chance.below(TICK.as_millis());
                self.changes.extend(self.engine.advance(now.minus(Span::from_millis(ahead))));
            }
            if self.chance.one_in(200) {
                self.engine = Engine::restore(&self.engine.snapshot().unwrap()).unwrap();
            }
            let due = self.engine.advance(now);
            self.model.tick(now);
            for alert in &due {
                self.model.check_journey(alert);
            }
            self.changes.extend(due);
            while let Some(event) = events.next_if(|event| event.at <= now) {
                assert_eq!(event.at, now, "the world's times are whole ticks");
                self.take(event, seen);
            }
            self.somebody_acts(now, seen);
            self.compare(now);
            now = now.plus(TICK);
        }
        seen.undone += self.model.undone;
        for alert in self.changes.iter().filter(|alert| alert.fired_at == Some(alert.at)) {
            *seen.opened.entry(alert.rule.word()).or_default() += 1;
        }
    }

    fn take(&mut self, event: Event, seen: &mut Seen) {
        self.seq += 1;
        let Event { at, device, observed_at, happened_at, fact } = event;
        let report = Report { device, observed_at, fact, awaited: false };
        assert!(!self.engine.repeats(&report), "{report:?} is news");
        let Report { device, fact, .. } = report.clone();
        let entry = Entry { seq: self.seq, subject: fact.subject(&device), device, observed_at, received_at: at, fact };
        let step = self.engine.step(&entry);
        assert!(step.changes.iter().all(|alert| alert.at == at && alert.cause == Some(self.seq)));
        if let Fact::Scan(scan) = &entry.fact {
            let (verdict, due) = self.model.verdict(scan);
            let ruling = step.ruling.as_ref().expect("a scan is answered");
            assert_eq!((ruling.verdict, ruling.judged_at), (verdict, happened_at), "{at} {entry:?}");
            seen.uploads += u64::from(happened_at < at);
            for alert in step.changes.iter().filter(|alert| alert.rule == RuleKind::LateArrival) {
                if alert.state != AlertState::Resolved {
                    // The scan's kiosk was the last that was silent.
                    assert_eq!(alert.values.get("kiosk_heard_at"), Some(&Value::from(at)), "{alert:?}");
                    continue;
                }
                let in_time = due.is_some_and(|due| happened_at <= due);
                let want = if in_time { Resolution::ReportedLate } else { Resolution::ArrivedLate };
                assert_eq!(alert.resolution, Some(want), "{alert:?}");
                seen.reported_late += u64::from(in_time);
                seen.arrived_late += u64::from(!in_time);
            }
        } else {
            assert_eq!(step.ruling, None);
        }
        let gives_back = matches!(entry.fact, Fact::Command(Command::Unacknowledge { .. }));
        let fires = |alert: &&Alert| alert.state == AlertState::Firing && alert.acknowledged_at.is_none();
        seen.given_back += step.changes.iter().filter(|_| gives_back).filter(fires).count() as u64;
        if matches!(entry.fact, Fact::Position(_) | Fact::Reading(_)) && observed_at.is_some() {
            assert!(self.engine.repeats(&report), "{report:?} came twice");
            seen.repeats += 1;
        }
        self.model.take(&entry, happened_at);
        for alert in &step.changes {
            self.model.check_journey(alert);
        }
        self.changes.extend(step.changes);
    }

    /// Takes alerts on, ends them, writes on them; changes the rules, the plan, the standing of the clock.
    fn somebody_acts(&mut self, now: Timestamp, seen: &mut Seen) {
        if self.chance.one_in(15) {
            let open = self.engine.present(self.seq, now).alerts;
            if !open.is_empty() {
                let alert = open[self.chance.below(open.len() as i64) as usize].clone();
                let (id, by) = (alert.id.clone(), "li".parse().unwrap());
                let command = match self.chance.below(6) {
                    0 => Command::Acknowledge { alert: id, by, note: None },
                    1 => Command::Note { alert: id, by, text: Some("seen".to_owned()), findings: Box::default() },
                    2 => {
                        let (aside, reason) =
                            (Aside::For(Span::from_mins(1 + self.chance.below(40))), "seen".to_owned());
                        Command::Shelve { alert: id, by, aside, reason }
                    }
                    3 => Command::Unshelve { alert: id, by },
                    4 => Command::Unacknowledge { alert: id, by },
                    _ => {
                        self.model.ended_by_hand(&key(&alert));
                        Command::Resolve { alert: id, by, note: Some("done".to_owned()), findings: Box::default() }
                    }
                };
                self.order(now, Fact::Command(command), seen);
            }
        }
        if self.chance.one_in(20) {
            let (guest, by) = (World::some_guest(&mut self.chance), "li".parse().unwrap());
            self.order(now, Fact::Command(Command::Receive { guest, by }), seen);
        }
        self.somebody_checks_in(now, seen);
        if self.chance.one_in(180) {
            let settings = self.world.other_rules(&mut self.chance).to_json().unwrap();
            self.order(now, Fact::Command(Command::SetRules { settings }), seen);
        }
        if self.chance.one_in(150) {
            let plan = self.world.other_plan(&mut self.chance);
            self.order(now, Fact::Plan(Box::new(plan)), seen);
        }
        if self.chance.one_in(100) {
            let clock = self.world.other_clock();
            self.order(now, Fact::Clock(clock), seen);
        }
    }

    /// Somebody checks a guest in at the dashboard, and may find that it was the wrong one.
    fn somebody_checks_in(&mut self, now: Timestamp, seen: &mut Seen) {
        if self.chance.one_in(6) {
            let guest = World::some_guest(&mut self.chance);
            let scan_id: Name = format!("H-{}", self.seq).parse().unwrap();
            let fact = Fact::Scan(Scan::by_hand(scan_id.clone(), guest.clone()).unwrap());
            let device = Subject::Operator("li".parse().unwrap());
            self.take(Event { at: now, device, observed_at: None, happened_at: now, fact }, seen);
            self.by_hand = Some((guest, scan_id));
        }
        if self.chance.one_in(4)
            && let Some((guest, scan_id)) = self.by_hand.clone()
        {
            let by = "li".parse().unwrap();
            self.order(now, Fact::Command(Command::UndoCheckIn { guest, by, scan_id }), seen);
        }
        if self.chance.one_in(10) {
            let acknowledged = |alert: &&Alert| alert.state == AlertState::Acknowledged;
            let latest = self.changes.last().filter(acknowledged).map(|alert| alert.id.clone());
            if let Some(alert) = latest {
                let by = "li".parse().unwrap();
                self.order(now, Fact::Command(Command::Unacknowledge { alert, by }), seen);
            }
        }
    }

    fn order(&mut self, at: Timestamp, fact: Fact, seen: &mut Seen) {
        self.take(Event { at, device: Subject::Gateway, observed_at: None, happened_at: at, fact }, seen);
    }

    fn compare(&self, now: Timestamp) {
        let present = self.engine.present(self.seq, now);
        let got: BTreeMap<Key, bool> =
            present.alerts.iter().map(|alert| (key(alert), alert.state != AlertState::Pending)).collect();
        assert_eq!(got.len(), present.alerts.len(), "{now}: two alerts about one thing");
        let want = self.model.open();
        if got != want {
            let only = |a: &BTreeMap<Key, bool>, b: &BTreeMap<Key, bool>| {
                a.iter().filter(|(key, told)| b.get(*key) != Some(*told)).map(|(k, t)| format!("{k:?} {t}")).collect()
            };
            let (ours, theirs): (Vec<String>, Vec<String>) = (only(&got, &want), only(&want, &got));
            panic!("{now}: the rules have {ours:#?}, the model {theirs:#?}");
        }
        assert_eq!(present.guests, self.model.counts(), "{now}");
        if let Some(due) = self.engine.next_deadline() {
            assert!(due > now, "{now}: {due} has passed");
        }
    }
}

/// What an alert is about.
type Key = (RuleKind, Subject, String);

fn key(alert: &Alert) -> Key {
    let word = |key: &str| match alert.values.get(key) {
        Some(Value::Text(word)) => word.clone(),
        Some(Value::Number(_)) | None => String::new(),
    };
    (
        alert.rule,
        alert.subject.clone(),
        ["metric", "side", "incident", "custom", "post", "second_from", "second_trip", "trip", "zone"]
            .map(word)
            .concat(),
    )
}
