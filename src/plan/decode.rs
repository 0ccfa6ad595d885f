//! Bytes as they come out of a spreadsheet to text: UTF-8 with or without a mark, UTF-16 with one, else GBK
//! (read as its superset GB18030). Never replaces what it cannot read: that is a fault.

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use crate::document::{Fault, Place};

/// So much of the line before the damage is shown.
const EXCERPT_CHARS: usize = 60;

/// The text of a file, without a byte order mark.
pub(super) fn text(file: &str, bytes: &[u8]) -> Result<String, Fault> {
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(marked) => marked,
        None if std::str::from_utf8(bytes).is_ok() || looks_like_utf8(bytes) => (UTF_8, 0),
        None => (GB18030, 0),
    };
    decode(encoding, bytes.get(mark..).unwrap_or_default()).map_err(|sound| damaged(file, &sound, encoding))
}

/// The text, or what came before the first bytes that are none.
fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        // The buffer holds the longest text that these bytes can be, so it is never full.
        (DecoderResult::Malformed(..) | DecoderResult::OutputFull, _) => Err(text),
    }
}

/// Whether most of what is not ASCII is sound UTF-8. Chinese text in UTF-8 is all three-byte characters, which GBK
/// text shows only by accident: ten of them for each unsound piece tell a damaged UTF-8 file from a GBK one, and a
/// file that is sound up to its very end was cut off.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    let (mut sound, mut unsound) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        unsound += usize::from(!chunk.invalid().is_empty());
    }
    let cut_off = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    sound >= unsound * 10 || (cut_off && sound > 0)
}

fn damaged(file: &str, sound: &str, encoding: &'static Encoding) -> Fault {
    let last = sound.rsplit('\n').next().unwrap_or_default();
    let place = Place::new(sound.matches('\n').count() as u32 + 1, last.chars().count() as u32 + 1);
    let what = if encoding == GB18030 {
        "here are bytes that are neither UTF-8 nor GBK".to_owned()
    } else {
        format!("here are bytes that are not {}", encoding.name())
    };
    let hint = "the file is damaged or cut off: save it again as \"CSV UTF-8\" and copy it whole";
    let excerpt = format!("{}…", last.chars().take(EXCERPT_CHARS).collect::<String>());
    Fault { place: Some(place), excerpt, ..Fault::of_file(file, what, hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_read_whatever_saved_it() {
        let want = "编号,姓名\nG-1,王芳\n";
        let gbk = encoding_rs::GBK.encode(want).0.into_owned();
        let utf16 = want.encode_utf16().fold(vec![0xFF, 0xFE], |mut bytes, unit| {
            bytes.extend(unit.to_le_bytes());
            bytes
        });
        for bytes in [want.as_bytes().to_vec(), [b"\xEF\xBB\xBF", want.as_bytes()].concat(), gbk, utf16] {
            assert_eq!(text("x", &bytes).unwrap(), want);
        }
    }

    #[test]
    fn damage_is_not_taken_for_another_encoding() {
        let mut bytes = "编号,姓名\nG-1,王芳\nG-2,李娜,北京大学附属中学\n".as_bytes().to_vec();
        bytes.truncate(bytes.len() - 3);
        let fault = text("x", &bytes).unwrap_err();
        assert_eq!(fault.place, Some(Place::new(3, 15)), "{fault:?}");
        assert!(fault.excerpt.ends_with("附属中…"), "{fault:?}");
    }
}
