//! The lines of a text in a TOML document, each with its place in the file.
//!
//! Lines stand one below the other or with `|` between; `#` after a blank begins a remark.

use crate::document::{Fields, Findings};

/// A word and where it begins in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) at: usize,
    pub(super) text: &'t str,
}

/// One line, trimmed, never empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// Where it begins in the file; where the text is written with escapes, where the text as a whole begins.
    pub(super) at: usize,
    exact: bool,
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// The line as one word, for what is said of all of it.
    pub(super) const fn start(&self) -> Word<'t> {
        Word { at: self.at, text: self.text }
    }

    /// Its words, parted by blanks.
    pub(super) fn words(&self) -> Vec<Word<'t>> {
        let start = self.text.as_ptr() as usize;
        let at = |word: &str| if self.exact { self.at + (word.as_ptr() as usize - start) } else { self.at };
        self.text.split_whitespace().map(|word| Word { at: at(word), text: word }).collect()
    }
}

/// The lines of the text under `key`; none where there is no text.
pub(super) fn of<'t>(findings: &Findings<'_>, fields: &Fields<'t>, key: &str) -> Vec<Line<'t>> {
    let (Some(text), Some(node)) = (fields.raw_text(key), fields.node(key)) else { return Vec::new() };
    let body = body_at(findings.text(), node.at, text);
    let mut lines = Vec::new();
    let mut offset = 0;
    let mut written = body.and_then(|at| findings.text().get(at..)).unwrap_or_default().split_inclusive('\n');
    for line in text.lines() {
        let at = body.map_or(node.at, |body| body + offset);
        offset += written.next().map_or(0, str::len);
        let said = &line[..remark_at(line)];
        let mut part_at = 0;
        for part in said.split('|') {
            let blank = part.len() - part.trim_start().len();
            let exact = body.is_some();
            let at = if exact { at + part_at + blank } else { at };
            if !part.trim().is_empty() {
                lines.push(Line { at, exact, text: part.trim() });
            }
            part_at += part.len() + 1;
        }
    }
    lines
}

/// Where a remark begins, or the line ends.
fn remark_at(line: &str) -> usize {
    let begins = |(at, _): &(usize, &str)| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').find(begins).map_or(line.len(), |(at, _)| at)
}

/// Where the first line of a text stands in the file, if it stands there letter by letter.
fn body_at(file: &str, at: usize, text: &str) -> Option<usize> {
    let quoted = file.get(at..)?;
    let body = match quoted.strip_prefix("\"\"\"").or_else(|| quoted.strip_prefix("'''")) {
        Some(body) => body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n')).unwrap_or(body),
        None => quoted.get(1..)?,
    };
    let same = text.lines().zip(body.lines()).all(|(told, written)| written.starts_with(told));
    same.then(|| at + quoted.len() - body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Style, parse_toml};

    fn places(file: &str) -> Vec<String> {
        let findings = Findings::new("x", Style::Toml, file, &[]);
        let node = parse_toml(&findings).unwrap();
        let root = Fields::root(&findings, &node, &["t"]);
        let words = of(&findings, &root, "t").into_iter().flat_map(|line| {
            let last = line.words().pop().unwrap();
            let place = findings.place(last.at);
            [format!("{} {}:{}", last.text, place.line, place.column)]
        });
        words.collect()
    }

    #[test]
    fn every_word_knows_its_place() {
        assert_eq!(places("t = \"\"\"\na b | c d\n\n  # remark\n  e#1 f # more\n\"\"\""), ["b 2:3", "d 2:9", "f 5:7"]);
        assert_eq!(places("\r\nt = '''\r\n大 厅 b\r\nc'''"), ["b 3:5", "c 4:1"]);
        assert_eq!(places("t = \"a b|c\""), ["b 1:8", "c 1:10"]);
        // With escapes a letter here is none there: then the text as a whole is shown.
        assert_eq!(places("t = \"a\\tb | c\""), ["b 1:5", "c 1:5"]);
        assert_eq!(places("t = \"\"\"\na b \\\n   c\"\"\""), ["c 1:5"]);
        assert_eq!(places("t = \"\""), Vec::<String>::new());
    }
}
