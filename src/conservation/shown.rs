//! The report as lines of text, for the end of a run: each is a sum, and parts that are nothing are left out.

use std::fmt;

use super::{Conservation, Difference, EntriesLine, LaneLine, LineKind, LinkLine};
use crate::counters::ledger::ByWord;

impl fmt::Display for Conservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.adds_up {
            writeln!(f, "conservation: everything adds up")?;
        } else {
            writeln!(f, "conservation: it does not add up")?;
        }
        for difference in &self.differences {
            writeln!(f, "  {difference}")?;
        }
        self.links.iter().filter(|line| line.heard > 0).try_for_each(|line| writeln!(f, "  {line}"))?;
        writeln!(f, "  {}", self.entries)?;
        self.upstream.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        for (bound, count) in &self.given_up_outward {
            writeln!(f, "  given up on the way to a listener: {count} at {bound}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.missing.unsigned_abs();
        let many = if self.missing > 0 { "are not accounted for" } else { "are accounted for that never were" };
        match self.line {
            LineKind::Link => write!(f, "of what {} heard, {count} {many}", self.name),
            LineKind::Origin => write!(f, "of the entries committed, {count} {many} by what links brought"),
            LineKind::Journal if self.name.is_empty() => {
                write!(f, "of the entries committed, {count} {many} in the journal")
            }
            LineKind::Journal => write!(f, "of the entries of kind {}, {count} {many} in the journal", self.name),
            LineKind::Upstream => write!(f, "of the entries of {}, {count} {many}", self.name),
        }
    }
}

/// `whole = a + b`, without the parts that are nothing.
fn sum(f: &mut fmt::Formatter<'_>, parts: &[(u64, &str, &ByWord)]) -> fmt::Result {
    let mut sign = "=";
    for (count, what, words) in parts.iter().filter(|(count, ..)| *count > 0) {
        write!(f, " {sign} {count} {what}")?;
        sign = "+";
        let mut open = " (";
        for (word, count) in *words {
            write!(f, "{open}{word} {count}")?;
            open = ", ";
        }
        if !words.is_empty() {
            f.write_str(")")?;
        }
    }
    Ok(())
}

impl fmt::Display for LinkLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (none, all) = (ByWord::new(), |words: &ByWord| words.values().sum());
        write!(f, "{}: {} heard", self.link, self.heard)?;
        sum(
            f,
            &[
                (self.kept, "kept", &none),
                (self.duplicates, "kept before", &none),
                (all(&self.rejected), "rejected", &self.rejected),
                (all(&self.nothing_to_keep), "with nothing to keep", &self.nothing_to_keep),
                (self.thinned, "thinned", &none),
                (all(&self.dropped), "given up", &self.dropped),
                (all(&self.turned_away), "turned away", &self.turned_away),
                (self.not_kept, "not kept and not acknowledged", &none),
                (self.in_flight, "on their way", &none),
            ],
        )
    }
}

impl fmt::Display for EntriesLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = ByWord::new();
        write!(f, "journal: {} committed", self.committed)?;
        sum(
            f,
            &[
                (self.from_links, "from links", &none),
                (self.alert_changes, "alert changes", &none),
                (self.found_after_failure, "found after a failed commit", &none),
            ],
        )?;
        write!(f, "; {} found there, numbers {} to {}", self.in_journal, self.first_seq + 1, self.newest_seq)?;
        if self.given_up > 0 { write!(f, ", {} of them given up since", self.given_up) } else { Ok(()) }
    }
}

impl fmt::Display for LaneLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = ByWord::new();
        write!(f, "{}: {} entries", self.lane, self.entries)?;
        sum(
            f,
            &[
                (self.done_before, "done before", &none),
                (self.acknowledged, "acknowledged", &none),
                (self.parked, "parked", &none),
                (self.backlog, "waiting", &none),
            ],
        )
    }
}
