//! "Did you mean": the nearest of the words that would have been right.

/// A word this many edits away from a known one is still taken for a slip of the finger, if it is longer than that.
const EDITS_MAX: usize = 2;
/// A hint lists at most this many words; the rest are counted.
const LISTED_MAX: usize = 16;
/// A word of this many letters is recognised by how it begins.
const PREFIX_MIN: usize = 3;

/// The known word that `word` is most likely meant to be: the one with the fewest slips between, else one of which it
/// is the beginning.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let word = word.trim().to_lowercase();
    let shortened =
        |candidate: &&str| word.chars().count() >= PREFIX_MIN && candidate.to_lowercase().starts_with(&word);
    known
        .clone()
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(edits, candidate)| {
            *edits <= EDITS_MAX && *edits * 2 < candidate.chars().count().max(word.chars().count())
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
        .or_else(|| known.into_iter().find(shortened))
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
    let all = if all.is_empty() { "none" } else { &all };
    match closest(word, known) {
        Some(candidate) => format!("did you mean \"{candidate}\"? {}: {all}", capital(title)),
        None => format!("{title}: {all}"),
    }
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
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
            ("bal", Some("ballroom")),
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
        let words: Vec<String> = (1..=19).map(|n| n.to_string()).collect();
        let listed = list(words.iter().map(String::as_str));
        assert!(listed.starts_with("1, 2, 3, ") && listed.ends_with(", 15, 16 and 3 more"), "{listed}");
    }
}
