//! The hash chain: BLAKE3 over the hash before and the entry's canonical bytes.
//!
//! Canonical bytes are fixed here for ever: a change would make every recorded day unprovable.

use super::read::Row;
use crate::facts::{Hash, Kind, Seq, Timestamp};

/// The parts of an entry as they stand in the journal.
pub(super) struct Parts<'a> {
    pub seq: Seq,
    pub kind: Kind,
    pub subject: &'a str,
    pub device: &'a str,
    pub observed_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Of an entry as it was read.
    pub(super) fn of(row: &'a Row) -> Self {
        Self {
            seq: row.seq,
            kind: row.kind,
            subject: &row.subject,
            device: &row.device,
            observed_at: row.observed_at,
            received_at: row.received_at,
            body: row.body.as_bytes(),
        }
    }
}

/// The hash that stands before the first entry, made from the first epoch.
pub(super) fn genesis(epoch: &str) -> Hash {
    *blake3::hash(format!("portico/{epoch}").as_bytes()).as_bytes()
}

/// The hash on which the first entry of a later epoch builds, in the place of the one of the entry before it.
pub(super) fn renew(previous: &Hash, epoch: &str) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    hasher.update(format!("portico/{epoch}").as_bytes());
    *hasher.finalize().as_bytes()
}

/// The hash of an entry: over `previous`, then the fixed-width numbers, then each text behind its length.
pub(super) fn link(previous: &Hash, parts: &Parts<'_>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    let mut head = [0_u8; 30];
    head[..8].copy_from_slice(&parts.seq.to_be_bytes());
    head[8] = parts.kind as u8;
    head[9] = u8::from(parts.observed_at.is_some());
    head[10..18].copy_from_slice(&parts.observed_at.map_or(0, Timestamp::as_millis).to_be_bytes());
    head[18..26].copy_from_slice(&parts.received_at.as_millis().to_be_bytes());
    head[26..28].copy_from_slice(&u16::try_from(parts.subject.len()).unwrap_or(u16::MAX).to_be_bytes());
    head[28..30].copy_from_slice(&u16::try_from(parts.device.len()).unwrap_or(u16::MAX).to_be_bytes());
    hasher.update(&head);
    hasher.update(parts.subject.as_bytes());
    hasher.update(parts.device.as_bytes());
    hasher.update(parts.body);
    *hasher.finalize().as_bytes()
}
