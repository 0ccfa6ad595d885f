//! JSON as devices write it, with the digits of every number as they stand.
//!
//! Accepts what strict readers refuse but real firmware sends: a bare `nan` or `inf` where a number belongs, NULs
//! after the end, a byte order mark. Never turns a number into a floating-point one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::PAYLOAD_MAX;
use super::reason::Reason;

/// Deeper nesting is refused as [`Reason::TooDeep`]; the deepest known device message has six levels.
const DEPTH_MAX: usize = 16;

/// What stands in place of a bare `nan` while serde reads: a string of one DEL, which no device sends. It is as long
/// as `nan`, so that every offset in an error stays true.
const NAN_MARK: &str = "\u{7f}";

/// One JSON value that borrows from the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json<'a> {
    Null,
    /// A bare `nan`, `inf` and their kin.
    Nan,
    Bool(bool),
    /// The digits as written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a text prepared by [`text`].
    pub fn read(text: &'a str) -> Result<Self, Reason> {
        read(text, text, 0)
    }

    /// One value taken out of a text by serde: its kind and, if it is no list or object, its content.
    pub fn shallow(raw: &'a str) -> Self {
        match raw.as_bytes().first() {
            Some(b'{') => Self::Object(Vec::new()),
            Some(b'[') => Self::List(Vec::new()),
            // Serde has seen to its form.
            Some(b'0'..=b'9' | b'-') => Self::Number(raw),
            _ => read(raw, raw, 0).unwrap_or(Self::Null),
        }
    }

    /// What it is, in words for a reason.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Nan => "nan",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The members of an object, in their order; none for anything else.
    pub fn members(&self) -> &[(Cow<'a, str>, Self)] {
        match self {
            Self::Object(members) => members,
            Self::Null | Self::Nan | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => &[],
        }
    }

    /// The member `key`; of several with the same key the last, as most readers take it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at a path of members and list places.
    pub fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&Self> {
        path.iter().try_fold(self, |here, step| match here {
            Self::List(items) => step.as_ref().parse::<usize>().ok().and_then(|place| items.get(place)),
            Self::Object(_) => here.get(step.as_ref()),
            Self::Null | Self::Nan | Self::Bool(_) | Self::Number(_) | Self::Text(_) => None,
        })
    }

    /// The text of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Nan | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The digits of a number, or the text of a text: what may stand for a number.
    pub fn as_digits(&self) -> Option<&str> {
        match self {
            Self::Number(digits) => Some(digits),
            Self::Text(text) => Some(text.trim()),
            Self::Null | Self::Nan | Self::Bool(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The value of true or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Null | Self::Nan | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// An object, or the reason why not.
    pub fn object(self) -> Result<Self, Reason> {
        match self {
            Self::Object(_) => Ok(self),
            Self::Null | Self::Nan | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                Err(Reason::WrongType { path: "$".into(), found: self.kind(), wanted: "an object {…}" })
            }
        }
    }
}

/// The bytes as text: within the bound, UTF-8, without what surrounds it.
pub(super) fn plain(payload: &[u8]) -> Result<&str, Reason> {
    if payload.len() > PAYLOAD_MAX {
        return Err(Reason::TooLong(payload.len()));
    }
    let text = std::str::from_utf8(payload).map_err(|fault| Reason::NotUtf8 { at: fault.valid_up_to() })?;
    let text = text.trim_end_matches(|c: char| c == '\0' || c.is_whitespace());
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().is_empty() { Err(Reason::Empty) } else { Ok(text) }
}

/// The bytes as text for [`Json::read`], with bare `nan`s marked.
pub(super) fn text(payload: &[u8]) -> Result<Cow<'_, str>, Reason> {
    let text = plain(payload)?;
    Ok(mend(text).map_or(Cow::Borrowed(text), Cow::Owned))
}

/// Marks every bare word that some firmware writes for "no number". `None` when there is none, which is the rule.
pub(super) fn mend(text: &str) -> Option<String> {
    const WORDS: [&str; 6] = ["infinity", "-nan", "-inf", "nan", "inf", "+inf"];
    let bytes = text.as_bytes();
    let mut mended: Option<String> = None;
    let (mut at, mut copied, mut quoted) = (0, 0, false);
    while at < bytes.len() {
        match (quoted, bytes[at]) {
            (true, b'\\') => at += 1,
            (_, b'"') => quoted = !quoted,
            (false, b'n' | b'N' | b'i' | b'I' | b'-' | b'+') => {
                let here = &bytes[at..];
                let word = WORDS.iter().find(|word| {
                    here.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
                        && !here.get(word.len()).is_some_and(u8::is_ascii_alphanumeric)
                });
                if let Some(word) = word {
                    let out = mended.get_or_insert_with(|| String::with_capacity(text.len()));
                    out.push_str(&text[copied..at]);
                    out.push('"');
                    out.push_str(NAN_MARK);
                    out.push('"');
                    out.extend(std::iter::repeat_n(' ', word.len() - 3));
                    at += word.len();
                    copied = at;
                    continue;
                }
            }
            (_, _) => {}
        }
        at += 1;
    }
    mended.map(|mut out| {
        out.push_str(&text[copied..]);
        out
    })
}

/// The reason in serde's complaint about `text`.
pub(super) fn fault(text: &str, error: &serde_json::Error) -> Reason {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default().to_owned();
    Reason::NotJson { at: (line_start + error.column().saturating_sub(1)).min(text.len()), what }
}

/// Reads `text`, which is a part of `whole`: serde has checked the form of a part, but not yet the escapes in it.
fn read<'a>(whole: &'a str, text: &'a str, depth: usize) -> Result<Json<'a>, Reason> {
    let text = text.trim_start();
    let failed = |error: serde_json::Error| match fault(text, &error) {
        Reason::NotJson { at, what } => {
            Reason::NotJson { at: at + (text.as_ptr() as usize - whole.as_ptr() as usize), what }
        }
        other => other,
    };
    if depth > DEPTH_MAX {
        return Err(Reason::TooDeep);
    }
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: Members<'_> = serde_json::from_str(text).map_err(failed)?;
            let members = members.0.into_iter().map(|(key, raw)| Ok((key, read(whole, raw.get(), depth + 1)?)));
            members.collect::<Result<_, Reason>>().map(Json::Object)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(failed)?;
            items
                .into_iter()
                .map(|raw| read(whole, raw.get(), depth + 1))
                .collect::<Result<_, Reason>>()
                .map(Json::List)
        }
        Some(b'"') => {
            let Key(value) = serde_json::from_str(text).map_err(failed)?;
            Ok(if value == NAN_MARK { Json::Nan } else { Json::Text(value) })
        }
        Some(b'n') => serde_json::from_str::<()>(text).map(|()| Json::Null).map_err(failed),
        Some(b't' | b'f') => serde_json::from_str(text).map(Json::Bool).map_err(failed),
        _ => serde_json::from_str::<&RawValue>(text).map(|raw| Json::Number(raw.get())).map_err(failed),
    }
}

/// A text that borrows where it can.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Key<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The members of one object with their values as text.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_odd_values_survive() {
        let text = text(
            b" {\"a\": 23.40, \"b\":[1e3, -0.0,null],\"c\":nan ,\"d\":\"nan, inf\",\"e\":-inf,\"f\":\"\\\"nan\"}\0\r\n",
        )
        .unwrap();
        let json = Json::read(&text).unwrap();
        assert_eq!(json.get("a"), Some(&Json::Number("23.40")));
        assert_eq!(json.at(&["b", "1"]), Some(&Json::Number("-0.0")));
        assert_eq!(json.at(&["b", "3"]), None);
        assert_eq!(json.get("c"), Some(&Json::Nan));
        assert_eq!(json.get("d").and_then(Json::as_text), Some("nan, inf"));
        assert_eq!(json.get("e"), Some(&Json::Nan));
        assert_eq!(json.get("f").and_then(Json::as_text), Some("\"nan"));
    }

    #[test]
    fn each_refusal_names_its_place() {
        for (payload, want) in [
            (&b""[..], "the payload is empty"),
            (b" \r\n\0", "the payload is empty"),
            (b"{\"a\":\xff}", "byte 5 is not UTF-8"),
            (b"{\"a\":1,}", "not JSON at byte 7: trailing comma"),
            (b"{\"a\":nan,\n \"b\":}", "not JSON at byte 15: expected value"),
            (b"{\"a\":1", "not JSON at byte 5: EOF while parsing an object"),
            (b"{\"a\":nano}", "not JSON at byte 6"),
            (b"21.5.6", "not JSON at byte 4: trailing characters"),
            (b"hello", "not JSON at byte 0: expected value"),
            (b" {\"a\":[1,\"\\ud800\"]}", "not JSON at byte 16: unexpected end of hex escape"),
        ] {
            let reason = text(payload).and_then(|text| Json::read(&text).map(|_| ())).unwrap_err().to_string();
            assert!(reason.starts_with(want), "{reason} should begin with {want}");
        }
        let deep = "[".repeat(40) + &"]".repeat(40);
        assert_eq!(Json::read(&deep), Err(Reason::TooDeep));
        assert_eq!(plain(&vec![b' '; PAYLOAD_MAX + 1]), Err(Reason::TooLong(PAYLOAD_MAX + 1)));
    }
}
