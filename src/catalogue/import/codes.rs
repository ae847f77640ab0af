//! Codes and names of diseases, in the one spelling by which records find them.

use crate::search_words;

/// Bytes of a key: an index takes no more than some two thousand.
const LONGEST: usize = 1_000;

/// The key of a code: prefix and number in upper case, `ORPHANET:258` for `Orphanet_258`, `ORDO; Orphanet_258` and
/// `Orphanet:258` alike. `None` if there is no number, or one of more than [`LONGEST`] bytes.
///
/// `vocabulary` is what the record names beside the code; it counts where the code has no prefix of its own.
pub fn key(vocabulary: &str, code: &str) -> Option<String> {
    let code = code.trim();
    let own = code.split_once([':', '_']).filter(|(prefix, _)| prefix.chars().any(char::is_alphabetic));
    let (prefix, number) = own.unwrap_or((vocabulary, code));
    let (prefix, number) = (prefix.trim().to_uppercase(), number.trim().to_uppercase());
    let series = number.strip_prefix("PS").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let (prefix, number) = match prefix.as_str() {
        "ORPHANET" | "ORDO" | "ORPHA" => ("ORPHANET", number.as_str()),
        "OMIM" | "MIM" => series.map_or(("OMIM", number.as_str()), |series| ("OMIMPS", series)),
        "NCIT" | "NCI" => ("NCIT", number.as_str()),
        "ICD10CM" | "ICD-10-CM" => ("ICD10CM", number.as_str()),
        "ICD11" | "ICD-11" | "ICD11.FOUNDATION" => ("ICD11", number.as_str()),
        other => (other, number.as_str()),
    };
    let key = format!("{prefix}:{number}");
    (!prefix.is_empty() && !number.is_empty() && key.len() <= LONGEST).then_some(key)
}

/// The key of a name or synonym; `None` for a name without letters or digits, or with too many.
pub fn name_key(name: &str) -> Option<String> {
    let compact = Some(search_words::compact(name)).filter(|compact| (1..=LONGEST).contains(&compact.len()));
    compact.map(|compact| format!("NAME:{compact}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_separator_do_not_matter() {
        for (vocabulary, code) in
            [("ORDO", "Orphanet_258"), ("", "Orphanet:258"), ("ORDO", "258"), ("Orphanet", "ORPHA:258")]
        {
            assert_eq!(key(vocabulary, code).as_deref(), Some("ORPHANET:258"));
        }
        assert_eq!(key("NCIt", "C4878").as_deref(), Some("NCIT:C4878"));
        assert_eq!(key("", "NCIT:C4878").as_deref(), Some("NCIT:C4878"));
        assert_eq!(key("MONDO", "MONDO:0010526").as_deref(), Some("MONDO:0010526"));
        assert_eq!(key("", "mesh:D020388").as_deref(), Some("MESH:D020388"));
        assert_eq!(key("MIM", "310200").as_deref(), Some("OMIM:310200"));
        assert_eq!(key("OMIM", "PS166200").as_deref(), Some("OMIMPS:166200"));
        assert_eq!(key("", "OMIMPS:166200").as_deref(), Some("OMIMPS:166200"));
        assert_eq!(key("", "icd11.foundation:1479561744").as_deref(), Some("ICD11:1479561744"));
        assert_eq!(key("ORDO", ""), None);
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        assert_eq!(name_key("Becker's muscular-dystrophy").as_deref(), Some("NAME:beckersmusculardystrophy"));
        assert_eq!(name_key("?"), None);
    }
}
