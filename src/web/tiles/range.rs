//! Which part of a file a request asks for (RFC 9110, section 14). Pure.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that there are none of.
    Nothing,
}

/// Reads `Range` against a file of `size` bytes with the tag `tag`. Several ranges at once, another unit and what is not
/// understood count as nothing said; so does a range of what the client has of an earlier file (`If-Range`).
pub(super) fn asked(headers: &HeaderMap, size: u64, tag: &HeaderValue) -> Asked {
    let mut ranges = headers.get_all(header::RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Asked::Whole };
    if headers.get(header::IF_RANGE).is_some_and(|held| held != tag) {
        return Asked::Whole;
    }
    let Some((first, last)) = range.to_str().ok().and_then(bounds) else { return Asked::Whole };
    let part = match (first, last) {
        (Some(first), Some(last)) if last < first => return Asked::Whole,
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1)).min(size),
        (None, Some(suffix)) => size.saturating_sub(suffix)..size,
        (None, None) => return Asked::Whole,
    };
    if part.is_empty() { Asked::Nothing } else { Asked::Part(part) }
}

/// `bytes=0-499`, `bytes=500-`, `bytes=-500`.
fn bounds(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, range) = text.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| match text {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    unit.trim().eq_ignore_ascii_case("bytes").then_some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str, if_range: Option<&str>) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if let Some(held) = if_range {
            headers.insert(header::IF_RANGE, held.parse().unwrap());
        }
        asked(&headers, 1_000, &HeaderValue::from_static("\"a\""))
    }

    #[test]
    fn one_range_is_understood_and_the_rest_is_nothing_said() {
        for (range, want) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=0-499", Asked::Part(0..500)),
            ("Bytes=990-", Asked::Part(990..1_000)),
            ("bytes=990-5000", Asked::Part(990..1_000)),
            ("bytes=990-18446744073709551615", Asked::Part(990..1_000)),
            ("bytes=-10", Asked::Part(990..1_000)),
            ("bytes=-5000", Asked::Part(0..1_000)),
            ("bytes=1000-", Asked::Nothing),
            ("bytes=5000-6000", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=5-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=99999999999999999999-", Asked::Whole),
            ("tiles=0-1", Asked::Whole),
            ("0-1", Asked::Whole),
        ] {
            assert_eq!(of(range, None), want, "{range}");
        }
        assert_eq!(of("bytes=0-0", Some("\"a\"")), Asked::Part(0..1));
        assert_eq!(of("bytes=0-0", Some("\"b\"")), Asked::Whole);
        assert_eq!(of("bytes=0-0", Some("W/\"a\"")), Asked::Whole, "a weak tag is no proof of the same bytes");
        assert_eq!(asked(&HeaderMap::new(), 10, &HeaderValue::from_static("\"a\"")), Asked::Whole);
    }
}
