//! What was the matter: the alerts that fired on the day, how soon somebody took them on, and when they were over.
//!
//! An alert is told as it stands in the ledger now, also where it was taken on or ended after the day. One that was over
//! before its hold was never told to anybody, and does not count. Lengths run from when it fired. That a guest is expected
//! is no trouble: such reminders are counted apart.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::day::ReportDay;
use super::figures::{Lengths, Spread};
use crate::facts::{Alert, Name, RuleKind, Severity, Subject, Timestamp};

/// Who or what is listed as the matter again and again.
const REPEATERS_MAX: usize = 10;

/// The day's alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertsFigures {
    /// All of them.
    pub all: AlertFigures,
    /// Reminders that a guest is expected; they count nowhere else.
    pub reminders: u32,
    /// By rule; those that fired.
    pub by_rule: Vec<AlertFigures>,
    /// By severity: `critical`, `warning`, `info`; those that fired.
    pub by_severity: Vec<AlertFigures>,
    /// The subjects for which the same rule fired more than once, most often first, at most ten.
    pub repeaters: Vec<Repeater>,
    /// By the hour on the wall, `00` to `23`; those in which one fired.
    pub by_hour: Vec<HourFigures>,
}

/// Alerts of one rule or severity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertFigures {
    /// Which; none: of all.
    pub name: Option<&'static str>,
    /// How many fired.
    pub fired: u32,
    /// Of these, taken on by somebody.
    pub acknowledged: u32,
    /// Over without that anybody had taken them on.
    pub over_untouched: u32,
    /// Neither over nor taken on.
    pub waiting: u32,
    /// Not over.
    pub open: u32,
    /// How long it took until somebody took them on, of those.
    pub to_acknowledge: Spread,
    /// How long it took until they were over, of those.
    pub to_resolve: Spread,
}

/// The same again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Repeater {
    /// The rule.
    pub rule: RuleKind,
    /// Who or what.
    pub subject: Subject,
    /// How often it fired.
    pub fired: u32,
}

/// Alerts of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HourFigures {
    /// The hour on the wall, `00` to `23`.
    pub hour: String,
    /// How many fired.
    pub fired: u32,
}

/// The alerts of the day, each as it stands.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    by_id: BTreeMap<Name, Standing>,
    reminders: BTreeSet<Name>,
}

/// What the figures take of an alert.
#[derive(Debug)]
struct Standing {
    rule: RuleKind,
    subject: Subject,
    severity: Severity,
    fired_at: Timestamp,
    pending_at: Timestamp,
    acknowledged_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
}

impl Alerts {
    /// An alert changed, or stands like this in the ledger.
    pub fn push(&mut self, alert: &Alert, day: &ReportDay) {
        let Some(fired_at) = alert.fired_at.filter(|at| day.holds(*at)) else { return };
        if alert.rule == RuleKind::ArrivalReminder {
            self.reminders.insert(alert.id.clone());
            return;
        }
        let standing = Standing {
            rule: alert.rule,
            subject: alert.subject.clone(),
            severity: alert.severity,
            fired_at,
            pending_at: alert.pending_at,
            acknowledged_at: alert.acknowledged_at,
            resolved_at: alert.resolved_at,
        };
        self.by_id.insert(alert.id.clone(), standing);
    }

    /// How often a device was not heard, and for how long altogether, milliseconds; an alert that is open lasts until
    /// `until`.
    pub fn unheard(&self, until: Timestamp) -> BTreeMap<Subject, (u32, i64)> {
        let mut unheard: BTreeMap<Subject, (u32, i64)> = BTreeMap::new();
        for standing in self.by_id.values() {
            let is_silence =
                matches!(standing.rule, RuleKind::KioskSilent | RuleKind::VehicleSilent | RuleKind::SensorSilent);
            if is_silence {
                let (times, ms) = unheard.entry(standing.subject.clone()).or_default();
                let end = standing.resolved_at.unwrap_or(until).min(until);
                (*times, *ms) = (*times + 1, *ms + end.since(standing.pending_at).as_millis().max(0));
            }
        }
        unheard
    }

    /// The figures.
    pub fn finish(&self, day: &ReportDay) -> AlertsFigures {
        let mut all = Group::default();
        let (mut rules, mut severities) = (BTreeMap::<RuleKind, Group>::new(), BTreeMap::<Severity, Group>::new());
        let (mut repeaters, mut hours) = (BTreeMap::<(RuleKind, &Subject), u32>::new(), BTreeMap::<u8, u32>::new());
        for standing in self.by_id.values() {
            let rule = rules.entry(standing.rule).or_default();
            for group in [&mut all, rule, severities.entry(standing.severity).or_default()] {
                group.push(standing);
            }
            *repeaters.entry((standing.rule, &standing.subject)).or_default() += 1;
            *hours.entry(day.hour(standing.fired_at)).or_default() += 1;
        }
        let mut repeaters: Vec<Repeater> = repeaters
            .into_iter()
            .filter(|(_, fired)| *fired > 1)
            .map(|((rule, subject), fired)| Repeater { rule, subject: subject.clone(), fired })
            .collect();
        repeaters.sort_by_key(|repeater| std::cmp::Reverse(repeater.fired));
        repeaters.truncate(REPEATERS_MAX);
        AlertsFigures {
            all: all.told(None),
            reminders: self.reminders.len() as u32,
            by_rule: rules.into_iter().map(|(rule, group)| group.told(Some(rule.word()))).collect(),
            by_severity: severities.into_iter().rev().map(|(of, group)| group.told(Some(of.word()))).collect(),
            repeaters,
            by_hour: hours.into_iter().map(|(hour, fired)| HourFigures { hour: format!("{hour:02}"), fired }).collect(),
        }
    }
}

#[derive(Default)]
struct Group {
    figures: AlertFigures,
    to_acknowledge: Lengths,
    to_resolve: Lengths,
}

impl Group {
    fn push(&mut self, standing: &Standing) {
        let figures = &mut self.figures;
        figures.fired += 1;
        if let Some(at) = standing.acknowledged_at {
            figures.acknowledged += 1;
            self.to_acknowledge.push(at.since(standing.fired_at));
        }
        match (standing.resolved_at, standing.acknowledged_at) {
            (Some(_), None) => figures.over_untouched += 1,
            (None, None) => figures.waiting += 1,
            (Some(_) | None, Some(_)) => {}
        }
        match standing.resolved_at {
            Some(at) => self.to_resolve.push(at.since(standing.fired_at)),
            None => figures.open += 1,
        }
    }

    fn told(self, name: Option<&'static str>) -> AlertFigures {
        let (to_acknowledge, to_resolve) = (self.to_acknowledge.spread(), self.to_resolve.spread());
        AlertFigures { name, to_acknowledge, to_resolve, ..self.figures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{AlertState, Span, Values};

    fn day() -> ReportDay {
        ReportDay::of("2026-11-30".parse().unwrap(), &jiff::tz::TimeZone::UTC).unwrap()
    }

    /// `id rule subject severity pending fired acknowledged resolved`, in minutes of the day, `-` for never.
    fn alert(text: &str) -> Alert {
        let words: Vec<&str> = text.split(' ').collect();
        let at = |word: &str| word.parse().ok().map(|minute| day().from.plus(Span::from_mins(minute)));
        Alert {
            id: words[0].parse().unwrap(),
            rule: serde_json::from_value(words[1].into()).unwrap(),
            subject: words[2].parse().unwrap(),
            severity: serde_json::from_value(words[3].into()).unwrap(),
            state: AlertState::Firing,
            at: day().from,
            cause: None,
            pending_at: at(words[4]).unwrap(),
            fired_at: at(words[5]),
            acknowledged_at: at(words[6]),
            acknowledged_by: None,
            shelf: None,
            resolved_at: at(words[7]),
            resolution: None,
            values: Values::new(),
            notes: Vec::new(),
            findings: crate::facts::Findings::default(),
        }
    }

    fn alerts(all: &[&str]) -> Alerts {
        let mut alerts = Alerts::default();
        for text in all {
            alerts.push(&alert(text), &day());
        }
        alerts
    }

    #[test]
    fn times_run_from_when_it_fired() {
        let alerts = alerts(&[
            "A-1 late_arrival guest/G-1 warning 540 540 - -",
            "A-1 late_arrival guest/G-1 warning 540 540 545 -",
            "A-1 late_arrival guest/G-1 warning 540 540 545 600",
            "A-2 room_climate room/hall warning 560 565 - 580",
            // No trouble, told twice as it changes.
            "A-8 arrival_reminder guest/G-1 info 480 480 - -",
            "A-8 arrival_reminder guest/G-1 info 480 480 - 540",
            "A-3 incident room/hall critical 600 600 601 -",
            "A-4 room_climate room/hall warning 700 705 - -",
            // Over before its hold; fired the day before; fires tomorrow.
            "A-5 idle_vehicle vehicle/car-1 warning 700 - - 710",
            "A-6 idle_vehicle vehicle/car-1 warning -30 -20 - 10",
            "A-7 idle_vehicle vehicle/car-1 warning 1435 1445 - -",
        ]);
        let figures = alerts.finish(&day());
        let told = |f: &AlertFigures| {
            (
                f.fired,
                f.acknowledged,
                f.over_untouched,
                f.waiting,
                f.open,
                f.to_acknowledge.median_s,
                f.to_resolve.median_s,
            )
        };
        assert_eq!(told(&figures.all), (4, 2, 1, 1, 2, Some(60), Some(900)));
        assert_eq!(figures.all.to_acknowledge.longest_s, Some(300));
        assert_eq!(figures.reminders, 1);
        let names: Vec<_> = figures.by_rule.iter().map(|f| (f.name.unwrap(), f.fired)).collect();
        assert_eq!(names, [("late_arrival", 1), ("room_climate", 2), ("incident", 1)]);
        assert_eq!(figures.by_severity.iter().map(|f| f.name.unwrap()).collect::<Vec<_>>(), ["critical", "warning"]);
        let again: Vec<_> = figures.repeaters.iter().map(|r| (r.subject.to_string(), r.fired)).collect();
        assert_eq!(again, [("room/hall".to_owned(), 2)]);
        let hours: Vec<_> = figures.by_hour.iter().map(|h| (h.hour.as_str(), h.fired)).collect();
        assert_eq!(hours, [("09", 2), ("10", 1), ("11", 1)]);
    }

    #[test]
    fn silence_runs_from_when_it_began_and_of_no_alert_there_is_no_time() {
        let alerts = alerts(&[
            "A-1 kiosk_silent kiosk/K1 warning 600 602 - 620",
            "A-2 kiosk_silent kiosk/K1 warning 700 702 - -",
            "A-3 sensor_silent sensor/hall/t1 info 700 715 - 760",
        ]);
        let unheard = alerts.unheard(day().from.plus(Span::from_mins(730)));
        let told: Vec<_> = unheard.iter().map(|(s, (times, ms))| (s.to_string(), *times, ms / 60_000)).collect();
        assert_eq!(told, [("sensor/hall/t1".to_owned(), 1, 30), ("kiosk/K1".to_owned(), 2, 50)]);
        assert_eq!(Alerts::default().finish(&day()), AlertsFigures::default());
    }
}
