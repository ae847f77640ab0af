//! Which institutions an e-mail address speaks for. Domains repeat between institutions, so there may be several.

use crate::accounts::email::domain_in_ascii;
use crate::accounts::import::SEPARATOR;

/// Where anybody gets a mailbox: an address there says nothing about where its owner works.
const PUBLIC_PROVIDERS: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "daum.net",
    "dreamwiz.com",
    "empal.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hotmail.co.kr",
    "hotmail.com",
    "icloud.com",
    "kakao.com",
    "korea.com",
    "live.co.kr",
    "live.com",
    "lycos.co.kr",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "nate.com",
    "naver.com",
    "outlook.com",
    "outlook.kr",
    "paran.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "yahoo.co.jp",
    "yahoo.co.kr",
    "yahoo.com",
    "yandex.com",
    "zoho.com",
];

/// Under these anybody, or anybody of a kind, registers a name: no institution is all of one.
const REGISTRIES: &[&str] = &[
    "ac.jp", "ac.kr", "ac.uk", "co.jp", "co.kr", "co.uk", "es.kr", "go.kr", "hs.kr", "kg.kr", "mil.kr", "ms.kr",
    "ne.kr", "or.kr", "pe.kr", "re.kr", "sc.kr",
];

/// A domain as it is kept: in ASCII. `None` if it is none that an institution may have.
pub fn checked(text: &str) -> Option<String> {
    let domain = domain_in_ascii(text)?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
    };
    let good = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label);
    (good && !is_open_to_all(&domain)).then_some(domain)
}

fn is_open_to_all(domain: &str) -> bool {
    let below =
        |provider: &&str| domain.strip_suffix(*provider).is_some_and(|head| head.is_empty() || head.ends_with('.'));
    !domain.contains('.') || REGISTRIES.contains(&domain) || PUBLIC_PROVIDERS.iter().any(below)
}

/// Domains for which an address speaks: its own and those above it, the longest first. None of a public provider, and
/// none that a registry sells names under.
pub fn of_address(email: &str) -> Vec<String> {
    let Some(own) = email.rsplit_once('@').and_then(|(_, domain)| checked(domain)) else { return vec![] };
    let dots = own.match_indices('.').map(|(at, _)| at + 1);
    let above = std::iter::once(0).chain(dots).map(|start| own[start..].to_owned());
    above.filter(|domain| !is_open_to_all(domain)).collect()
}

/// True if an address speaks for an institution with these domains, written as the database keeps them.
pub fn fit(domains: &str, email: &str) -> bool {
    let spoken_for = of_address(email);
    domains.split(SEPARATOR).any(|domain| domain_in_ascii(domain).is_some_and(|domain| spoken_for.contains(&domain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_speaks_for_its_domain_and_those_above() {
        assert_eq!(of_address("a@lab.icee.snu.ac.kr"), ["lab.icee.snu.ac.kr", "icee.snu.ac.kr", "snu.ac.kr"]);
        assert_eq!(of_address("a@SNU.AC.KR"), ["snu.ac.kr"]);
        assert!(fit("snu.ac.kr", "a@snu.ac.kr") && fit("x.kr | snu.ac.kr", "a@med.snu.ac.kr"));
    }

    #[test]
    fn a_look_alike_speaks_for_nobody() {
        for email in
            ["a@evil-snu.ac.kr", "a@snu.ac.kr.evil.com", "a@xsnu.ac.kr", "snu.ac.kr@evil.com", "a@ac.kr", "a@kr", ""]
        {
            assert!(!fit("snu.ac.kr", email), "{email}");
        }
        assert!(!fit("icee.snu.ac.kr", "a@snu.ac.kr"), "the whole does not speak for a part");
        assert!(!fit("", "a@snu.ac.kr") && !fit("%.kr", "a@snu.ac.kr"));
    }

    #[test]
    fn a_public_provider_speaks_for_nobody_even_if_a_record_says_so() {
        for email in ["a@gmail.com", "a@naver.com", "a@mail.naver.com", "a@hanmail.net"] {
            assert!(!fit("gmail.com | naver.com | hanmail.net", email), "{email}");
        }
        assert!(fit("navercorp.com", "a@navercorp.com") && fit("mynaver.com", "a@mynaver.com"));
    }

    #[test]
    fn no_institution_has_a_domain_that_all_may_have() {
        for text in ["ac.kr", "kr", "gmail.com", "a b.kr", "", "-a.kr", "a..kr", "http://snu.ac.kr", "%.snu.ac.kr"] {
            assert_eq!(checked(text), None, "{text}");
        }
        assert_eq!(checked(" SNU.ac.kr. ").as_deref(), Some("snu.ac.kr"));
    }
}
