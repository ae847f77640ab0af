//! The door for text: what every text that comes in goes through, wherever that is: values and variables of GraphQL,
//! forms, addresses, cursors, lines of imports.
//!
//! No text has characters that nobody sees (PostgreSQL keeps no U+0000) or that turn the direction of writing around and
//! let a text look like another (Unicode Technical Report 36, section 2.9). Every text is composed (NFC, Unicode Standard
//! Annex 15): a Mac decomposes what it types, and one word must be one word. Names and numbers are one line.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Characters that any text may have; each field says for itself if it takes fewer.
pub const LONGEST_TEXT: usize = 20_000;

/// True of a control character, but for tab and the ends of lines, and of one that overrides or isolates a direction.
pub fn is_forbidden(character: char) -> bool {
    let is_of_lines = matches!(character, '\t' | '\n' | '\r');
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !is_of_lines)
}

/// Whether a text has such a character.
pub fn has_forbidden(text: &str) -> bool {
    // Most texts are ASCII without controls, which the bytes show.
    text.bytes().any(|byte| !(b' '..0x7f).contains(&byte)) && text.chars().any(is_forbidden)
}

/// A text as its reader sees it: without such characters, and composed.
pub fn without_forbidden(text: String) -> String {
    let seen =
        if has_forbidden(&text) { text.chars().filter(|character| !is_forbidden(*character)).collect() } else { text };
    composed(seen)
}

/// A text in its composed form (NFC).
pub fn composed(text: String) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes { text } else { text.nfc().collect() }
}

/// A name or a number, which stands on one line: every run of spaces, tabs and ends of lines is one space, none is at an
/// end, and what nobody sees is not there. Empty if nothing can be seen.
pub fn one_line(text: &str) -> String {
    let seen = without_forbidden(text.to_owned());
    let words: Vec<String> = seen
        .split_whitespace()
        .map(|word| word.chars().filter(|character| !is_unseen(*character)).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().any(is_visible) { line } else { String::new() }
}

/// True of a character that takes no room and says nothing (Unicode: `Default_Ignorable_Code_Point`), but for those that
/// join and vary what stands beside them.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}' | '\u{180e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// True of a character that leaves a mark on paper: fillers, joiners and variation selectors do not.
fn is_visible(character: char) -> bool {
    let is_filler = matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}');
    let joins = matches!(character, '\u{34f}' | '\u{61c}' | '\u{200c}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}');
    let is_tag = matches!(character, '\u{e0000}'..='\u{e0fff}');
    !(character.is_whitespace() || is_filler || joins || is_tag || is_unseen(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_forbidden_and_what_is_written_is_not() {
        for forbidden in ["a\0", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{202e}txt.exe", "\u{2066}", "\u{b}"] {
            assert!(has_forbidden(forbidden), "{forbidden:?}");
        }
        for fine in ["", "Kim Minji", "김민지", "two\nlines\r\n\tand a tab", "β-catenin", "\u{200f}", "👩🏽‍🔬"]
        {
            assert!(!has_forbidden(fine), "{fine:?}");
        }
        assert_eq!(without_forbidden("a\0b\u{202e}".into()), "ab");
    }

    #[test]
    fn what_a_mac_takes_apart_is_put_together() {
        assert_eq!(composed("\u{1100}\u{1161}\u{11a8}".into()), "각");
        assert_eq!(without_forbidden("e\u{301}\0".into()), "é");
        assert_eq!(composed("①ｋ".into()), "①ｋ", "what is only like another stays");
    }

    #[test]
    fn a_name_is_one_line_of_what_can_be_seen() {
        for (typed, kept) in [
            (" New Lab\nTwo\t", "New Lab Two"),
            ("김\u{200b}", "김"),
            ("\u{feff}a \u{ad} b", "a b"),
            ("\u{200b}\u{3164} \u{200d}", ""),
            ("👩🏽\u{200d}🔬", "👩🏽\u{200d}🔬"),
            ("a\u{2028}b", "a b"),
        ] {
            assert_eq!(one_line(typed), kept, "{typed:?}");
        }
    }
}
