//! The tree of a document: the same for TOML and JSON, so that one set of readers serves both.

use std::borrow::Cow;

use super::fault::{EXCERPT_CHARS, Style, clip};

/// A value and the byte where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Offset in the text.
    pub at: usize,
    /// What it is.
    pub value: Value,
}

/// One key of a table with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Offset of the key in the text.
    pub at: usize,
    /// The value.
    pub node: Node,
}

/// What a value is. Numbers stay text, digit by digit, until somebody says what they count.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// JSON's `null`: the same as not being there.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number in decimal digits.
    Number(String),
    /// A text.
    Text(String),
    /// TOML's date or time without quotes.
    Moment(String),
    /// A list.
    List(Vec<Node>),
    /// A table (JSON: an object), in the order of the text where the parser keeps it.
    Table(Vec<Member>),
}

impl Value {
    /// What it is, in a sentence.
    pub const fn kind(&self, style: Style) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Moment(_) => "a date without quotes",
            Self::List(_) => "a list",
            Self::Table(_) => table_word(style),
        }
    }

    /// How it is shown in an excerpt.
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(text) | Self::Moment(text) => clip(text, EXCERPT_CHARS),
            Self::Text(text) => {
                format!("\"{}\"", clip(&without_secret(text).escape_debug().to_string(), EXCERPT_CHARS))
            }
            Self::List(_) => "[…]".to_owned(),
            Self::Table(_) => "{…}".to_owned(),
        }
    }
}

/// What a table is called.
pub(super) const fn table_word(style: Style) -> &'static str {
    match style {
        Style::Toml => "a table",
        Style::Sheet => "a row",
        Style::Json => "an object",
    }
}

/// A URL without the user and password in it: an excerpt ends up in logs and on screens.
fn without_secret(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("//") else { return Cow::Borrowed(text) };
    match rest.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}//…@{host}")),
        None => Cow::Borrowed(text),
    }
}
