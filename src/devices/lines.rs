//! Finds sentences in the bytes of a wire, wherever they begin: after binary rubbish, a NUL, or another sentence that
//! lost its line break.
//!
//! Promises that any bytes in any chunks give the same frames, and that no more than one frame is ever held.
//! Does not judge a frame: its checksums and fields are read by [`nmea`](super::nmea).

use std::mem;

/// The longest frame, TAG block included. The standard says 82 bytes for the sentence, real receivers exceed 105.
/// A longer one is handed out as it is up to here, ended by [`End::Full`], and the next line break or start is sought.
pub const FRAME_BYTES_MAX: usize = 256;

/// The longest text before a sentence that is kept as its prefix. A longer one is rubbish.
pub const PREFIX_BYTES_MAX: usize = 40;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// What ended a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A line break, or the ETX that closes a radio's telegram.
    Line,
    /// The start of the next sentence: a line break was lost, or the rest of this one.
    Start,
    /// A byte that is in no sentence: another control character, or one above 126.
    Byte(u8),
    /// Nothing within [`FRAME_BYTES_MAX`].
    Full,
}

/// One sentence as it stood on the wire, with the TAG block before it. Printable ASCII throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    prefix: Option<Box<str>>,
    text: Box<str>,
    sentence_at: usize,
    end: End,
}

impl Frame {
    /// What stood on the same line before the sentence, where that is all of the line and short
    /// (`358…,$GPRMC` on the ports of some modems).
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// What the TAG block holds between its two backslashes.
    pub fn tag(&self) -> Option<&str> {
        self.text.get(1..self.sentence_at.checked_sub(1)?)
    }

    /// From its `$` or `!` to what ended it.
    pub fn sentence(&self) -> &str {
        self.text.get(self.sentence_at..).unwrap_or_default()
    }

    /// TAG block and sentence together.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// The sentence's address: what stands between its start and the first comma.
    pub fn address(&self) -> &str {
        let body = self.sentence().get(1..).unwrap_or_default();
        body.split([',', '*']).next().unwrap_or_default()
    }

    /// What ended it.
    pub fn end(&self) -> End {
        self.end
    }
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of everything. `whole` while what was read since the line's beginning may be a prefix.
    Outside { whole: bool },
    /// Behind the backslash that opens a TAG block.
    Tag,
    /// Behind the one that closes it: a sentence must follow at once.
    Tagged,
    /// In a sentence.
    Sentence,
}

/// Takes bytes, gives frames.
#[derive(Debug)]
pub struct LineBuffer {
    place: Place,
    /// The frame so far, or outside of one the prefix so far.
    text: String,
    prefix: Option<Box<str>>,
    sentence_at: usize,
    rubbish: u64,
}

impl Default for LineBuffer {
    /// As a port is opened: somewhere in a line, whose rest up to the next start or line break is no prefix.
    fn default() -> Self {
        Self {
            place: Place::Outside { whole: false },
            text: String::with_capacity(FRAME_BYTES_MAX),
            prefix: None,
            sentence_at: 0,
            rubbish: 0,
        }
    }
}

impl LineBuffer {
    /// The frames that `bytes` complete, in order. The rest waits for the next call.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        bytes.iter().filter_map(|byte| self.step(*byte)).collect()
    }

    /// The wire is cut: what is held is no sentence any more, and the next byte is somewhere in a line.
    pub fn cut(&mut self) {
        self.discard(false);
    }

    /// Bytes so far that belonged to no frame, line breaks and telegram marks aside.
    pub fn rubbish(&self) -> u64 {
        self.rubbish
    }

    fn step(&mut self, byte: u8) -> Option<Frame> {
        match (self.place, byte) {
            (Place::Sentence, b'$' | b'!' | b'\\') => {
                let frame = self.finish(End::Start, false);
                self.begin(byte);
                frame
            }
            (Place::Sentence, b'\r' | b'\n' | ETX) => self.finish(End::Line, byte != ETX),
            (Place::Sentence, 0x20..=0x7e) => {
                self.text.push(char::from(byte));
                if self.text.len() < FRAME_BYTES_MAX { None } else { self.finish(End::Full, false) }
            }
            (Place::Sentence, other) => {
                let frame = self.finish(End::Byte(other), other == STX);
                self.rubbish += u64::from(other != STX);
                frame
            }
            (Place::Tagged | Place::Tag, _) => {
                self.step_tag(byte);
                None
            }
            (Place::Outside { whole }, _) => {
                self.step_outside(byte, whole);
                None
            }
        }
    }

    fn step_tag(&mut self, byte: u8) {
        match (self.place, byte) {
            (Place::Tag, b'\\') => {
                self.text.push('\\');
                self.place = Place::Tagged;
            }
            (Place::Tagged, b'$' | b'!') => {
                self.sentence_at = self.text.len();
                self.text.push(char::from(byte));
                self.place = Place::Sentence;
            }
            // The block was never closed, or nothing followed it. What begins here is on its own.
            (_, b'$' | b'!' | b'\\') => {
                self.discard(false);
                self.begin(byte);
            }
            (Place::Tag, 0x20..=0x7e) if self.text.len() < FRAME_BYTES_MAX - 2 => self.text.push(char::from(byte)),
            (_, b'\r' | b'\n' | STX | ETX) => self.discard(true),
            (_, _) => {
                self.discard(false);
                self.rubbish += 1;
            }
        }
    }

    fn step_outside(&mut self, byte: u8, whole: bool) {
        match byte {
            b'$' | b'!' => {
                let text = mem::take(&mut self.text);
                if whole && !text.is_empty() {
                    self.prefix = Some(text.into_boxed_str());
                } else {
                    self.rubbish += text.len() as u64;
                }
                self.begin(byte);
            }
            b'\\' => {
                self.discard(false);
                self.begin(byte);
            }
            b'\r' | b'\n' | STX | ETX => self.discard(true),
            0x20..=0x7e if whole && self.text.len() < PREFIX_BYTES_MAX => self.text.push(char::from(byte)),
            _ => {
                self.discard(false);
                self.rubbish += 1;
            }
        }
    }

    fn begin(&mut self, byte: u8) {
        self.text.clear();
        self.text.push(char::from(byte));
        self.sentence_at = 0;
        self.place = if byte == b'\\' { Place::Tag } else { Place::Sentence };
    }

    /// Gives up what is held. `fresh` where a line begins.
    fn discard(&mut self, fresh: bool) {
        self.rubbish += self.text.len() as u64;
        self.text.clear();
        self.prefix = None;
        self.place = Place::Outside { whole: fresh };
    }

    /// Hands out what is held if it looks like a sentence; a `$` in binary does not make one.
    fn finish(&mut self, end: End, fresh: bool) -> Option<Frame> {
        if !looks_like_sentence(self.text.get(self.sentence_at..).unwrap_or_default()) {
            self.discard(fresh);
            return None;
        }
        let frame =
            Frame { prefix: self.prefix.take(), text: self.text.as_str().into(), sentence_at: self.sentence_at, end };
        self.text.clear();
        self.place = Place::Outside { whole: fresh };
        Some(frame)
    }
}

/// A start, two or more capitals or digits, and a comma.
fn looks_like_sentence(text: &str) -> bool {
    let address = text.get(1..).and_then(|body| body.split_once(',')).map_or("", |(address, _)| address);
    address.len() >= 2 && address.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames as `prefix|tag|sentence|end`, and the rubbish, for the bytes at once and one by one.
    fn check(bytes: &[u8], want: &[&str], rubbish: u64) {
        for chunk in [bytes.len().max(1), 1, 3, 7] {
            let mut lines = LineBuffer::default();
            let frames: Vec<Frame> = bytes.chunks(chunk).flat_map(|c| lines.push(c)).collect();
            let got: Vec<String> = frames
                .iter()
                .map(|f| {
                    format!("{}|{}|{}|{:?}", f.prefix().unwrap_or("-"), f.tag().unwrap_or("-"), f.sentence(), f.end())
                })
                .collect();
            assert_eq!(got, want, "{:?} in chunks of {chunk}", String::from_utf8_lossy(bytes));
            assert_eq!(lines.rubbish(), rubbish, "{:?} in chunks of {chunk}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn sentences_are_found_wherever_they_begin() {
        check(b"$GPGLL,1*00\r\n", &["-|-|$GPGLL,1*00|Line"], 0);
        check(b"00,V,N*70\r\n$GPGLL,1*00\r", &["-|-|$GPGLL,1*00|Line"], 9);
        check(b"\xb5b\x01\x07$\x00!W\x15\\&E\x02$GNRMC,1*7D\r\n", &["-|-|$GNRMC,1*7D|Line"], 12);
        check(b"$GPGSA,A,1*1E$GPRMC,2*44\n", &["-|-|$GPGSA,A,1*1E|Start", "-|-|$GPRMC,2*44|Line"], 0);
        check(b"$GPGGA,1,!AIVDM,1*00\n", &["-|-|$GPGGA,1,|Start", "-|-|!AIVDM,1*00|Line"], 0);
        check(b"$GPRMC,4808\0\0  \r\n$GPGLL,2\n", &["-|-|$GPRMC,4808|Byte(0)", "-|-|$GPGLL,2|Line"], 4);
    }

    #[test]
    fn what_only_starts_like_a_sentence_is_rubbish() {
        check(b"$GP\r\n$\r\n$$$!!\\\\\n$gpgll,1\n", &[], 19);
        check(b"* program startup 18:47 *\n\n", &[], 25);
    }

    #[test]
    fn a_radio_s_telegram_marks_end_a_sentence() {
        check(b"\x02$PKNDS,1*05\x03\x02I1100\x03", &["-|-|$PKNDS,1*05|Line"], 5);
        check(b"\x02$PKNDS,1*05\x02$PKNDS,2*06\n", &["-|-|$PKNDS,1*05|Byte(2)", "-|-|$PKNDS,2*06|Line"], 0);
    }

    #[test]
    fn a_tag_block_is_closed_or_is_nothing() {
        check(b"\\s:VIP03*11\\$GPRMC,1*00\n", &["-|s:VIP03*11|$GPRMC,1*00|Line"], 0);
        check(b"\\s:VIP03*11$GPRMC,1*00\n", &["-|-|$GPRMC,1*00|Line"], 11);
        check(b"\\s:VIP\n03*11\\$GPRMC,1*00\n", &["-|-|$GPRMC,1*00|Line"], 6 + 5 + 1);
        check(b"\\a\\\\s:B*00\\!AIVDM,1*00\n", &["-|s:B*00|!AIVDM,1*00|Line"], 3);
        check(b"$GPGGA,1\\s:B*00\\$GPRMC,2*00\n", &["-|-|$GPGGA,1|Start", "-|s:B*00|$GPRMC,2*00|Line"], 0);
    }

    #[test]
    fn a_prefix_is_the_whole_line_before_its_sentence() {
        check(b"\n35800,$GPRMC,1*00\n", &["35800,|-|$GPRMC,1*00|Line"], 0);
        check(b"35800,$GPRMC,1*00\n", &["-|-|$GPRMC,1*00|Line"], 6);
        check(b"\n\x0135800,$GPRMC,1*00\n", &["-|-|$GPRMC,1*00|Line"], 7);
        let long = [b"\n".as_slice(), &[b'x'; 41], b"$GPRMC,1*00\n"].concat();
        check(&long, &["-|-|$GPRMC,1*00|Line"], 41);
    }

    #[test]
    fn a_line_without_end_is_cut_at_the_bound_and_the_next_start_sought() {
        let mut bytes = b"$GPTXT,".to_vec();
        bytes.resize(FRAME_BYTES_MAX + 300, b'x');
        bytes.extend_from_slice(b"$GPGLL,1*00\n");
        let mut lines = LineBuffer::default();
        let frames = lines.push(&bytes);
        assert_eq!(frames.len(), 2);
        assert_eq!((frames[0].raw().len(), frames[0].end()), (FRAME_BYTES_MAX, End::Full));
        assert_eq!(frames[1].sentence(), "$GPGLL,1*00");
        assert_eq!(lines.rubbish(), 300);
    }
}
