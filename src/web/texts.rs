//! What pages say: messages in Korean and English, days and numbers as their readers write them.
//!
//! The messages are in `texts/ko` and `texts/en`, one file an area, with the same keys in both; a test finds keys that
//! are missing, unused or only in one. Labels of the bank's own words (states, kinds) come from their enums, never from
//! here.

use crate::language::Lang;
use crate::texts::{identifier, with_particle};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Asia::Seoul;
use fluent_templates::Loader;
use fluent_templates::fluent_bundle::FluentValue;
use std::borrow::Cow;
use std::collections::HashMap;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./src/web/texts",
        fallback_language: "en",
        customise: |bundle| {
            // The marks around inserted text are for mixed directions of writing; both languages run one way.
            bundle.set_use_isolating(false);
            let _ = bundle.add_function("PARTICLE", with_particle);
        },
    };
}

/// The voice of a page in its reader's language; templates call it `t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// The reader's language.
    pub lang: Lang,
}

/// What is put into a message.
pub type Value<'a> = FluentValue<'a>;

impl Text {
    /// A message.
    pub fn say(&self, key: &str) -> String {
        TEXTS.lookup(identifier(self.lang), key)
    }

    /// True for a text of a record that has to be marked as English on this page: it has no Hangul in it, and the page
    /// is Korean.
    pub fn is_english(&self, text: &str) -> bool {
        let hangul = |c: char| matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{318E}');
        self.lang == Lang::Ko && !text.chars().any(hangul)
    }

    /// A message with one thing put in.
    pub fn say1<'a>(&self, key: &str, name: &'static str, value: impl Into<Value<'a>>) -> String {
        self.with(key, [(name, value.into())])
    }

    /// A message with two things put in.
    pub fn say2<'a>(
        &self,
        key: &str,
        name: &'static str,
        value: impl Into<Value<'a>>,
        name2: &'static str,
        value2: impl Into<Value<'a>>,
    ) -> String {
        self.with(key, [(name, value.into()), (name2, value2.into())])
    }

    /// A message with several things put in.
    pub fn with<'a>(&self, key: &str, values: impl AsRef<[(&'static str, Value<'a>)]>) -> String {
        let values: HashMap<Cow<'static, str>, Value<'a>> =
            values.as_ref().iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        TEXTS.lookup_with_args(identifier(self.lang), key, &values)
    }

    /// `ko` or `en`.
    pub fn tag(&self) -> &'static str {
        self.lang.tag()
    }

    /// The reader's language, for templates, which hand fields on by reference.
    pub fn language(&self) -> Lang {
        self.lang
    }

    /// Chooses between two wordings, for data that has both.
    pub fn pick<'a>(&self, en: &'a str, ko: &'a str) -> &'a str {
        self.lang.pick(en, ko)
    }

    /// A day in Asia/Seoul: `2026-11-25`.
    pub fn day(&self, at: &DateTime<Utc>) -> String {
        at.with_timezone(&Seoul).format("%Y-%m-%d").to_string()
    }

    /// A minute in Asia/Seoul: `2026-11-25 13:05`.
    pub fn minute(&self, at: &DateTime<Utc>) -> String {
        at.with_timezone(&Seoul).format("%Y-%m-%d %H:%M").to_string()
    }

    /// A calendar day: `2026-11-25`.
    pub fn date(&self, day: &NaiveDate) -> String {
        day.format("%Y-%m-%d").to_string()
    }

    /// An instant as machines read it, for `datetime=`.
    pub fn machine(&self, at: &DateTime<Utc>) -> String {
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// A number with its thousands apart: `167,186`.
    pub fn number(&self, number: &i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let grouped: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
        format!("{}{}", if *number < 0 { "−" } else { "" }, grouped.join(","))
    }

    /// A number, or that it is not known: an unknown figure is never 0.
    pub fn known(&self, number: &Option<i64>) -> String {
        number.map_or_else(|| self.say("unknown"), |number| self.number(&number))
    }

    /// A mean or ratio with one decimal, two where one would read as nothing, or that it is not known.
    pub fn decimal(&self, number: &Option<f64>) -> String {
        let rounded = |number: f64| if number.abs() < 0.1 { format!("{number:.2}") } else { format!("{number:.1}") };
        number.map_or_else(|| self.say("unknown"), rounded)
    }

    /// A change as people read it, `+95.6 %` with a true minus, or that it is not known.
    pub fn change(&self, fraction: &Option<f64>) -> String {
        // Halves are rounded away from zero, as people do: 75 after 80 is −6.3 %.
        let signed = |fraction: f64| format!("{:+.1} %", (fraction * 1000.0).round() / 10.0).replace('-', "−");
        fraction.map_or_else(|| self.say("unknown"), signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_seoul_and_numbers_have_their_thousands_apart() {
        let at: DateTime<Utc> = "2024-12-31T15:30:00Z".parse().unwrap();
        let (ko, en) = (Text { lang: Lang::Ko }, Text { lang: Lang::En });
        assert_eq!((ko.day(&at), en.minute(&at)), ("2025-01-01".into(), "2025-01-01 00:30".into()));
        assert_eq!([0, 999, 1000, 167_186, -1234].map(|n| ko.number(&n)), ["0", "999", "1,000", "167,186", "−1,234"]);
    }

    #[test]
    fn a_change_has_its_sign_and_what_is_unknown_says_so() {
        let ko = Text { lang: Lang::Ko };
        let changes = [Some(0.955_882), Some(-0.0625), Some(0.0), None].map(|change| ko.change(&change));
        assert_eq!(changes, ["+95.6 %", "−6.3 %", "+0.0 %", "알 수 없음"]);
        assert_eq!([Some(1.797), Some(0.046), None].map(|n| ko.decimal(&n)), ["1.8", "0.05", "알 수 없음"]);
    }

    #[test]
    fn a_korean_message_gives_an_inserted_noun_its_particle() {
        let said = |noun: &str| Text { lang: Lang::Ko }.say1("frame-search-for", "what", noun.to_owned());
        assert_eq!((said("핵형"), said("로트")), ("핵형을 찾습니다".into(), "로트를 찾습니다".into()));
    }
}
