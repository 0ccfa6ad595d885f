//! The kinds of entries: a closed set, with the word on the wire and the number in the journal.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

#[cfg(doc)]
use super::Fact;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $word:literal),+ $(,)?) => {
        /// The kind of an entry. Its number is what the journal stores: never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $variant = $number),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// From the number in the journal.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// From the word on the wire.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// [`Fact::Scan`]
    Scan = 1 "scan",
    /// [`Fact::Position`]
    Position = 2 "position",
    /// [`Fact::Reading`]
    Reading = 3 "reading",
    /// [`Fact::Device`]
    Device = 4 "device",
    /// [`Fact::Plan`]
    Plan = 5 "plan",
    /// [`Fact::Command`]
    Command = 6 "command",
    /// [`Fact::Alert`]
    Alert = 7 "alert",
    /// [`Fact::Incident`]
    Incident = 8 "incident",
    /// [`Fact::Rejected`]
    Rejected = 9 "rejected",
    /// [`Fact::Clock`]
    Clock = 10 "clock",
    /// [`Fact::Gap`]
    Gap = 11 "gap",
}

impl Kind {
    /// Whether entries of this kind overtake a backlog: everything but the two kinds that come in masses.
    pub const fn is_urgent(self) -> bool {
        match self {
            Self::Reading | Self::Position => false,
            Self::Scan
            | Self::Device
            | Self::Plan
            | Self::Command
            | Self::Alert
            | Self::Incident
            | Self::Rejected
            | Self::Clock
            | Self::Gap => true,
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        Self::from_word(&word).ok_or_else(|| de::Error::custom(format!("there is no kind of entry \"{word}\"")))
    }
}
