//! Places of cells, as `C107` or `A1:G67`, that no sheet can have.
//!
//! Promises that a part of a workbook in which none is found can be reckoned with in 32 bits. The reader of workbooks
//! does not look: in a release its columns wrap around, and the cell would stand in another column without a word.

use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

/// The last column is `XFD`.
const LETTERS_MAX: usize = 3;
/// The last row is 1048576.
const DIGITS_MAX: usize = 7;
/// What is shown of one.
const SHOWN_MAX: usize = 24;

/// The first such place in a part of a workbook, as far as it can be read as XML: what follows is never reckoned with.
pub(super) fn impossible(part: impl Read) -> io::Result<Option<String>> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    // As the workbook's reader has it, so that both see the same tags.
    let config = reader.config_mut();
    (config.check_end_names, config.check_comments) = (false, false);
    let mut event = Vec::new();
    loop {
        event.clear();
        let tag = match reader.read_event_into(&mut event) {
            Ok(Event::Start(tag) | Event::Empty(tag)) => tag,
            Ok(Event::Eof) => return Ok(None),
            Ok(_) => continue,
            Err(quick_xml::Error::Io(fault)) => return Err(io::Error::new(fault.kind(), fault.to_string())),
            Err(_) => return Ok(None),
        };
        if matches!(tag.local_name().as_ref(), "dimension" | "row" | "c" | "f")
            && let Some(found) = values(tag.attributes_raw()).find(|reference| !fits(reference))
        {
            return Ok(Some(found.chars().take(SHOWN_MAX).collect()));
        }
    }
}

/// The values of `r` and `ref`; in damaged text rather some more than one too few.
fn values(attributes: &str) -> impl Iterator<Item = &str> {
    attributes.match_indices('=').filter_map(|(at, _)| {
        let key = attributes[..at].trim_ascii_end();
        let value = attributes[at + 1..].trim_ascii_start();
        let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
        let named = key.ends_with('r') || key.ends_with("ref");
        named.then(|| value[1..].split(quote).next().unwrap_or_default())
    })
}

/// Whether each end of it has few enough letters and digits, and the first does not lie behind the second.
fn fits(reference: &str) -> bool {
    let mut ends = reference.split(':').map(|end| {
        let letters = end.bytes().filter(u8::is_ascii_alphabetic);
        let digits = end.bytes().filter(u8::is_ascii_digit);
        if letters.clone().count() > LETTERS_MAX || digits.clone().count() > DIGITS_MAX {
            return None;
        }
        let column = letters.fold(0, |column, letter| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
        Some((column, digits.fold(0, |row, digit| row * 10 + u32::from(digit - b'0'))))
    });
    let Some(first) = ends.next().flatten() else { return false };
    ends.all(|end| end.is_some_and(|(column, row)| column >= first.0 && row >= first.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(part: &str) -> Option<String> {
        impossible(part.as_bytes()).unwrap()
    }

    #[test]
    fn places_that_a_sheet_has_are_let_through() {
        for place in ["A1", "XFD1048576", "A1:XFD1048576", "C2:C2", "xfd7", "17"] {
            assert!(fits(place), "{place}");
        }
    }

    #[test]
    fn places_that_would_wrap_around_are_found() {
        for place in ["ABCD1", "A12345678", "AinlineStr", "A1:ABCD1", "B1:A1", "A2:A1"] {
            assert!(!fits(place), "{place}");
        }
    }

    #[test]
    fn only_a_tag_has_places() {
        let place = "ABCDEFGH1";
        for part in [
            format!("<worksheet><row r=\"1\"><c t='n' r='{place}'/></row>"),
            format!("<x:c r = \"{place}\" s=\"1\">"),
            format!("<dimension ref='A1:{place}'>"),
            format!("<c s=\"1\"r=\"{place}\">"),
        ] {
            assert!(found(&part).is_some_and(|shown| shown.contains(place)), "{part}");
        }
        for part in [
            format!("<c r=\"A1\" t=\"inlineStr\"><is><t>r=\"{place}\"</t></is></c>"),
            format!("<sheet r:id=\"{place}\"/>"),
            format!("no XML r=\"{place}\""),
            format!("<!-- <c r=\"{place}\"/> -->"),
        ] {
            assert_eq!(found(&part), None, "{part}");
        }
    }
}
