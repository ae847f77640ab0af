//! The cookie that carries a session.

use crate::config::{Config, is_this_machine};
use axum::http::Uri;

/// Its name where it travels by HTTPS: the prefix makes browsers refuse it from anywhere but this very host.
const SECURE_NAME: &str = "__Host-stembank_session";
/// Its name on loopback, where there is no HTTPS.
const NAME: &str = "stembank_session";

/// True unless readers reach the bank by plain HTTP on loopback, as in a demonstration.
pub fn is_secure(config: &Config) -> bool {
    let Ok(address) = config.public_url.parse::<Uri>() else { return true };
    !(address.host().is_some_and(is_this_machine) && address.scheme_str() == Some("http"))
}

/// The attribute, with what separates it, that keeps any cookie of the bank off plain HTTP; empty on loopback.
pub fn secure(config: &Config) -> &'static str {
    if is_secure(config) { "; Secure" } else { "" }
}

/// The cookie's name.
pub fn name(config: &Config) -> &'static str {
    if is_secure(config) { SECURE_NAME } else { NAME }
}

/// `Set-Cookie` for a session that was just opened. It has no end of its own: the browser forgets it when it is closed,
/// which matters at the shared machines of a laboratory.
pub fn set(config: &Config, secret: &str) -> String {
    format!("{}={secret}; {}", name(config), attributes(config))
}

/// `Set-Cookie` that makes the browser forget the session.
pub fn clear(config: &Config) -> String {
    format!("{}=; {}; Max-Age=0", name(config), attributes(config))
}

/// The session's secret in a `Cookie` header.
pub fn find<'a>(config: &Config, header: &'a str) -> Option<&'a str> {
    named(name(config), header).filter(|value| !value.is_empty())
}

/// The value of the first cookie of a name in a `Cookie` header.
pub fn named<'a>(name: &str, header: &'a str) -> Option<&'a str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn attributes(config: &Config) -> &'static str {
    if is_secure(config) { "Path=/; HttpOnly; SameSite=Lax; Secure" } else { "Path=/; HttpOnly; SameSite=Lax" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(public_url: &str) -> Config {
        Config { public_url: public_url.into(), ..Config::default() }
    }

    #[test]
    fn only_plain_http_on_loopback_goes_without_secure() {
        for address in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:8080", "http://127.1.2.3"] {
            assert!(!is_secure(&at(address)), "{address}");
        }
        for address in ["https://127.0.0.1", "http://bank.example.org", "https://bank.example.org", "nonsense", ""] {
            assert!(is_secure(&at(address)), "{address}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let (plain, secure) = (at("http://127.0.0.1"), at("https://bank.example.org"));
        let header = "lang=ko; stembank_session=abc; __Host-stembank_session=def";
        assert_eq!((find(&plain, header), find(&secure, header)), (Some("abc"), Some("def")));
        assert_eq!(find(&plain, "stembank_session=; x=y"), None);
        assert_eq!(set(&plain, "abc"), "stembank_session=abc; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(set(&secure, "abc"), "__Host-stembank_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(clear(&plain), "stembank_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
