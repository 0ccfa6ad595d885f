//! MQTT topic filters: `+` for one level, `#` for all that follow.
//!
//! Source: MQTT 3.1.1, section 4.7. Knows no shared subscriptions.

use std::fmt;
use std::str::FromStr;

/// A filter that is well formed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Filter(String);

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// Nothing.
    #[error("a topic is empty")]
    Empty,
    /// More bytes than [`Filter::BYTES_MAX`].
    #[error("a topic has {0} bytes; at most 1024 are taken")]
    TooLong(usize),
    /// A NUL or another control character.
    #[error("a topic holds a control character")]
    Control,
    /// `#` before the end or beside other characters, or `+` beside other characters.
    #[error("\"{0}\": \"+\" stands for one whole level, and \"#\" for all levels at the end")]
    Wildcard(String),
}

impl Filter {
    /// A longer filter is refused. The protocol allows 65535 bytes; no device has such topics.
    pub const BYTES_MAX: usize = 1024;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one topic.
    pub fn is_exact(&self) -> bool {
        !self.0.split('/').any(|level| matches!(level, "+" | "#"))
    }

    /// Whether `topic` is one that it means. Wildcards do not mean the broker's own topics (`$SYS/…`).
    pub fn matches(&self, topic: &str) -> bool {
        if topic.starts_with('$') && self.0.starts_with(['+', '#']) {
            return false;
        }
        let mut levels = topic.split('/');
        for wanted in self.0.split('/') {
            match (wanted, levels.next()) {
                ("#", _) | ("+", Some(_)) => {
                    if wanted == "#" {
                        return true;
                    }
                }
                (wanted, Some(level)) if wanted == level => {}
                (_, _) => return false,
            }
        }
        levels.next().is_none()
    }

    /// Whether every topic that `other` means is one that this means too. Then a subscription to both would bring
    /// some brokers to send each message twice.
    pub fn covers(&self, other: &Self) -> bool {
        if other.0.starts_with('$') && self.0.starts_with(['+', '#']) {
            return false;
        }
        let mut theirs = other.0.split('/');
        for mine in self.0.split('/') {
            match (mine, theirs.next()) {
                ("#", _) => return true,
                (_, Some("#")) => return false,
                ("+", Some(_)) => {}
                (mine, Some(level)) if mine == level => {}
                (_, _) => return false,
            }
        }
        theirs.next().is_none()
    }
}

impl FromStr for Filter {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        if text.is_empty() {
            return Err(FilterFault::Empty);
        }
        if text.len() > Self::BYTES_MAX {
            return Err(FilterFault::TooLong(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(FilterFault::Control);
        }
        let mut levels = text.split('/').peekable();
        while let Some(level) = levels.next() {
            let wild = level.contains(['+', '#']);
            if wild && (level.len() > 1 || (level == "#" && levels.peek().is_some())) {
                return Err(FilterFault::Wildcard(text.chars().take(80).collect()));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap()
    }

    #[test]
    fn matching_follows_the_standard() {
        for (pattern, topic, want) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("a/b", "a", false),
            ("a/+", "a/b", true),
            ("a/+", "a/", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("#", "a/b", true),
            ("#", "$SYS/broker", false),
            ("+/broker", "$SYS/broker", false),
            ("$SYS/#", "$SYS/broker", true),
            ("a/+/c", "a//c", true),
        ] {
            assert_eq!(filter(pattern).matches(topic), want, "{pattern} {topic}");
        }
    }

    #[test]
    fn covering_is_matching_for_filters() {
        for (wide, narrow, want) in [
            ("#", "a/+", true),
            ("a/#", "a", true),
            ("a/+", "a/b", true),
            ("a/+", "a/+", true),
            ("a/+", "a/#", false),
            ("a/b", "a/+", false),
            ("+/#", "#", false),
            ("#", "$SYS/#", false),
        ] {
            assert_eq!(filter(wide).covers(&filter(narrow)), want, "{wide} {narrow}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for bad in ["", "a/#/b", "a#", "a/b+", "a\0b", "a\n"] {
            assert!(bad.parse::<Filter>().is_err(), "{bad:?}");
        }
        assert_eq!("x".repeat(1025).parse::<Filter>(), Err(FilterFault::TooLong(1025)));
    }
}
