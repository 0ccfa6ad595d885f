//! The model's opinion of batteries, sensors that are stuck, and kiosks that are slow.

use std::collections::BTreeMap;

use portico::facts::{Direction, Metric, Milli, Name, Reading, RuleKind, Scan, Span, Subject, Timestamp};
use portico::rules::Settings;

use super::Key;
use super::model::Model;

/// Lengths that the description of the rules names.
const WINDOW: Span = Span::from_mins(15);
const LATE_REPORT: Span = Span::from_mins(1);
const REMEMBERED: usize = 30;

/// All that was told, as far as it says anything.
#[derive(Default)]
pub struct Watches {
    batteries: BTreeMap<(Name, Name), Milli>,
    /// What each sensor measured since it was last silent.
    measured: BTreeMap<(Name, Name, Metric), Vec<(Timestamp, Milli)>>,
    /// Check-ins of a kiosk, and when they last allowed a conclusion.
    checked_in: BTreeMap<Name, Vec<(Timestamp, i64)>>,
    concluded: BTreeMap<Name, Timestamp>,
}

fn of_sensor(rule: RuleKind, room: &Name, sensor: &Name, metric: Metric) -> Key {
    (rule, Subject::Sensor(room.clone(), sensor.clone()), metric.to_string())
}

fn of_kiosk(kiosk: &Name) -> Key {
    (RuleKind::KioskSlow, Subject::Kiosk(kiosk.clone()), String::new())
}

/// How long the newest value has been the same.
fn still_for(measured: &[(Timestamp, Milli)]) -> Span {
    let Some((newest, value)) = measured.last() else { return Span::ZERO };
    let first = measured.iter().rev().take_while(|(_, other)| other == value).last();
    first.map_or(Span::ZERO, |(at, _)| newest.since(*at))
}

/// What nine of ten took, in seconds.
fn p90(checked_in: &[(Timestamp, i64)], least: u32) -> Option<i64> {
    let mut took: Vec<i64> = checked_in.iter().map(|(_, took)| *took).collect();
    took.sort_unstable();
    let enough = took.len() >= least as usize;
    enough.then(|| took[(took.len() * 9).div_ceil(10) - 1])
}

impl Model {
    pub fn watch_reading(&mut self, reading: &Reading) {
        let sensor = (reading.room.clone(), reading.sensor.clone());
        if let Some(left) = reading.measures.get(Metric::Battery) {
            let key = of_sensor(RuleKind::BatteryLow, &sensor.0, &sensor.1, Metric::Battery);
            let rule = self.rules.battery_low.clone();
            self.watches.batteries.insert(sensor.clone(), left);
            if self.is_broken(&key) {
                if left >= rule.below.plus(rule.band) {
                    self.set(key, None, Span::ZERO);
                }
            } else if rule.enabled && left < rule.below {
                self.set(key, Some(self.now), Span::ZERO);
            }
        }
        for metric in [Metric::Temperature, Metric::Humidity, Metric::Co2] {
            let Some(value) = reading.measures.get(metric) else { continue };
            let of_metric = (sensor.0.clone(), sensor.1.clone(), metric);
            let measured = self.watches.measured.entry(of_metric).or_default();
            measured.push((self.now, value));
            let still = still_for(measured);
            let key = of_sensor(RuleKind::SensorStuck, &sensor.0, &sensor.1, metric);
            let rule = &self.rules.sensor_stuck;
            if still == Span::ZERO {
                self.set(key, None, Span::ZERO);
            } else if rule.enabled && still >= rule.after && !self.is_broken(&key) {
                self.set(key, Some(self.now), Span::ZERO);
            }
        }
    }

    pub fn watch_scan(&mut self, scan: &Scan, happened_at: Timestamp) {
        let Some(took) = scan.duration_s.map(i64::from) else { return };
        if scan.direction != Direction::Entry || self.now.since(happened_at) > LATE_REPORT {
            return;
        }
        let now = self.now;
        let checked_in = self.watches.checked_in.entry(scan.kiosk.clone()).or_default();
        checked_in.push((now, took));
        let excess = checked_in.len().saturating_sub(REMEMBERED);
        checked_in.drain(..excess);
        checked_in.retain(|(at, _)| now.since(*at) <= WINDOW);
        let rule = self.rules.kiosk_slow.clone();
        let Some(p90) = p90(checked_in, rule.scans_min) else { return };
        self.watches.concluded.insert(scan.kiosk.clone(), now);
        let key = of_kiosk(&scan.kiosk);
        if self.is_broken(&key) {
            if p90 + rule.band.as_secs() <= rule.above.as_secs() {
                self.set(key, None, Span::ZERO);
            }
        } else if rule.enabled && p90 > rule.above.as_secs() {
            self.set(key, Some(now), Span::ZERO);
        }
    }

    /// Time passes: who is silent says nothing.
    pub fn watch_time(&mut self) {
        let silent: Vec<_> = self.watches.measured.keys().cloned().collect();
        for (room, sensor, metric) in silent {
            let key = of_sensor(RuleKind::SensorStuck, &room, &sensor, metric);
            if self.is_silent(&Subject::Sensor(room.clone(), sensor.clone())) && !self.is_broken(&key) {
                self.watches.measured.remove(&(room, sensor, metric));
            }
        }
        let now = self.now;
        let kiosks: Vec<Name> = self.watches.concluded.keys().cloned().collect();
        for kiosk in kiosks {
            if now.since(self.watches.concluded[&kiosk]) >= WINDOW {
                self.set(of_kiosk(&kiosk), None, Span::ZERO);
            }
        }
    }

    /// Other rules hold: what is not so by them is over.
    pub fn watch_rules(&mut self, old: &Settings) {
        let rules = self.rules.clone();
        if old.battery_low != rules.battery_low {
            for ((room, sensor), left) in self.watches.batteries.clone() {
                if !rules.battery_low.enabled || left >= rules.battery_low.below {
                    self.set(of_sensor(RuleKind::BatteryLow, &room, &sensor, Metric::Battery), None, Span::ZERO);
                }
            }
        }
        if old.sensor_stuck != rules.sensor_stuck {
            for ((room, sensor, metric), measured) in self.watches.measured.clone() {
                let first = measured.last().map(|(newest, _)| newest.minus(still_for(&measured)));
                let short = first.is_none_or(|first| self.now.since(first) < rules.sensor_stuck.after);
                if !rules.sensor_stuck.enabled || short {
                    self.set(of_sensor(RuleKind::SensorStuck, &room, &sensor, metric), None, Span::ZERO);
                }
            }
        }
        if old.kiosk_slow != rules.kiosk_slow {
            for (kiosk, checked_in) in self.watches.checked_in.clone() {
                let slow = p90(&checked_in, rules.kiosk_slow.scans_min)
                    .is_some_and(|p90| p90 > rules.kiosk_slow.above.as_secs());
                if !rules.kiosk_slow.enabled || !slow {
                    self.set(of_kiosk(&kiosk), None, Span::ZERO);
                }
            }
        }
    }

    fn is_broken(&self, key: &Key) -> bool {
        self.broken.contains_key(key)
    }
}
