//! The two languages in which the bank speaks.

/// A language a reader chose, or that was guessed for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Korean.
    Ko,
    /// English; the fallback where nothing is known of the reader.
    #[default]
    En,
}

impl Lang {
    /// Reads `ko`, `en` or a longer tag such as `ko-KR`; anything else is unknown.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.trim().to_ascii_lowercase().as_str() {
            "ko" => Some(Self::Ko),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header that the bank speaks, by its weights.
    pub fn from_accept(header: &str) -> Option<Self> {
        let mut wishes: Vec<(f32, Self)> = header
            .split(',')
            .filter_map(|wish| {
                let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
                let weight: f32 = weight.trim().parse().ok()?;
                (weight > 0.0).then_some((weight, Self::from_tag(tag.trim())?))
            })
            .collect();
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
        wishes.first().map(|wish| wish.1)
    }

    /// The language of a request over HTTP: by `lang=` of its query, then of its cookies, then by `Accept-Language`.
    pub fn from_request(query: Option<&str>, cookies: Option<&str>, accept: Option<&str>) -> Option<Self> {
        let named = |text: Option<&str>, between: char| {
            let tag = text?.split(between).find_map(|part| part.trim().strip_prefix("lang="))?;
            Self::from_tag(tag)
        };
        named(query, '&').or_else(|| named(cookies, ';')).or_else(|| accept.and_then(Self::from_accept))
    }

    /// `ko` or `en`, as stored and as sent.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// Chooses between two wordings of the same sentence.
    pub fn pick<T>(self, en: T, ko: T) -> T {
        match self {
            Self::En => en,
            Self::Ko => ko,
        }
    }
}

/// A Korean noun with the particle that fits its last sound: `particle("로트", "을", "를")` is `로트를`.
///
/// Digits are read as Sino-Korean numbers and Latin letters by their Korean names; whatever else ends the word takes
/// the form without a final consonant.
pub fn particle(noun: &str, after_consonant: &str, after_vowel: &str) -> String {
    let last = noun.chars().rev().find(|c| c.is_alphanumeric());
    // Before 로 the sound ㄹ counts as open: 서울로, but 부산으로.
    let is_open_rieul = after_consonant == "으로"
        && match last {
            Some(c @ '가'..='힣') => (c as u32 - '가' as u32) % 28 == 8,
            Some(c) => matches!(c.to_ascii_lowercase(), '1' | '7' | '8' | 'l' | 'r'),
            None => false,
        };
    let closed = !is_open_rieul
        && match last {
            Some(c @ '가'..='힣') => !(c as u32 - '가' as u32).is_multiple_of(28),
            Some(c) => matches!(c.to_ascii_lowercase(), '0' | '1' | '3' | '6' | '7' | '8' | 'l' | 'm' | 'n' | 'r'),
            None => false,
        };
    format!("{noun}{}", if closed { after_consonant } else { after_vowel })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_follow_the_last_sound() {
        assert_eq!(particle("로트", "을", "를"), "로트를");
        assert_eq!(particle("신청", "을", "를"), "신청을");
        assert_eq!(particle("DEMO-0001", "은", "는"), "DEMO-0001은");
        assert_eq!(particle("DEMO-0002", "은", "는"), "DEMO-0002는");
        assert_eq!(particle("KSCBi001-A", "이", "가"), "KSCBi001-A가");
        assert_eq!(particle("RTT (레트)", "이", "가"), "RTT (레트)가");
        let to = |noun| particle(noun, "으로", "로");
        assert_eq!(
            [to("서울"), to("부산"), to("대구"), to("BRCA1"), to("KCNQ3")],
            ["서울로", "부산으로", "대구로", "BRCA1로", "KCNQ3으로"]
        );
    }

    #[test]
    fn the_readers_language_is_the_heaviest_that_the_bank_speaks() {
        assert_eq!(Lang::from_accept("fr, en;q=0.5, ko;q=0.8"), Some(Lang::Ko));
        assert_eq!(Lang::from_accept("en-GB,en;q=0.9"), Some(Lang::En));
        assert_eq!(Lang::from_accept("ko;q=0, fr"), None);
    }
}
