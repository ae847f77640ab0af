//! Turning texts into search words: the same on both engines, because it is done here and not by them.
//!
//! A text becomes words, a whole name becomes one compact word, and whatever a reader types is compared with the
//! beginnings of those. Korean glues nouns together (레트증후군), so a word with Hangul is also found by its endings.

use unicode_normalization::UnicodeNormalization;

/// Characters that are kept of one search word.
pub const LONGEST: usize = 64;
/// Words of a query that are looked at; the rest adds nothing but work.
pub const MOST_TERMS: usize = 8;
/// Characters that an ending of a Hangul word has at least: one syllable alone would find everything.
const SHORTEST_ENDING: usize = 2;

/// A whole name as one word: NFKC, lower case, letters and digits only. "KSCBi001-A" and "kscbi 001a" agree.
///
/// Empty if the text has neither letter nor digit.
pub fn compact(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    }
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// The key by which lists sort a name and by which it is found; a name without letters and digits is its own key.
pub fn name_key(name: &str) -> String {
    Some(compact(name)).filter(|key| !key.is_empty()).unwrap_or_else(|| name.to_lowercase())
}

/// The key by which a number that people type, such as a lot's, is known again: NFKC, in lower case, with every run of
/// dashes, spaces and low lines as one `-`. `T-1`, `t_1` and `Ｔ－１` agree, `T-11` and `T-1-1` do not.
pub fn identifier_key(number: &str) -> String {
    let separates = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '_' | '~' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{2500}')
    };
    let normal: String = number.nfkc().flat_map(char::to_lowercase).collect();
    normal.split(separates).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// A word cut to [`LONGEST`] characters.
pub fn cut(mut word: String) -> String {
    if word.len() > LONGEST
        && let Some((end, _)) = word.char_indices().nth(LONGEST)
    {
        word.truncate(end);
    }
    word
}

/// The words by which a text is found: each word, and of words with Hangul also each ending of two or more characters.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Cut first: the endings of a word without an end would fill the memory.
    for word in split(text).map(cut) {
        if word.chars().any(is_hangul) {
            let length = word.chars().count();
            let endings = word.char_indices().skip(1).take(length.saturating_sub(SHORTEST_ENDING));
            found.extend(endings.map(|(start, _)| word[start..].to_owned()));
        }
        found.push(word);
    }
    found
}

/// The words of what a reader typed, at most [`MOST_TERMS`]; each is searched as the beginning of a token.
pub fn terms(query: &str) -> Vec<String> {
    split(query).map(cut).take(MOST_TERMS).collect()
}

/// The end, itself excluded, of the range of words that begin with `token`, in byte order.
pub fn prefix_end(token: &str) -> String {
    format!("{token}\u{10FFFF}")
}

/// Words in lower case, split at whatever is neither letter nor digit.
fn split(text: &str) -> impl Iterator<Item = String> {
    let normal: String =
        if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().flat_map(char::to_lowercase).collect() };
    let mut words = Vec::new();
    let spans = normal.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.extend(spans.map(str::to_owned));
    words.into_iter()
}

/// Syllables and letters of Hangul; half-width ones became these by NFKC.
fn is_hangul(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_without_an_end_has_as_many_endings_as_a_long_one() {
        let found = tokens(&"가".repeat(30_000));
        assert_eq!((found.len(), found.iter().map(|word| word.chars().count()).max()), (LONGEST - 1, Some(LONGEST)));
    }

    #[test]
    fn a_number_is_one_however_it_is_typed() {
        for typed in ["T-1", "t-1", "T\u{2011}1", "\u{ff34}-1", "T_1", "T 1", " t -\u{2013} 1 "] {
            assert_eq!(identifier_key(typed), "t-1", "{typed}");
        }
        assert_ne!(identifier_key("T-1-1"), identifier_key("T-11"));
        assert_eq!(identifier_key(" - "), "");
    }

    #[test]
    fn a_name_is_one_word_however_it_is_typed() {
        for text in ["KSCBi001-A", "kscbi 001a", "ＫＳＣＢｉ００１－Ａ", " KSCBI_001.a "] {
            assert_eq!(compact(text), "kscbi001a");
        }
        assert_eq!(compact("CVCL_IT62"), "cvclit62");
        assert_eq!(compact("!-"), "");
    }

    #[test]
    fn a_hangul_word_is_also_found_by_its_endings() {
        assert_eq!(tokens("레트증후군"), ["트증후군", "증후군", "후군", "레트증후군"]);
        assert_eq!(tokens("핵형"), ["핵형"]);
        assert_eq!(tokens("병"), ["병"]);
    }

    #[test]
    fn decomposed_hangul_is_the_same_word() {
        let decomposed: String = "레트".nfd().collect();
        assert_ne!(decomposed, "레트");
        assert_eq!(tokens(&decomposed), tokens("레트"));
    }

    #[test]
    fn other_words_are_only_split() {
        assert_eq!(
            tokens("Long QT syndrome, type-1 (β-Catenin)"),
            ["long", "qt", "syndrome", "type", "1", "β", "catenin"]
        );
    }

    #[test]
    fn words_have_a_longest_length() {
        let long = "나".repeat(100);
        assert!(tokens(&long).iter().all(|t| t.chars().count() <= LONGEST));
        assert_eq!(cut("a".repeat(64)), "a".repeat(64));
        assert_eq!(cut("a".repeat(65)), "a".repeat(64));
    }

    #[test]
    fn a_query_gives_at_most_eight_terms_and_no_endings() {
        assert_eq!(terms(" 레트증후군 iPSC! "), ["레트증후군", "ipsc"]);
        assert_eq!(terms("a b c d e f g h i j").len(), MOST_TERMS);
        assert!(terms("--").is_empty());
    }

    #[test]
    fn the_range_of_a_prefix_holds_all_words_that_begin_with_it() {
        let end = prefix_end("레트");
        for (word, inside) in [("레트", true), ("레트증후군", true), ("레틱", false)] {
            assert_eq!(word < end.as_str(), inside, "{word}");
        }
    }
}
