//! How check-in went: how many, what was said, how long it took, and where people waited.
//!
//! Nobody counts a queue. One is taken to have stood where check-ins at a kiosk followed each other so closely that
//! somebody must have waited: at least [`QUEUE_MIN`], each begun within [`NEXT_WITHIN`] of the end of the one before. It can
//! be told only of check-ins that say how long they took.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::day::ReportDay;
use super::figures::{Lengths, Spread, minutes};
use crate::facts::{Direction, Name, Ruling, Scan, Span, Timestamp, Verdict};

/// So many check-ins one right after the other are a queue.
const QUEUE_MIN: u32 = 3;
/// Somebody who begins within this of the one before was there already.
const NEXT_WITHIN: Span = Span::from_secs(15);

/// The day's check-ins: scans on the way in, by the time that they were judged by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct CheckInFigures {
    /// Scans on the way in.
    pub check_ins: u32,
    /// Scans on the way out.
    pub exits: u32,
    /// Of the check-ins, those that did not let the guest in.
    pub refused: u32,
    /// All scans by their verdict.
    #[schema(value_type = BTreeMap<String, u32>)]
    pub verdicts: BTreeMap<&'static str, u32>,
    /// How long check-ins took, of those that say it.
    pub took: Spread,
    /// Minutes in which a queue is taken to have stood at a kiosk, all kiosks together; null where no check-in says how long
    /// it took.
    pub queue_min: Option<f64>,
    /// The quarter of an hour with the most check-ins, the first of equals; null where there were none.
    pub busiest: Option<Quarter>,
    /// Each kiosk that was used.
    pub kiosks: Vec<KioskFigures>,
    /// Each quarter of an hour with check-ins.
    pub quarters: Vec<Quarter>,
}

/// A quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quarter {
    /// When it began.
    pub from: Timestamp,
    /// Check-ins in it.
    pub check_ins: u32,
}

/// One kiosk.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KioskFigures {
    /// Which.
    #[schema(value_type = String)]
    pub kiosk: Name,
    /// Scans on the way in.
    pub check_ins: u32,
    /// How long they took, of those that say it.
    pub took: Spread,
    /// Minutes in which a queue is taken to have stood; null where no check-in says how long it took.
    pub queue_min: Option<f64>,
    /// The most check-ins one right after the other; null as above.
    pub longest_queue: Option<u32>,
}

/// The check-ins of the day as they come.
#[derive(Default)]
pub(super) struct CheckIns {
    figures: CheckInFigures,
    kiosks: BTreeMap<Name, Kiosk>,
    quarters: BTreeMap<u16, u32>,
}

#[derive(Default)]
struct Kiosk {
    check_ins: u32,
    took: Lengths,
    run: Option<Run>,
    queue_ms: i64,
    longest: u32,
}

/// Check-ins one right after the other.
struct Run {
    began: Timestamp,
    ended: Timestamp,
    check_ins: u32,
}

impl CheckIns {
    /// A guest was scanned.
    pub fn scan(&mut self, scan: &Scan, ruling: &Ruling, day: &ReportDay) {
        *self.figures.verdicts.entry(verdict_word(ruling.verdict)).or_default() += 1;
        if scan.direction == Direction::Exit {
            self.figures.exits += 1;
            return;
        }
        self.figures.check_ins += 1;
        self.figures.refused += u32::from(!is_let_in(ruling.verdict));
        *self.quarters.entry(day.quarter(ruling.judged_at)).or_default() += 1;
        let kiosk = self.kiosks.entry(scan.kiosk.clone()).or_default();
        kiosk.check_ins += 1;
        if let Some(took_s) = scan.duration_s {
            kiosk.took.push_s(took_s);
            kiosk.timed(ruling.judged_at, took_s);
        }
    }

    /// The figures.
    pub fn finish(mut self, day: &ReportDay) -> CheckInFigures {
        let mut took = Lengths::default();
        let mut queue_ms = None;
        for (name, mut kiosk) in self.kiosks {
            kiosk.end_run();
            took.add(&kiosk.took);
            let spread = kiosk.took.spread();
            let timed = spread.known > 0;
            if timed {
                *queue_ms.get_or_insert(0) += kiosk.queue_ms;
            }
            self.figures.kiosks.push(KioskFigures {
                kiosk: name,
                check_ins: kiosk.check_ins,
                took: spread,
                queue_min: timed.then(|| minutes(kiosk.queue_ms)),
                longest_queue: timed.then_some(kiosk.longest),
            });
        }
        let quarter =
            |(number, check_ins): (&u16, &u32)| Quarter { from: day.quarter_begins(*number), check_ins: *check_ins };
        let busiest = self.quarters.iter().rev().max_by_key(|(_, check_ins)| **check_ins);
        CheckInFigures {
            took: took.spread(),
            queue_min: queue_ms.map(minutes),
            busiest: busiest.map(quarter),
            quarters: self.quarters.iter().map(quarter).collect(),
            ..self.figures
        }
    }
}

impl Kiosk {
    /// A check-in ended that says how long it took.
    fn timed(&mut self, ended: Timestamp, took_s: u32) {
        let began = ended.minus(Span::from_secs(i64::from(took_s)));
        match &mut self.run {
            // What comes out of order (it was uploaded later) says nothing about who waited.
            Some(run) if ended < run.ended => {}
            Some(run) if began <= run.ended.plus(NEXT_WITHIN) => {
                run.ended = ended;
                run.check_ins += 1;
            }
            Some(_) | None => {
                self.end_run();
                self.run = Some(Run { began, ended, check_ins: 1 });
            }
        }
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take().filter(|run| run.check_ins >= QUEUE_MIN) else { return };
        self.queue_ms += run.ended.since(run.began).as_millis();
        self.longest = self.longest.max(run.check_ins);
    }
}

/// Whether who was scanned on the way in is in after it; who was in before is not turned away.
const fn is_let_in(verdict: Verdict) -> bool {
    verdict.lets_in() || matches!(verdict, Verdict::AlreadyIn)
}

/// The word of a verdict on the wire.
pub(super) const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Admit => "admit",
        Verdict::AdmitAgain => "admit_again",
        Verdict::AlreadyIn => "already_in",
        Verdict::Left => "left",
        Verdict::NotFound => "not_found",
        Verdict::WrongDay => "wrong_day",
        Verdict::WrongPoint => "wrong_point",
        Verdict::Cancelled => "cancelled",
        Verdict::NeedsAttention => "needs_attention",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> ReportDay {
        ReportDay::of("2026-11-30".parse().unwrap(), &jiff::tz::TimeZone::UTC).unwrap()
    }

    /// Each `kiosk clock verdict took`, where the length may be `-`.
    fn figures(scans: &[&str]) -> CheckInFigures {
        let mut check_ins = CheckIns::default();
        for text in scans {
            let words: Vec<&str> = text.split(' ').collect();
            let verdict: Verdict = serde_json::from_value(words[2].into()).unwrap();
            assert_eq!(verdict_word(verdict), words[2]);
            let scan = Scan {
                scan_id: "s".parse().unwrap(),
                code: "G-1".parse().unwrap(),
                kiosk: words[0].parse().unwrap(),
                direction: if verdict == Verdict::Left { Direction::Exit } else { Direction::Entry },
                point: None,
                method: None,
                duration_s: words[3].parse().ok(),
                ruling: None,
            };
            let judged_at = format!("2026-11-30T{}Z", words[1]).parse().unwrap();
            check_ins.scan(&scan, &Ruling { verdict, late_by_s: 0, judged_at }, &day());
        }
        check_ins.finish(&day())
    }

    #[test]
    fn a_queue_is_three_check_ins_one_right_after_the_other() {
        let told = figures(&[
            // Began at 09:00:00, 09:00:45 and 09:01:40: 09:00:00 to 09:02:10 is a queue of three.
            "K1 09:00:30 admit 30",
            "K1 09:01:30 admit 45",
            "K1 09:02:10 admit 30",
            // Uploaded later, from before: says nothing.
            "K1 08:00:00 admit 20",
            // Began 16 s after the end: another one, of two, which is none.
            "K1 09:02:36 admit 10",
            "K1 09:02:50 admit 10",
            "K2 09:00:00 admit 50",
            "K3 09:00:00 admit -",
        ]);
        let kiosks: Vec<_> =
            told.kiosks.iter().map(|k| (k.kiosk.as_str(), k.check_ins, k.queue_min, k.longest_queue)).collect();
        assert_eq!(kiosks, [("K1", 6, Some(2.2), Some(3)), ("K2", 1, Some(0.0), Some(0)), ("K3", 1, None, None)]);
        assert_eq!(told.queue_min, Some(2.2));
        assert_eq!((told.took.known, told.took.median_s, told.took.p90_s), (7, Some(30), Some(50)));
    }

    #[test]
    fn what_was_said_is_counted_and_the_busiest_quarter_is_told() {
        let told = figures(&[
            "K1 09:14:59 admit -",
            "K1 09:15:00 already_in -",
            "K1 09:29:59 not_found -",
            "K2 12:00:00 left -",
            "K1 13:00:00 admit_again -",
            "K1 13:01:00 wrong_point -",
        ]);
        assert_eq!((told.check_ins, told.exits, told.refused), (5, 1, 2));
        assert_eq!(told.verdicts.values().sum::<u32>(), 6);
        assert_eq!(told.busiest, told.quarters.get(1).copied());
        let quarters: Vec<String> =
            told.quarters.iter().map(|q| format!("{} {}", day().clock(q.from), q.check_ins)).collect();
        assert_eq!(quarters, ["09:00 1", "09:15 2", "13:00 2"]);
        assert_eq!((told.took, told.queue_min), (Spread::default(), None));
        assert_eq!(figures(&[]), CheckInFigures::default());
    }
}
