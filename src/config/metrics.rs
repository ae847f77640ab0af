//! Settings of `/metrics`.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use subtle::ConstantTimeEq;

/// Where figures for Prometheus are served; nowhere by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address of a listener of their own, such as `127.0.0.1:9464`.
    pub listen: Option<SocketAddr>,
    /// What has to be shown for them as `Authorization: Bearer TOKEN`; with it the public listener has them as well.
    pub token: Option<MetricsToken>,
}

impl Metrics {
    /// True if they are served anywhere.
    pub fn are_served(&self) -> bool {
        self.listen.is_some() || self.token.is_some()
    }
}

/// The fewest characters of a token; nobody types it, so nobody needs a short one.
const TOKEN_LENGTH: usize = 16;

/// A token that never shows itself in a log.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MetricsToken(String);

impl MetricsToken {
    /// True if this is the token. How long it takes tells nothing of it.
    pub fn is(&self, given: &str) -> bool {
        let digest = |text: &str| Sha256::digest(text.as_bytes());
        digest(&self.0).as_slice().ct_eq(digest(given).as_slice()).into()
    }
}

impl std::fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsToken(..)")
    }
}

impl TryFrom<String> for MetricsToken {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() >= TOKEN_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(format!("metrics.token: a token has at least {TOKEN_LENGTH} characters of ASCII without spaces"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_fits_as_a_whole_and_is_never_shown() {
        let token = MetricsToken::try_from("a-token-of-this-test".to_owned()).unwrap();
        assert!(token.is("a-token-of-this-test"));
        for other in ["", "a-token-of-this-tes", "a-token-of-this-test ", "A-token-of-this-test"] {
            assert!(!token.is(other), "{other}");
        }
        assert!(!format!("{token:?}").contains("of-this"));
        for bad in ["", "too short", "long enough but with spaces", "길지만 ASCII가 아닌 토큰입니다"] {
            assert!(MetricsToken::try_from(bad.to_owned()).unwrap_err().contains("16 characters"), "{bad}");
        }
    }
}
