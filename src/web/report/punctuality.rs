//! How punctual guests were: each visit of the day that the plan gives a time for.
//!
//! A guest has arrived with the earliest scan that tells of being here, in or out, by the time that the rules judged it by.
//! In time is who arrived at most the grace of the tier after the expected time; late is who arrived after that; not seen
//! is whose grace is over without a scan, which is not the same as not come: a kiosk may have been silent. Decides no
//! verdict: that is done.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::day::ReportDay;
use super::figures::{Lengths, Spread, percent};
use super::terms::Terms;
use crate::facts::plan::{People, Plan, Tier, Visit};
use crate::facts::{Direction, Name, Ruling, Scan, Span, Timestamp, Verdict};

/// The day's visits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PunctualityFigures {
    /// All of them.
    pub all: VisitFigures,
    /// By the guest's tier: `vip`, `guest`, `staff`; those that have visits.
    pub by_tier: Vec<VisitFigures>,
    /// By who receives the guest. The one without a name is of guests whose host the plan does not tell, or whose names
    /// were erased.
    pub by_host: Vec<VisitFigures>,
    /// By the hour on the wall at which they were expected, `00` to `23`; those that have visits.
    pub by_hour: Vec<VisitFigures>,
    /// Visits that were called off; they count nowhere else.
    pub cancelled: u32,
    /// Visits of the day without a time; they count nowhere else.
    pub without_time: u32,
}

/// Visits of one tier, host or hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct VisitFigures {
    /// Which; none: of all, or of who has none.
    pub name: Option<String>,
    /// Visits that were expected: the sum of the next five.
    pub expected: u32,
    /// Arrived at most the grace after the expected time.
    pub in_time: u32,
    /// Arrived later than that.
    pub late: u32,
    /// Not seen, though the grace is over.
    pub not_seen: u32,
    /// Not seen yet, and the grace is not over.
    pub still_expected: u32,
    /// Arrived while our time was not trusted, so that nobody can say whether in time.
    pub unjudged: u32,
    /// In time of those in time, late and not seen, per cent; null where there are none.
    pub in_time_percent: Option<f64>,
    /// How long after the expected time those arrived who were judged; who came earlier counts as 0.
    pub delay: Spread,
}

/// The visits of the day as they are seen to be kept.
pub(super) struct Visits {
    by_guest: BTreeMap<Name, Vec<Record>>,
}

struct Record {
    visit: Visit,
    arrived_at: Option<Timestamp>,
    /// Whether our time was trusted at the scan that tells the arrival.
    trusted: bool,
    inside: bool,
}

impl Visits {
    /// Those of the day in a plan.
    pub fn of(plan: &Plan, day: &ReportDay) -> Self {
        let mut by_guest: BTreeMap<Name, Vec<Record>> = BTreeMap::new();
        for visit in plan.visits.iter().filter(|visit| day.holds(visit.day_from)) {
            let record = Record { visit: visit.clone(), arrived_at: None, trusted: true, inside: false };
            by_guest.entry(visit.code.clone()).or_default().push(record);
        }
        Self { by_guest }
    }

    /// A guest was scanned.
    pub fn scan(&mut self, scan: &Scan, ruling: &Ruling, trusted: bool) {
        let was_here = match ruling.verdict {
            Verdict::Admit | Verdict::AdmitAgain | Verdict::AlreadyIn | Verdict::NeedsAttention | Verdict::Left => true,
            Verdict::NotFound | Verdict::WrongDay | Verdict::WrongPoint | Verdict::Cancelled => false,
        };
        let Some(visits) = self.by_guest.get_mut(&scan.code).filter(|_| was_here) else { return };
        let at = ruling.judged_at;
        let Some(meant) = meant(visits, scan.direction, at) else { return };
        for (number, record) in visits.iter_mut().enumerate().filter(|(_, record)| !record.visit.cancelled) {
            let waited = record.arrived_at.is_none() && record.visit.expected_at.is_some_and(|expected| expected <= at);
            let of_it = match scan.direction {
                // Who comes in is here for every earlier visit of the day that waited.
                Direction::Entry => waited,
                Direction::Exit => record.inside,
            };
            if number == meant || of_it {
                record.inside = scan.direction == Direction::Entry;
                if record.arrived_at.is_none_or(|arrived| at < arrived) {
                    (record.arrived_at, record.trusted) = (Some(at), trusted);
                }
            }
        }
    }

    /// When the first of these guests arrived at `after` or later.
    pub fn arrival(&self, guests: &[Name], after: Timestamp) -> Option<Timestamp> {
        self.of_guests(guests).filter_map(|record| record.arrived_at).filter(|at| *at >= after).min()
    }

    /// The latest time at which one of these guests is expected at `after` or later.
    pub fn expected(&self, guests: &[Name], after: Timestamp) -> Option<Timestamp> {
        self.of_guests(guests).filter_map(|record| record.visit.expected_at).filter(|at| *at >= after).max()
    }

    fn of_guests<'a>(&'a self, guests: &'a [Name]) -> impl Iterator<Item = &'a Record> {
        guests.iter().filter_map(|guest| self.by_guest.get(guest)).flatten()
    }

    /// The figures, told up to `until`. Where no settings of the rules are known there is no grace.
    pub fn finish(
        &self,
        terms: Option<&Terms>,
        people: &People,
        day: &ReportDay,
        until: Timestamp,
    ) -> PunctualityFigures {
        let mut figures = PunctualityFigures::default();
        let (mut all, mut tiers, mut hosts, mut hours) =
            (Group::default(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for record in self.by_guest.values().flatten() {
            let visit = &record.visit;
            let Some(expected) = visit.expected_at.filter(|_| !visit.cancelled) else {
                *if visit.cancelled { &mut figures.cancelled } else { &mut figures.without_time } += 1;
                continue;
            };
            let grace = terms.map_or(Span::ZERO, |terms| terms.grace(visit.tier));
            let host = people.guests.get(&visit.code).and_then(|person| person.host.clone());
            let tier: &mut Group = tiers.entry(visit.tier).or_default();
            let host: &mut Group = hosts.entry((host.is_none(), host)).or_default();
            let hour: &mut Group = hours.entry(day.hour(expected)).or_default();
            for group in [&mut all, tier, host, hour] {
                group.push(record, expected, grace, until);
            }
        }
        figures.all = all.told(None);
        figures.by_tier = tiers.into_iter().map(|(tier, group)| group.told(Some(tier_word(tier).to_owned()))).collect();
        figures.by_host = hosts.into_iter().map(|((_, host), group)| group.told(host)).collect();
        figures.by_hour = hours.into_iter().map(|(hour, group)| group.told(Some(format!("{hour:02}")))).collect();
        figures
    }
}

/// The visit that a scan is about, as the rules choose it: the one whose time is nearest, but who goes out leaves where
/// he is.
fn meant(visits: &[Record], direction: Direction, at: Timestamp) -> Option<usize> {
    let open = visits.iter().enumerate().filter(|(_, record)| !record.visit.cancelled);
    open.min_by_key(|(_, record)| {
        let away = record.visit.expected_at.map_or(i64::MAX, |expected| expected.since(at).as_millis().abs());
        let leaves_here = direction == Direction::Exit && record.inside;
        let left_here = direction == Direction::Exit && record.arrived_at.is_some();
        (!leaves_here, !left_here, away, record.arrived_at.is_some(), record.visit.expected_at)
    })
    .map(|(number, _)| number)
}

/// The word of a tier on the wire.
pub(super) const fn tier_word(tier: Tier) -> &'static str {
    match tier {
        Tier::Vip => "vip",
        Tier::Guest => "guest",
        Tier::Staff => "staff",
    }
}

#[derive(Default)]
struct Group {
    figures: VisitFigures,
    delays: Lengths,
}

impl Group {
    fn push(&mut self, record: &Record, expected: Timestamp, grace: Span, until: Timestamp) {
        let figures = &mut self.figures;
        figures.expected += 1;
        let Some(arrived) = record.arrived_at else {
            *if until < expected.plus(grace) { &mut figures.still_expected } else { &mut figures.not_seen } += 1;
            return;
        };
        if !record.trusted {
            figures.unjudged += 1;
            return;
        }
        *if arrived <= expected.plus(grace) { &mut figures.in_time } else { &mut figures.late } += 1;
        self.delays.push(arrived.since(expected).max(Span::ZERO));
    }

    fn told(self, name: Option<String>) -> VisitFigures {
        let VisitFigures { in_time, late, not_seen, .. } = self.figures;
        let in_time_percent = percent(in_time, in_time + late + not_seen);
        VisitFigures { name, in_time_percent, delay: self.delays.spread(), ..self.figures }
    }
}

#[cfg(test)]
mod tests {
    use super::super::terms::tests::usual;
    use super::*;
    use crate::facts::plan::Person;

    const DAY: &str = "2026-11-30";

    fn at(clock: &str) -> Timestamp {
        format!("{DAY}T{clock}:00+08:00").parse().unwrap()
    }

    fn day() -> ReportDay {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        ReportDay::of(DAY.parse().unwrap(), &zone).unwrap()
    }

    /// `code tier expected`, where the time may be `-`, and `cancelled` may follow.
    fn visit(text: &str) -> Visit {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (code, tier, expected) = (next(), next(), next());
        Visit {
            code: code.parse().unwrap(),
            tier: serde_json::from_value(tier.into()).unwrap(),
            expected_at: (expected != "-").then(|| at(expected)),
            day_from: day().from,
            day_to: day().to,
            place: None,
            point: None,
            vehicle: None,
            cancelled: next() == "cancelled",
            attention: false,
        }
    }

    /// `code clock verdict`
    fn scan(visits: &mut Visits, text: &str, trusted: bool) {
        let words: Vec<&str> = text.split(' ').collect();
        let verdict: Verdict = serde_json::from_value(words[2].into()).unwrap();
        let direction = if verdict == Verdict::Left { Direction::Exit } else { Direction::Entry };
        let scan = Scan {
            scan_id: "s".parse().unwrap(),
            code: words[0].parse().unwrap(),
            kiosk: "K1".parse().unwrap(),
            direction,
            point: None,
            method: None,
            duration_s: None,
            ruling: None,
        };
        visits.scan(&scan, &Ruling { verdict, late_by_s: 0, judged_at: at(words[1]) }, trusted);
    }

    fn told(figures: &VisitFigures) -> String {
        let VisitFigures { expected, in_time, late, not_seen, still_expected, unjudged, .. } = figures;
        let name = figures.name.as_deref().unwrap_or("-");
        format!("{name}: {expected} = {in_time} {late} {not_seen} {still_expected} {unjudged}")
    }

    fn of(visits: &[&str]) -> Visits {
        Visits::of(&Plan { visits: visits.iter().map(|text| visit(text)).collect(), ..Plan::default() }, &day())
    }

    #[test]
    fn each_tier_has_its_grace_and_each_hour_its_own() {
        let mut visits = of(&[
            "v1 vip 09:00",
            "v2 vip 09:00",
            "v3 vip 09:30",
            "g1 guest 09:00",
            "g2 guest 10:00",
            "g3 guest 17:00",
            "g4 guest - ",
            "g5 guest 09:00 cancelled",
            "s1 staff 08:00",
        ]);
        for text in [
            "v1 09:10 admit",
            "v2 09:11 admit",
            "g1 09:11 needs_attention",
            "g2 10:31 not_found",
            "g2 10:31 admit",
            "s1 08:40 wrong_point",
            "g5 09:00 cancelled",
            "stranger 09:00 not_found",
        ] {
            scan(&mut visits, text, true);
        }
        let mut people = People::default();
        for code in ["v1", "v2", "g1"] {
            let person = Person { host: Some("Li Na".to_owned()), ..Person::default() };
            people.guests.insert(code.parse().unwrap(), person);
        }
        let figures = visits.finish(Some(&usual()), &people, &day(), at("17:29"));
        assert_eq!(told(&figures.all), "-: 7 = 2 2 2 1 0");
        assert_eq!(figures.all.in_time_percent, Some(33.3));
        let lines = |all: &[VisitFigures]| all.iter().map(told).collect::<Vec<_>>();
        assert_eq!(lines(&figures.by_tier), ["vip: 3 = 1 1 1 0 0", "guest: 3 = 1 1 0 1 0", "staff: 1 = 0 0 1 0 0"]);
        assert_eq!(lines(&figures.by_host), ["Li Na: 3 = 2 1 0 0 0", "-: 4 = 0 1 2 1 0"]);
        assert_eq!(
            lines(&figures.by_hour),
            ["08: 1 = 0 0 1 0 0", "09: 4 = 2 1 1 0 0", "10: 1 = 0 1 0 0 0", "17: 1 = 0 0 0 1 0"]
        );
        assert_eq!((figures.cancelled, figures.without_time), (1, 1));
        let delay = figures.all.delay;
        assert_eq!((delay.known, delay.median_s, delay.longest_s), (4, Some(660), Some(1_860)));
        // A minute later the grace of the last one is over.
        assert_eq!(told(&visits.finish(Some(&usual()), &people, &day(), at("17:30")).all), "-: 7 = 2 2 3 0 0");
    }

    #[test]
    fn the_earliest_scan_counts_and_an_untrusted_time_judges_nobody() {
        let mut visits = of(&["g1 guest 09:00", "g2 guest 09:00", "g3 guest 09:00", "g3 guest 14:00"]);
        // A kiosk that was cut off tells later that the guest was there before; who goes out was in.
        for text in ["g1 10:30 left", "g1 09:20 admit", "g3 09:05 admit", "g3 13:50 already_in"] {
            scan(&mut visits, text, true);
        }
        scan(&mut visits, "g2 03:00 admit", false);
        let figures = visits.finish(Some(&usual()), &People::default(), &day(), day().to);
        assert_eq!(told(&figures.all), "-: 4 = 3 0 0 0 1");
        assert_eq!(visits.arrival(&["g3".parse().unwrap()], at("10:00")), Some(at("13:50")));
        assert_eq!(visits.expected(&["g3".parse().unwrap()], at("10:00")), Some(at("14:00")));
    }

    #[test]
    fn without_visits_there_is_no_share() {
        let figures = of(&[]).finish(Some(&usual()), &People::default(), &day(), day().to);
        assert_eq!((figures.all.expected, figures.all.in_time_percent, figures.all.delay.median_s), (0, None, None));
        assert!(figures.by_tier.is_empty() && figures.by_host.is_empty() && figures.by_hour.is_empty());
    }
}
