//! What the columns of a ROR record mean for the bank.

use crate::accounts::institutions::website;
use crate::import::{Flaw, Row};

/// The home page of a row; of several the first.
pub(super) fn first_website(row: &Row) -> Result<Option<String>, Flaw> {
    let first = row.list("website").into_iter().next().unwrap_or_default();
    website(&first).map_err(|_| Flaw::bad_field("website", &first))
}

/// ROR's types of organizations (ROR schema 2.1).
const ROR_TYPES: [&str; 9] =
    ["archive", "company", "education", "facility", "funder", "government", "healthcare", "nonprofit", "other"];

/// The types of a row, in whatever case and between whichever separators; an unknown one is refused.
pub(super) fn ror_types(row: &Row) -> Result<Vec<String>, Flaw> {
    let parts = row.get("types").split(['|', ';', ',']).map(|part| part.trim().to_ascii_lowercase());
    let types: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    match types.iter().find(|one| !ROR_TYPES.contains(&one.as_str())) {
        Some(unknown) => Err(Flaw::bad_field("types", unknown)),
        None => Ok(types),
    }
}

/// The bank's type of an institution from ROR's types: the first that fits counts.
pub fn institution_type(ror_types: &[String]) -> &'static str {
    let is = |name: &str| ror_types.iter().any(|ror_type| ror_type.eq_ignore_ascii_case(name));
    match () {
        () if is("education") => "university",
        () if is("healthcare") => "hospital",
        () if is("company") => "company",
        () if is("government") => "government",
        () => "institute",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_type_that_fits_counts() {
        let types = |text: &str| institution_type(&text.split(" | ").map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(types("funder | education"), "university");
        assert_eq!(types("healthcare | education"), "university");
        assert_eq!(types("company | healthcare"), "hospital");
        assert_eq!(types("government | company"), "company");
        assert_eq!(types("funder | government"), "government");
        assert_eq!(types("facility"), "institute");
        assert_eq!(types(""), "institute");
    }
}
