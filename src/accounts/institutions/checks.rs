//! What somebody wrote of an institution, checked and brought into the form in which it is kept.

use super::Error;
use super::domains;
use super::ror::RorId;
use crate::accounts::import::SEPARATOR;
use crate::characters::one_line;

/// Characters of a name.
pub const LONGEST_NAME: usize = 300;
/// Characters of a city.
const MOST_CITY: usize = 200;
/// Characters of an address.
const MOST_WEBSITE: usize = 500;
/// Characters of a reason.
const MOST_REASON: usize = 2_000;
/// Domains of one institution.
const MOST_DOMAINS: usize = 50;

/// An English name.
///
/// # Errors
/// Missing or too long.
pub(super) fn name(text: &str) -> Result<String, Error> {
    optional("name", text, LONGEST_NAME)?.ok_or(Error::Required("name"))
}

/// A Korean name; an empty text is none.
///
/// # Errors
/// Too long.
pub(super) fn name_ko(text: &str) -> Result<Option<String>, Error> {
    optional("nameKo", text, LONGEST_NAME)
}

/// A city; an empty text is none.
///
/// # Errors
/// Too long.
pub(super) fn city(text: &str) -> Result<Option<String>, Error> {
    optional("city", text, MOST_CITY)
}

/// A home page; an empty text is none. Readers follow it, so that it can be nothing but an address of the web.
///
/// # Errors
/// No such address, or too long.
pub(in crate::accounts) fn website(text: &str) -> Result<Option<String>, Error> {
    let Some(address) = optional("website", text, MOST_WEBSITE)? else { return Ok(None) };
    let host = ["https://", "http://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    let good = host.is_some_and(|host| host.starts_with(char::is_alphanumeric) && host.contains('.'))
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>\\`".contains(c));
    if good { Ok(Some(address)) } else { Err(Error::BadWebsite(address)) }
}

/// A ROR id; an empty text is none.
///
/// # Errors
/// Not one, or wrong check digits.
pub(super) fn ror_id(text: &str) -> Result<Option<String>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    RorId::parse(text).map(|id| Some(id.into_string())).ok_or_else(|| Error::BadRorId(text.chars().take(100).collect()))
}

/// E-mail domains, as the database keeps them.
///
/// # Errors
/// One that is none, or that anybody may have, or too many.
pub(super) fn domain_list(texts: &[String]) -> Result<String, Error> {
    if texts.len() > MOST_DOMAINS {
        return Err(Error::TooLong { field: "domains", most: MOST_DOMAINS });
    }
    let mut list = vec![];
    for text in texts {
        let domain = domains::checked(text).ok_or_else(|| Error::BadDomain(text.chars().take(100).collect()))?;
        if !list.contains(&domain) {
            list.push(domain);
        }
    }
    Ok(list.join(SEPARATOR))
}

/// A reason that the history keeps.
///
/// # Errors
/// Missing or too long.
pub(super) fn reason(text: &str) -> Result<String, Error> {
    let reason = text.trim();
    match reason.chars().count() {
        0 => Err(Error::Required("reason")),
        1..=MOST_REASON => Ok(reason.to_owned()),
        _ => Err(Error::TooLong { field: "reason", most: MOST_REASON }),
    }
}

fn optional(field: &'static str, text: &str, most: usize) -> Result<Option<String>, Error> {
    let text = one_line(text);
    if text.chars().count() > most {
        return Err(Error::TooLong { field, most });
    }
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_page_is_an_address_of_the_web() {
        for text in ["https://www.snu.ac.kr/en?x=1", "http://한국대.kr"] {
            assert_eq!(website(text).unwrap().as_deref(), Some(text));
        }
        assert_eq!(website("  ").unwrap(), None);
        for text in
            ["javascript:alert(1)", "snu.ac.kr", "https://", "https://a b.kr", "https://a.kr/\"><script>", "ftp://a.kr"]
        {
            assert!(matches!(website(text), Err(Error::BadWebsite(_))), "{text}");
        }
    }

    #[test]
    fn domains_are_kept_once_and_in_one_form() {
        let list = |texts: &[&str]| domain_list(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&["SNU.ac.kr", "snu.ac.kr.", "snuh.org"]).unwrap(), "snu.ac.kr | snuh.org");
        assert!(matches!(list(&["gmail.com"]), Err(Error::BadDomain(text)) if text == "gmail.com"));
        assert_eq!(list(&[]).unwrap(), "");
    }
}
