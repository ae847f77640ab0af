//! Rules of the catalogue that need no database.

use super::model::cell_line::PublicationStatus;

/// The five-year band of an age as Cellosaurus writes it: `38Y` is `35-39`, `6M` is `0-4`; words such as `Adult` and
/// `Fetus` stay. A held line shows this and never the age (hPSCreg's bands).
pub fn age_band(age: &str) -> String {
    let years = |text: &str| -> Option<u32> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let number: u32 = digits.parse().ok()?;
        match text[digits.len()..].chars().next() {
            Some('Y') => Some(number),
            Some('M' | 'W' | 'D' | 'F') => Some(0),
            _ => None,
        }
    };
    match years(age.trim_start_matches(['>', '<', '='])) {
        Some(y) => format!("{}-{}", y / 5 * 5, y / 5 * 5 + 4),
        None if age.chars().any(|c| c.is_ascii_digit()) => String::from("unknown"),
        None => age.to_owned(),
    }
}

/// True for a remark in Cellosaurus's words that has alleles of the donor, which a held line keeps to itself.
pub fn shows_alleles(comment: &str) -> bool {
    ["HLA typing:", "STR profile:"].iter().any(|topic| comment.starts_with(topic))
}

/// `CVCL_` and at least four capitals or digits.
pub fn is_rrid(text: &str) -> bool {
    text.strip_prefix("CVCL_")
        .is_some_and(|rest| rest.len() >= 4 && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()))
}

impl PublicationStatus {
    /// Which status follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 5] = [
        (Self::Draft, Self::Published),
        (Self::Published, Self::Suspended),
        (Self::Published, Self::Withdrawn),
        (Self::Suspended, Self::Published),
        (Self::Suspended, Self::Withdrawn),
    ];
}

/// Whether the publication of a line may change so. What was withdrawn stays withdrawn; a draft was never public and
/// has nothing to suspend.
pub fn may_become(from: PublicationStatus, to: PublicationStatus) -> bool {
    PublicationStatus::TRANSITIONS.contains(&(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withdrawn_line_stays_withdrawn_and_a_suspended_one_comes_back() {
        use PublicationStatus::{Draft, Published, Suspended, Withdrawn};
        for to in [Draft, Published, Suspended, Withdrawn] {
            assert!(!may_become(Withdrawn, to), "{to:?}");
            assert!(!may_become(to, Draft), "{to:?}");
            assert!(!may_become(to, to), "{to:?}");
        }
        assert!(may_become(Suspended, Published) && may_become(Suspended, Withdrawn));
        assert!(may_become(Draft, Published) && !may_become(Draft, Suspended) && !may_become(Draft, Withdrawn));
    }

    #[test]
    fn an_age_becomes_a_band_and_never_comes_through() {
        assert_eq!(age_band("38Y"), "35-39");
        assert_eq!(age_band("40Y"), "40-44");
        assert_eq!(age_band(">60Y"), "60-64");
        assert_eq!(age_band("6M"), "0-4");
        assert_eq!(age_band("1Y5M"), "0-4");
        assert_eq!(age_band("Adult"), "Adult");
        assert_eq!(age_band("born 1988"), "unknown");
    }

    #[test]
    fn an_rrid_has_its_form() {
        assert!(is_rrid("CVCL_IT62"));
        assert!(!is_rrid("CVCL_it62"));
        assert!(!is_rrid("CVCL_1"));
    }
}
