//! In which coding an answer goes out, by what the client says of each (RFC 9110, 12.5.3). Pure.

use axum::http::{HeaderMap, HeaderValue, header};

/// A content coding of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Made where the dashboard is built: too slow to be made for an answer.
    #[cfg_attr(not(feature = "dashboard"), allow(dead_code))]
    Brotli,
    Gzip,
}

impl Coding {
    const fn word(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// As `Content-Encoding` has it.
    pub(super) const fn value(self) -> HeaderValue {
        HeaderValue::from_static(self.word())
    }
}

/// The one of `offered` that the client likes best, at a tie the first; none: the answer goes out as it is. That is
/// also what a client gets that refuses everything: an answer it can read all the same is better than none.
pub(super) fn choose(headers: &HeaderMap, offered: &[Coding]) -> Option<Coding> {
    let said: Vec<(&str, u16)> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(preference)
        .collect();
    let of = |word: &str| said.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, weight)| *weight);
    let weight = |coding: &Coding| of(coding.word()).or_else(|| of("*")).unwrap_or(0);
    // Of several that are liked alike `max_by_key` gives the last.
    let best = offered.iter().rev().max_by_key(|coding| weight(coding))?;
    let as_it_is = of("identity").unwrap_or(0);
    (weight(best) > 0 && weight(best) >= as_it_is).then_some(*best)
}

/// `gzip;q=0.5`, with the weight in thousandths. What is not written like that says nothing.
fn preference(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(weight) = parts.next() else { return Some((name, 1_000)) };
    let (key, value) = weight.split_once('=')?;
    key.trim().eq_ignore_ascii_case("q").then_some(())?;
    Some((name, thousandths(value.trim())?))
}

/// `0` to `1` with up to three digits after the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding::{Brotli, Gzip};
    use super::*;

    fn chosen(accepted: &[&str], offered: &[Coding]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        for line in accepted {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
        }
        choose(&headers, offered)
    }

    #[test]
    fn the_client_says_which_and_we_decide_a_tie() {
        for (accepted, want) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("gzip", Some(Gzip)),
            ("br;q=0.5, gzip;q=0.8", Some(Gzip)),
            ("GZIP;Q=0.001", Some(Gzip)),
            ("*", Some(Brotli)),
            ("*;q=0.5, gzip;q=0.9", Some(Gzip)),
            ("br;q=0, *", Some(Gzip)),
            ("gzip;q=0", None),
            ("*;q=0", None),
            ("deflate", None),
            ("", None),
            ("identity", None),
            ("identity, gzip", Some(Gzip)),
            ("identity;q=0.9, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.9", Some(Gzip)),
            ("identity;q=0", None),
            // What is written wrongly says nothing.
            ("gzip;q=2", None),
            ("gzip;q=0.1234", None),
            ("gzip;level=1", None),
            ("gzip;q=-1, br;q=", None),
            (" , ;q=1, gzip ;q = 1.0", Some(Gzip)),
        ] {
            assert_eq!(chosen(&[accepted], &[Brotli, Gzip]), want, "{accepted}");
        }
        assert_eq!(chosen(&[], &[Brotli, Gzip]), None);
        assert_eq!(chosen(&["gzip;q=0.5", "br"], &[Brotli, Gzip]), Some(Brotli));
        assert_eq!(chosen(&["br"], &[Gzip]), None);
        assert_eq!(chosen(&["br"], &[]), None);
    }
}
