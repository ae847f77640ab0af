//! Keys of the history's seals.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde::Deserialize;

/// Secret keys of the history's seals; never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AuditKeys(Vec<Vec<u8>>);

/// The fewest bytes of a key, as many as its hash has.
pub const AUDIT_KEY_BYTES: usize = 32;

impl AuditKeys {
    /// The keys, the one that seals first; at least one.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

impl std::fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditKeys({} hidden)", self.0.len())
    }
}

impl TryFrom<String> for AuditKeys {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let keys: Option<Vec<_>> = text.split(',').map(|key| key_bytes(key.trim())).collect();
        keys.filter(|keys| keys.iter().all(|key| key.len() >= AUDIT_KEY_BYTES)).map(Self).ok_or_else(|| {
            format!(
                "audit_key: a key is at least {AUDIT_KEY_BYTES} bytes in hexadecimal or base64, several with commas"
            )
        })
    }
}

/// What is all hexadecimal digits is hexadecimal, the rest base64.
fn key_bytes(text: &str) -> Option<Vec<u8>> {
    if text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect();
    }
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|alphabet| alphabet.decode(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hexadecimal_or_base64_and_long_enough_and_never_shown() {
        let hex = "00ff".repeat(16);
        let keys = AuditKeys::try_from(format!("{hex}, {}", STANDARD.encode([7; 40]))).unwrap();
        let lengths: Vec<_> = keys.keys().map(<[u8]>::len).collect();
        assert_eq!(lengths, [32, 40]);
        assert_eq!(keys.keys().next().unwrap()[..2], [0, 255]);
        assert!(!format!("{keys:?}").contains("255"));
        for bad in ["", "00ff", "not a key at all, whatever one does", &hex[2..]] {
            assert!(AuditKeys::try_from(bad.to_owned()).unwrap_err().contains("32 bytes"), "{bad}");
        }
    }
}
