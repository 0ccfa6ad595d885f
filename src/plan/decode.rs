//! Bytes as they come out of a spreadsheet to text: UTF-8 with or without a mark, UTF-16 with one, else GBK
//! (read as its superset GB18030). Never replaces what it cannot read: that is a fault.

use encoding_rs::{Encoding, GB18030};

use crate::document::Fault;

/// The text of a file, without a byte order mark.
pub(super) fn text(file: &str, bytes: &[u8]) -> Result<String, Fault> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        return encoding
            .decode_without_bom_handling_and_without_replacement(body)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| damaged(file, bytes, encoding.name()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) if looks_like_utf8(bytes) => Err(damaged(file, bytes, "UTF-8")),
        Err(_) => GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| damaged(file, bytes, "UTF-8 or GBK")),
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

fn damaged(file: &str, bytes: &[u8], encoding: &str) -> Fault {
    let sound = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let line = bytes.get(..sound).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1;
    let what = format!("line {line} holds bytes that are not {encoding}");
    Fault::of_file(file, what, "the file is damaged or cut off: save it again as \"CSV UTF-8\" and copy it whole")
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
        assert!(text("x", &bytes).unwrap_err().what.contains("line 3"));
    }
}
