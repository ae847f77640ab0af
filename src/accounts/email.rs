//! The form in which an e-mail address is kept and looked for: one mailbox is one account, however it is typed.

use crate::characters::{composed, has_forbidden};
use unicode_normalization::UnicodeNormalization;

/// The longest address (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;
/// The longest local part (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// No mail goes to a domain under these (RFC 6761, RFC 7686 and RFC 6762).
const UNREACHABLE: &[&str] = &["invalid", "local", "localhost", "onion"];

/// An address in the form in which it is kept: in lower case, its domain in ASCII (IDNA, UTS 46) and its local part, where
/// that makes it ASCII, in compatible characters, as a keyboard in full width types them.
///
/// `None` if it is no address, or one that no letter from here can reach.
pub fn normal(text: &str) -> Option<String> {
    let (local, domain) = text.trim().rsplit_once(['@', '\u{ff20}', '\u{fe6b}'])?;
    let local = local_part(local);
    let domain = domain_in_ascii(domain)?;
    let email = format!("{local}@{domain}");
    let fits = email.len() <= LONGEST && local.len() <= LONGEST_LOCAL;
    let is_plain = !has_forbidden(&email) && !local.contains(char::is_whitespace);
    let good = fits && is_plain && is_reachable(&domain) && email.parse::<lettre::Address>().is_ok();
    good.then_some(email)
}

/// A domain as it is kept: in ASCII and in lower case, without a dot at its end. `None` if it is none.
pub fn domain_in_ascii(text: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_strict(text.trim().trim_end_matches('.')).ok()?;
    (!domain.is_empty()).then_some(domain)
}

fn local_part(text: &str) -> String {
    let compatible: String = text.nfkc().flat_map(char::to_lowercase).collect();
    if compatible.is_ascii() { compatible } else { composed(text.to_lowercase()) }
}

fn is_reachable(domain: &str) -> bool {
    let Some((_, top)) = domain.rsplit_once('.') else { return false };
    !UNREACHABLE.contains(&top) && !top.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_address() {
        for (typed, kept) in [
            (" Kim@Example.ORG ", "kim@example.org"),
            ("kim@한국.kr", "kim@xn--3e0b707e.kr"),
            ("kim@XN--3E0B707E.kr", "kim@xn--3e0b707e.kr"),
            ("ｋｉｍ@ｅｘａｍｐｌｅ.org", "kim@example.org"),
            ("ｋｉｍ＠example.org", "kim@example.org"),
            ("kim@example.org.", "kim@example.org"),
        ] {
            assert_eq!(normal(typed).as_deref(), Some(kept), "{typed}");
        }
        let composed = normal("\u{1100}\u{1161}@example.org");
        assert!(composed.is_some() && composed == normal("가@example.org"));
    }

    #[test]
    fn what_no_letter_can_reach_is_none() {
        for text in [
            "",
            "@",
            "kim",
            "kim@",
            "@example.org",
            "kim@localhost",
            "kim@printer.local",
            "kim@made-up.invalid",
            "kim@[127.0.0.1]",
            "kim@127.0.0.1",
            "a b@example.org",
            "a\nb@example.org",
            "kim@exa mple.org",
            "kim@-a.org",
            "kim@a..org",
            "kim@example.org\nbcc: x@example.org",
            "a\0@example.org",
        ] {
            assert_eq!(normal(text), None, "{text:?}");
        }
        assert_eq!(normal(&format!("{}@example.org", "x".repeat(65))), None);
        assert_eq!(normal(&format!("x@{}.org", "y.".repeat(130))), None);
    }
}
