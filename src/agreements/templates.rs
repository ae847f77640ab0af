//! Texts of agreements. A version, once used, never changes; a new wording is a new version.

use super::rules::Kind;

/// A template version as shipped.
pub struct Template {
    /// Kind of agreement.
    pub kind: Kind,
    /// Counted from 1.
    pub version: i32,
    /// English text with its places in braces.
    pub body_en: &'static str,
    /// Korean text with the same places.
    pub body_ko: &'static str,
}

/// The newest version of each kind.
pub fn current(kind: Kind) -> Template {
    match kind {
        Kind::Academic => Template {
            kind,
            version: 1,
            body_en: include_str!("templates/academic-1.en.txt"),
            body_ko: include_str!("templates/academic-1.ko.txt"),
        },
        Kind::Commercial => Template {
            kind,
            version: 1,
            body_en: include_str!("templates/commercial-1.en.txt"),
            body_ko: include_str!("templates/commercial-1.ko.txt"),
        },
    }
}

/// Puts values into a text's places: `("number", "MTA-2026-00001")` replaces `{number}`. What a value contains is never
/// looked at again, so that braces in a project title stay what they are.
pub fn fill(body: &str, places: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(body.len() * 2);
    let mut rest = body;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        let close = rest[open..].find('}').map_or(rest.len(), |at| open + at);
        let name = &rest[open + 1..close];
        match places.iter().find(|place| place.0 == name) {
            Some(place) => text.push_str(&place.1),
            None => text.push_str(&rest[open..(close + 1).min(rest.len())]),
        }
        rest = &rest[(close + 1).min(rest.len())..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_braces_stays_what_it_is() {
        let places = [("title", String::from("On {number}")), ("number", String::from("1"))];
        assert_eq!(fill("{number}: {title}.", &places), "1: On {number}.");
    }

    #[test]
    fn both_languages_of_a_template_have_the_same_places() {
        let places = |text: &str| {
            let mut names: Vec<_> =
                text.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|t| t.0.to_owned()).collect();
            names.sort();
            names
        };
        for kind in [Kind::Academic, Kind::Commercial] {
            let template = current(kind);
            assert_eq!(places(template.body_en), places(template.body_ko));
            assert!(places(template.body_en).contains(&"lines".to_owned()));
        }
    }
}
