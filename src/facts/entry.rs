//! A fact with its number, time and hash; and a report that is not one yet.

use super::fact::Fact;
use super::names::Subject;
use super::time::Timestamp;

/// The number of an entry: 1, 2, 3 … without holes.
pub type Seq = u64;

/// The BLAKE3 hash of an entry: over the hash before it and the entry's canonical bytes.
pub type Hash = [u8; 32];

/// What a device says, before it is stamped and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Who says it.
    pub device: Subject,
    /// When it happened, by the device's own clock.
    pub observed_at: Option<Timestamp>,
    /// What.
    pub fact: Fact,
    /// Whether somebody waits for the answer. What nobody waits for may linger a little for company.
    pub awaited: bool,
}

/// One thing in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: Seq,
    /// Whom it is about.
    pub subject: Subject,
    /// Who reported it.
    pub device: Subject,
    /// The device's claim of when it happened.
    pub observed_at: Option<Timestamp>,
    /// Our stamp.
    pub received_at: Timestamp,
    /// What it says.
    pub fact: Fact,
}
