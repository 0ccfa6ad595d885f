//! What came of a simulated day, from the devices' side: figures to print, and to check a gateway's own against.

use std::collections::BTreeMap;
use std::fmt;

use crate::gps::GpsCounts;
use crate::kiosk::KioskCounts;
use crate::sensor::SensorCounts;

/// The figures of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaySummary {
    /// By kiosk.
    pub kiosks: BTreeMap<String, KioskCounts>,
    /// All room gateways together.
    pub sensors: SensorCounts,
    /// By vehicle.
    pub vehicles: BTreeMap<String, GpsCounts>,
    /// How often the system upstream went away.
    pub upstream_outages: u32,
    /// Whether the day ran to its end.
    pub complete: bool,
    /// Devices whose task ended by a fault of the simulator itself.
    pub broken_devices: u32,
}

impl DaySummary {
    /// The kiosks together.
    pub fn scans(&self) -> KioskCounts {
        let mut sum = KioskCounts::default();
        for kiosk in self.kiosks.values() {
            sum.scans_sent += kiosk.scans_sent;
            sum.scans_acknowledged += kiosk.scans_acknowledged;
            sum.late_uploads += kiosk.late_uploads;
            sum.scans_left += kiosk.scans_left;
            sum.scans_dropped += kiosk.scans_dropped;
            sum.verdicts_changed += kiosk.verdicts_changed;
            sum.verdicts_unreadable += kiosk.verdicts_unreadable;
            sum.scans_unanswered += kiosk.scans_unanswered;
            sum.connections += kiosk.connections;
            sum.answer_ms.extend(&kiosk.answer_ms);
            for (verdict, count) in &kiosk.verdicts {
                *sum.verdicts.entry(verdict.clone()).or_default() += count;
            }
        }
        sum.answer_ms.sort_unstable();
        sum
    }

    /// The vehicles together.
    pub fn receivers(&self) -> GpsCounts {
        self.vehicles.values().fold(GpsCounts::default(), |sum, car| GpsCounts {
            sentences: sum.sentences + car.sentences,
            bytes_taken: sum.bytes_taken + car.bytes_taken,
            bytes_lost: sum.bytes_lost + car.bytes_lost,
            bad_checksums: sum.bad_checksums + car.bad_checksums,
            unplugged: sum.unplugged + car.unplugged,
            skipped: sum.skipped + car.skipped,
        })
    }
}

impl fmt::Display for DaySummary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scans, air, cars) = (self.scans(), self.sensors, self.receivers());
        writeln!(out, "{}", if self.complete { "The day is over." } else { "The day was broken off." })?;
        writeln!(
            out,
            "  scans      {} sent, {} acknowledged ({} uploaded late), {} left",
            scans.scans_sent, scans.scans_acknowledged, scans.late_uploads, scans.scans_left
        )?;
        let kinds: Vec<String> = scans.verdicts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(out, "  verdicts   {}", if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") })?;
        if let (Some(median), Some(p99)) = (percentile(&scans.answer_ms, 50), percentile(&scans.answer_ms, 99)) {
            writeln!(out, "             answered in {median} ms (median), {p99} ms (99 of 100)")?;
        }
        for (count, what) in [
            (scans.scans_unanswered, "scans without a verdict"),
            (scans.verdicts_changed, "verdicts that contradict an earlier one"),
            (scans.verdicts_unreadable, "verdicts that could not be read"),
            (u64::from(self.broken_devices), "devices of the simulator that broke"),
        ] {
            if count > 0 {
                writeln!(out, "  !          {count} {what}")?;
            }
        }
        writeln!(
            out,
            "  readings   {} sent, {} acknowledged, {} dropped, {} skipped",
            air.readings_sent, air.readings_acknowledged, air.readings_dropped, air.readings_skipped
        )?;
        writeln!(
            out,
            "  sentences  {} written, {} damaged, {} bytes heard, {} unheard, {} cable pulls, {} moments skipped",
            cars.sentences, cars.bad_checksums, cars.bytes_taken, cars.bytes_lost, cars.unplugged, cars.skipped
        )?;
        let connections = scans.connections + air.connections;
        write!(out, "  links      {connections} connections, {} outages upstream", self.upstream_outages)
    }
}

/// The value below which so many of a hundred lie, of a sorted list.
fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let index = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_adds_up_and_names_what_is_wrong() {
        let kiosk = |answers: &[u32], changed| KioskCounts {
            scans_sent: 3,
            scans_acknowledged: 2,
            late_uploads: 1,
            scans_left: 1,
            verdicts: BTreeMap::from([("admit".to_owned(), 2)]),
            verdicts_changed: changed,
            answer_ms: answers.to_vec(),
            ..KioskCounts::default()
        };
        let mut summary = DaySummary { complete: true, ..DaySummary::default() };
        summary.kiosks.insert("K01".to_owned(), kiosk(&[9, 1], 0));
        summary.kiosks.insert("K02".to_owned(), kiosk(&[4], 1));
        let text = summary.to_string();
        assert!(text.contains("6 sent, 4 acknowledged (2 uploaded late), 2 left"), "{text}");
        assert!(text.contains("4 admit") && text.contains("4 ms (median), 9 ms"), "{text}");
        assert!(text.contains("!          1 verdicts that contradict"), "{text}");
    }
}
