//! Input that is kept though it was not understood.
//!
//! Keeps the reason and the beginning of the bytes. Does not decide who is told.

use std::fmt::Display;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::facts::{Fact, Rejected};

/// Characters of a topic or port that are kept as the link; a longer one is cut.
const LINK_CHARS_MAX: usize = 256;

/// The fact that `raw` came in at `link` (a topic, a port, an address) and was not understood for `reason`. Of the
/// bytes the first [`Rejected::RAW_MAX`] are kept, and their number.
pub fn rejected(link: &str, reason: &impl Display, raw: &[u8]) -> Fact {
    let kept = &raw[..raw.len().min(Rejected::RAW_MAX)];
    Fact::Rejected(Rejected {
        link: link.chars().take(LINK_CHARS_MAX).collect(),
        reason: reason.to_string(),
        raw: STANDARD.encode(kept),
        bytes: raw.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::payload::Reason;

    #[test]
    fn the_beginning_is_kept_and_the_length_told() {
        let Fact::Rejected(short) = rejected("a/b", &Reason::Empty, b"\xff\0") else { panic!("not rejected") };
        assert_eq!((short.link.as_str(), short.raw.as_str(), short.bytes), ("a/b", "/wA=", 2));
        assert!(short.reason.contains("empty"));
        let Fact::Rejected(long) = rejected(&"t".repeat(9_000), &"x", &[7; 5_000]) else { panic!("not rejected") };
        assert_eq!(STANDARD.decode(long.raw).unwrap(), [7; Rejected::RAW_MAX]);
        assert_eq!((long.bytes, long.link.len()), (5_000, LINK_CHARS_MAX));
    }
}
