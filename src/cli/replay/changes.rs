//! What other rules would have changed: alerts that come, go, move or end otherwise, as a table or as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::tz::TimeZone;

use crate::facts::{Alert, Name, RuleKind, Subject, Timestamp};

/// What an alert is about, whatever its number is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct About {
    rule: RuleKind,
    subject: Subject,
    detail: String,
}

/// One alert that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Firing {
    fired_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// The alerts that fired from one moment on and before another, in the order of time, by what they are about.
pub(super) fn firings(changes: &[Alert], from: Timestamp, to: Timestamp) -> BTreeMap<About, Vec<Firing>> {
    let mut alerts: BTreeMap<&Name, (&Alert, Firing)> = BTreeMap::new();
    for alert in changes {
        let Some(fired_at) = alert.fired_at else { continue };
        let first = Firing { fired_at, ended_at: None };
        // One that was put aside fires again; it is told of once.
        alerts.entry(&alert.id).or_insert((alert, first)).1.ended_at = alert.resolved_at;
    }
    let mut firings: BTreeMap<About, Vec<Firing>> = BTreeMap::new();
    for (alert, firing) in alerts.into_values().filter(|(_, firing)| (from..to).contains(&firing.fired_at)) {
        let about = About { rule: alert.rule, subject: alert.subject.clone(), detail: alert.detail() };
        firings.entry(about).or_default().push(firing);
    }
    for firings in firings.values_mut() {
        firings.sort();
    }
    firings
}

/// What became of an alert with other rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Came,
    Gone,
    /// It fires at another time.
    Moved,
    /// It fires at the same time and ends at another.
    Ended,
}

impl Change {
    const fn word(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::Gone => "gone",
            Self::Moved => "moved",
            Self::Ended => "ended",
        }
    }
}

/// An alert that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    about: About,
    change: Change,
    before: Option<Firing>,
    after: Option<Firing>,
}

impl Difference {
    /// When it begins to differ.
    fn at(&self) -> Option<Timestamp> {
        [self.before, self.after].into_iter().flatten().map(|firing| firing.fired_at).min()
    }
}

/// What was recorded against what other rules would have done.
#[derive(Debug)]
pub(super) struct Changes {
    recorded: usize,
    tried: usize,
    /// In the order of time.
    differences: Vec<Difference>,
}

impl Changes {
    /// Compares. Of the alerts about one thing those that fire at the same moment are the same; the others are paired in
    /// the order of time, and what is left over came or is gone.
    pub(super) fn between(recorded: &BTreeMap<About, Vec<Firing>>, tried: &BTreeMap<About, Vec<Firing>>) -> Self {
        let mut differences = Vec::new();
        let all: BTreeSet<&About> = recorded.keys().chain(tried.keys()).collect();
        for about in all {
            let of = |firings: &BTreeMap<About, Vec<Firing>>| firings.get(about).cloned().unwrap_or_default();
            for (change, before, after) in pairs(of(recorded), of(tried)) {
                differences.push(Difference { about: about.clone(), change, before, after });
            }
        }
        differences.sort_by_key(Difference::at);
        let count = |firings: &BTreeMap<About, Vec<Firing>>| firings.values().map(Vec::len).sum();
        Self { recorded: count(recorded), tried: count(tried), differences }
    }

    fn count(&self, change: Change) -> usize {
        self.differences.iter().filter(|difference| difference.change == change).count()
    }

    /// As one object.
    pub(super) fn json(&self, tried_from: u64) -> serde_json::Value {
        let rows: Vec<_> = self.differences.iter().map(row).collect();
        serde_json::json!({
            "recorded": self.recorded, "with_these_rules": self.tried, "tried_from": tried_from,
            "came": self.count(Change::Came), "gone": self.count(Change::Gone), "moved": self.count(Change::Moved),
            "ended": self.count(Change::Ended), "differences": rows,
        })
    }

    /// As a table, its times in this zone.
    pub(super) fn table(&self, zone: &TimeZone) -> String {
        let count = |change| self.count(change);
        let mut out = format!(
            "{} alerts were recorded; with these rules there would have been {}: {} came, {} gone, {} moved, {} ended at \
             another time\n",
            self.recorded,
            self.tried,
            count(Change::Came),
            count(Change::Gone),
            count(Change::Moved),
            count(Change::Ended),
        );
        if self.differences.is_empty() {
            return out;
        }
        let said = |firing: Option<Firing>| firing.map_or("-".to_owned(), |firing| stretch(firing, zone));
        let name = zone.iana_name().unwrap_or("the site's zone");
        let head = ["", "rule", "about", &format!("recorded ({name})"), "with these rules"].map(str::to_owned);
        let rows = self.differences.iter().map(|difference| {
            let About { rule, subject, detail } = &difference.about;
            let about = format!("{subject} {detail}").trim_end().to_owned();
            let (before, after) = (said(difference.before), said(difference.after));
            [difference.change.word().to_owned(), rule.word().to_owned(), about, before, after]
        });
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3), 0];
        out.push('\n');
        for row in &rows {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{}", cells.join("  ").trim_end());
        }
        out
    }
}

/// What differs among the alerts about one thing.
fn pairs(before: Vec<Firing>, after: Vec<Firing>) -> Vec<(Change, Option<Firing>, Option<Firing>)> {
    let mut later = after;
    let take = |later: &mut Vec<Firing>, is: &dyn Fn(&Firing) -> bool| {
        let at = later.iter().position(is)?;
        Some(later.remove(at))
    };
    // Two may fire at one moment: those that also end alike are the same.
    let differ: Vec<Firing> =
        before.into_iter().filter(|firing| take(&mut later, &|other| other == firing).is_none()).collect();
    let (mut found, mut left) = (Vec::new(), Vec::new());
    for firing in differ {
        match take(&mut later, &|other| other.fired_at == firing.fired_at) {
            Some(other) => found.push((Change::Ended, Some(firing), Some(other))),
            None => left.push(firing),
        }
    }
    let (mut left, mut later) = (left.into_iter(), later.into_iter());
    loop {
        match (left.next(), later.next()) {
            (None, None) => return found,
            (before, after) => {
                let change = match (before, after) {
                    (Some(_), None) => Change::Gone,
                    (None, _) => Change::Came,
                    (Some(_), Some(_)) => Change::Moved,
                };
                found.push((change, before, after));
            }
        }
    }
}

fn row(difference: &Difference) -> serde_json::Value {
    let About { rule, subject, detail } = &difference.about;
    let fired = |firing: Option<Firing>| firing.map(|firing| firing.fired_at);
    let ended = |firing: Option<Firing>| firing.and_then(|firing| firing.ended_at);
    serde_json::json!({
        "change": difference.change.word(), "rule": rule.word(), "subject": subject, "detail": detail,
        "before": fired(difference.before), "after": fired(difference.after),
        "ended_before": ended(difference.before), "ended_after": ended(difference.after),
    })
}

/// `2026-11-23 10:40:00 to 10:55:00`, with the date where it ends on another day.
fn stretch(firing: Firing, zone: &TimeZone) -> String {
    let local = |at: Timestamp| {
        let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
        moment.to_zoned(zone.clone()).datetime()
    };
    let from = local(firing.fired_at);
    let begins = from.strftime("%Y-%m-%d %H:%M:%S");
    match firing.ended_at.map(local) {
        None => format!("{begins}, stays"),
        Some(to) if to.date() == from.date() => format!("{begins} to {}", to.strftime("%H:%M:%S")),
        Some(to) => format!("{begins} to {}", to.strftime("%Y-%m-%d %H:%M:%S")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alerts about one thing each, `a 1-3` being one that fires at 1 and ends at 3.
    fn told(recorded: &str, tried: &str) -> String {
        let [recorded, tried] = [recorded, tried].map(|text| {
            let mut firings: BTreeMap<About, Vec<Firing>> = BTreeMap::new();
            for alert in text.split(", ").filter(|text| !text.is_empty()) {
                let (who, when) = alert.split_once(' ').unwrap();
                let (from, to) = when.split_once('-').unwrap();
                let minute = |text: &str| text.parse::<i64>().ok().map(|m| Timestamp::from_millis(m * 60_000));
                let subject = format!("guest/{who}").parse().unwrap();
                let about = About { rule: RuleKind::LateArrival, subject, detail: String::new() };
                let firing = Firing { fired_at: minute(from).unwrap(), ended_at: minute(to) };
                firings.entry(about).or_default().push(firing);
            }
            firings
        });
        let table = Changes::between(&recorded, &tried).table(&TimeZone::UTC);
        let rows = table.lines().skip(3).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        rows.map(|row| row.replace("late_arrival guest/", "").replace("1970-01-01 ", "")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn alerts_that_came_went_moved_and_ended_otherwise_are_told_apart() {
        assert_eq!(told("a 1-2, b 3-", "a 1-2, b 3-"), "");
        assert_eq!(told("a 1-2", ""), "gone a 00:01:00 to 00:02:00 -");
        assert_eq!(told("", "a 1-"), "came a - 00:01:00, stays");
        assert_eq!(told("a 1-2", "a 3-2000"), "moved a 00:01:00 to 00:02:00 00:03:00 to 1970-01-02 09:20:00");
        assert_eq!(told("a 1-5", "a 1-9"), "ended a 00:01:00 to 00:05:00 00:01:00 to 00:09:00");
        // One more before does not move those after it.
        assert_eq!(told("a 5-6, a 9-10", "a 2-3, a 5-6, a 9-10"), "came a - 00:02:00 to 00:03:00");
        assert_eq!(told("a 2-3, a 5-6, a 9-10", "a 5-6, a 9-10"), "gone a 00:02:00 to 00:03:00 -");
        // Two that fire at one moment, in whatever order they are told.
        assert_eq!(told("a 5-6, a 5-9", "a 5-9, a 5-6"), "");
        assert_eq!(told("a 5-6, a 5-9", "a 5-9, a 5-7"), "ended a 00:05:00 to 00:06:00 00:05:00 to 00:07:00");
        // In the order of time, whoever it is about.
        assert_eq!(
            told("b 1-2, a 7-8", "a 9-10, b 3-4, c 5-"),
            "moved b 00:01:00 to 00:02:00 00:03:00 to 00:04:00\ncame c - 00:05:00, stays\nmoved a 00:07:00 to 00:08:00 \
             00:09:00 to 00:10:00"
        );
    }
}
