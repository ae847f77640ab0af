//! Characters that no text has which comes in: nobody sees them, PostgreSQL keeps no U+0000, and those that turn the
//! direction of writing around let a text look like another (Unicode Technical Report 36, section 2.9). Every door asks
//! here: values and variables of GraphQL, forms, addresses, cursors, lines of imports.

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

/// A text as its reader sees it: without such characters.
pub fn without_forbidden(text: String) -> String {
    if has_forbidden(&text) { text.chars().filter(|character| !is_forbidden(*character)).collect() } else { text }
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
}
