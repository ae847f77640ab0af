//! Rules of the catalogue that need no database.

use super::model::cell_line::PublicationStatus;

/// The five-year band of an age as Cellosaurus writes it: `38Y` is `35-39`, `6M` is `0-4`, a span of years is the bands
/// that it touches (`35-39Y` is `35-39`, `30-40Y` is `30-44`), weeks of a pregnancy (`22FW`) are `Fetus`; words such as
/// `Adult` stay. A held line shows this and never the age (hPSCreg's bands).
pub fn age_band(age: &str) -> String {
    let age = age.trim().trim_start_matches(['>', '<', '=', '~']);
    let is_digit = |c: char| c.is_ascii_digit();
    if !age.contains(is_digit) {
        return age.to_owned();
    }
    if age.trim_start_matches(|c: char| is_digit(c) || c == '-').to_ascii_uppercase().starts_with("FW") {
        return "Fetus".to_owned();
    }
    let span = match age.split_once(['-', '\u{2013}']) {
        // The first of two numbers may leave its unit to the second.
        Some((from, to)) => {
            years(to).zip(years(from).or_else(|| from.trim().parse().ok())).map(|(to, from)| (from, to))
        }
        None => years(age).map(|age| (age, age)),
    };
    match span {
        Some((from, to)) if from <= to => format!("{}-{}", from / 5 * 5, to / 5 * 5 + 4),
        _ => String::from("unknown"),
    }
}

/// The whole years of an age with its unit.
fn years(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u32 = text[..digits].parse().ok()?;
    match text[digits..].trim_start().chars().next()?.to_ascii_uppercase() {
        'Y' => Some(number),
        'M' => Some(number / 12),
        'W' => Some(number / 52),
        'D' => Some(number / 365),
        _ => None,
    }
}

/// Topics of Cellosaurus's remarks (`CC`) that are about the line and not about who gave it.
const TOPICS_OF_LINES: &[&str] = &[
    "Anecdotal",
    "Biotechnology",
    "Caution",
    "Cell type",
    "Characteristics",
    "Derived from sampling site",
    "Derived from site",
    "Disease (label only in the source)",
    "Discontinued",
    "Donor BioSample",
    "Doubling time",
    "From",
    "Genetic integration",
    "Group",
    "Karyotypic information",
    "Knockout cell",
    "Microsatellite instability",
    "Miscellaneous",
    "Misspelling",
    "Monoclonal antibody isotype",
    "Monoclonal antibody target",
    "Omics",
    "Part of",
    "Population",
    "Problematic cell line",
    "Registration",
    "Selected for resistance to",
    "Senescence",
    "Sequence variation",
    "Transfected with",
    "Transformant",
    "Virology",
];
/// Words of a remark that tell of a person: age, birth, death, where they lived, their family.
const TELLS_OF_A_PERSON: &[&str] = &[
    "aged ",
    "born",
    "birth",
    "died",
    "family history",
    "father",
    "hometown",
    "hospital record",
    "initials",
    "lived in",
    "lives in",
    "mother",
    "occupation",
    "resid",
    "sibling",
    "거주",
    "나이",
    "사망",
    "생년",
    "주소",
    "출생",
];

/// True for a remark in Cellosaurus's words that is about the donor, which a held line keeps to itself: alleles, age,
/// birth, residence, and any topic that is not known to be about the line alone.
pub fn is_about_donor(comment: &str) -> bool {
    let topic = comment.split_once(':').map(|(topic, _)| topic.trim());
    let is_of_line = topic.is_some_and(|topic| TOPICS_OF_LINES.contains(&topic));
    !is_of_line || tells_of_a_person(comment)
}

/// True for words that tell of a person.
pub fn tells_of_a_person(text: &str) -> bool {
    let text = text.to_lowercase();
    let has_age = text.match_indices(|c: char| c.is_ascii_digit()).any(|(at, _)| {
        let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['-', ' ']);
        let units = ["year old", "year-old", "years old", "month old", "month-old", "months old", "yo ", "y/o", "세"];
        units.iter().any(|unit| rest.starts_with(unit))
    });
    has_age || TELLS_OF_A_PERSON.iter().any(|word| text.contains(word))
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
        for (age, band) in [
            ("35-39Y", "35-39"),
            ("35Y-39Y", "35-39"),
            ("30-40Y", "30-44"),
            ("18M", "0-4"),
            ("70M", "5-9"),
            ("6W", "0-4"),
            ("22FW", "Fetus"),
            ("20-22FW", "Fetus"),
            ("<1D", "0-4"),
            ("40-30Y", "unknown"),
            ("1988-05-03", "unknown"),
            ("38", "unknown"),
        ] {
            assert_eq!(age_band(age), band, "{age}");
        }
    }

    #[test]
    fn a_remark_about_the_donor_is_known_by_its_topic_and_its_words() {
        for about_donor in [
            "HLA typing: A*02:01",
            "STR profile: 1",
            "Donor information: A made-up remark.",
            "Characteristics: Taken from a 38 year old woman.",
            "Miscellaneous: The donor was born in 1988 and lives in Seoul.",
            "Characteristics: 38세 여성에게서 얻음.",
            "A topic of its own: 38",
            "No topic at all",
        ] {
            assert!(is_about_donor(about_donor), "{about_donor}");
        }
        for about_line in [
            "Cell type: Fibroblast of skin; CL=CL_0002553.",
            "Characteristics: Reprogrammed with Sendai virus.",
            "Population: Korean.",
            "Doubling time: ~30 hours.",
        ] {
            assert!(!is_about_donor(about_line), "{about_line}");
        }
    }

    #[test]
    fn an_rrid_has_its_form() {
        assert!(is_rrid("CVCL_IT62"));
        assert!(!is_rrid("CVCL_it62"));
        assert!(!is_rrid("CVCL_1"));
    }
}
