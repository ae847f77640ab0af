//! Which page made the browser send a form: only our own ones may.

use crate::config::Config;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Uri};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A page of this service.
    Own,
    /// A page of somebody else.
    Foreign,
    /// Nothing: no browser of the last years; a form is not taken from it.
    Untold,
}

impl Origin {
    /// Reads `Sec-Fetch-Site`, which a page cannot forge; without it `Origin`.
    pub fn of(config: &Config, headers: &HeaderMap) -> Self {
        match text(headers, &FETCH_SITE) {
            Some("same-origin" | "none") => return Self::Own,
            Some(_) => return Self::Foreign,
            None => {}
        }
        let Some(origin) = text(headers, &ORIGIN) else { return Self::Untold };
        let place =
            |address: &str| address.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
        let place_of_form = place(origin);
        let is_ours = place_of_form.is_some()
            && (place_of_form == place(&config.public_url) || place_of_form.as_deref() == text(headers, &HOST));
        if is_ours { Self::Own } else { Self::Foreign }
    }
}

/// A header as text; `None` if it is absent or no text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_send_forms() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            Origin::of(&Config { public_url: "https://bank.example.org".into(), ..Config::default() }, &headers)
        };
        assert_eq!(of(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")]), Origin::Own);
        assert_eq!(of(&[("sec-fetch-site", "cross-site"), ("origin", "https://bank.example.org")]), Origin::Foreign);
        assert_eq!(of(&[("sec-fetch-site", "same-site")]), Origin::Foreign);
        assert_eq!(of(&[("origin", "https://bank.example.org")]), Origin::Own);
        assert_eq!(of(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]), Origin::Own);
        assert_eq!(of(&[("origin", "null"), ("host", "127.0.0.1:8080")]), Origin::Foreign);
        assert_eq!(of(&[("host", "127.0.0.1:8080")]), Origin::Untold);
    }
}
