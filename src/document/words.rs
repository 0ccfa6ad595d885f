//! "Did you mean": the nearest of the words that would have been right.

/// A word this many edits away from a known one is still taken for a slip of the finger, if it is longer than that.
const EDITS_MAX: usize = 2;
/// A hint lists at most this many words; the rest are counted.
const LISTED_MAX: usize = 12;

/// The known word that `word` is most likely meant to be.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(edits, candidate)| {
            *edits <= EDITS_MAX && *edits * 2 < candidate.chars().count().max(word.chars().count())
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// The words with commas between, cut where they are many.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let shown = words.iter().take(LISTED_MAX).copied().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A hint that offers the nearest word and then all of them: `did you mean "lobby"? Rooms in the plan: …`.
pub fn suggest<'a>(word: &str, title: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let all = list(known.clone());
    let all = if all.is_empty() { format!("{title}: none") } else { format!("{title}: {all}") };
    match closest(word, known) {
        Some(candidate) => format!("did you mean \"{candidate}\"? {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let rooms = ["ballroom", "lobby", "vip-1"];
        for (word, want) in [
            ("ballrom", Some("ballroom")),
            ("Ballroom", Some("ballroom")),
            ("loby", Some("lobby")),
            ("vip-2", Some("vip-1")),
            ("kitchen", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(word, rooms), want, "{word}");
        }
        assert_eq!(closest("级别别", ["级别", "姓名"]), Some("级别"));
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let words: Vec<String> = (1..=15).map(|n| n.to_string()).collect();
        assert_eq!(list(words.iter().map(String::as_str)), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more");
    }
}
