//! Where a live stream begins. Pure: numbers and texts in, a place out.

use crate::facts::Seq;
use crate::journal::Epochs;

/// A reader further behind than this is not led through every entry, but begins anew from the whole present.
pub(super) const BEHIND_MAX: u64 = 5_000;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// After this entry.
    After(Seq),
    /// With a fresh present: what the reader has cannot be continued.
    Reset,
}

/// What a reader says of where it stands. What its browser remembers counts before what its address says, because
/// a browser that comes back asks at the same address.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Claim<'a> {
    /// The last event's id: `<epoch>-<seq>`.
    pub(super) last_event_id: Option<&'a str>,
    /// The number of the last entry it knows, of this journal.
    pub(super) after: Option<Seq>,
}

/// Judges a claim against the journal's epochs and its newest entry. Who claims nothing begins at the newest.
pub(super) fn start(claim: Claim<'_>, epochs: &Epochs, newest: Seq) -> Start {
    let seq = match (claim.last_event_id, claim.after) {
        (Some(id), _) => {
            id.rsplit_once('-').and_then(|(epoch, seq)| seq.parse().ok().filter(|seq: &Seq| epochs.of(*seq) == epoch))
        }
        (None, Some(seq)) => Some(seq),
        (None, None) => return Start::After(newest),
    };
    match seq {
        Some(seq) if seq <= newest && newest - seq <= BEHIND_MAX => Start::After(seq),
        Some(_) | None => Start::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_continued_or_begun_anew() {
        for (id, after, newest, want) in [
            (None, None, 0, Start::After(0)),
            (None, None, 7, Start::After(7)),
            (None, Some(3), 7, Start::After(3)),
            (None, Some(8), 7, Start::Reset),
            (Some("ab-c-5"), None, 7, Start::After(5)),
            (Some("ab-c-5"), Some(2), 7, Start::After(5)),
            (Some("ab-c-7"), None, 7, Start::After(7)),
            (Some("ab-c-0"), None, 5_000, Start::After(0)),
            (Some("ab-c-0"), None, 5_001, Start::Reset),
            (Some("ab-c-8"), None, 7, Start::Reset),
            (Some("other-5"), None, 7, Start::Reset),
            (Some("ab-c-x"), None, 7, Start::Reset),
            (Some("ab-c--5"), None, 7, Start::Reset),
            (Some("5"), None, 7, Start::Reset),
            (Some(""), None, 7, Start::Reset),
            (Some("ab-c-99999999999999999999"), None, 7, Start::Reset),
        ] {
            let epochs = Epochs::for_test("ab-c", &[]);
            assert_eq!(start(Claim { last_event_id: id, after }, &epochs, newest), want, "{id:?} {after:?} {newest}");
        }
    }

    #[test]
    fn what_was_heard_before_a_restore_is_continued_where_it_was_restored_too() {
        // Restored after entry 5: what the old machine told of 6 and 7 is not what these are.
        let epochs = Epochs::for_test("old", &[(6, "new")]);
        for (id, want) in [
            ("old-4", Start::After(4)),
            ("old-5", Start::After(5)),
            ("old-6", Start::Reset),
            ("old-7", Start::Reset),
            ("new-5", Start::Reset),
            ("new-6", Start::After(6)),
        ] {
            assert_eq!(start(Claim { last_event_id: Some(id), after: None }, &epochs, 8), want, "{id}");
        }
    }
}
