//! One-time codes: those of an authenticator (RFC 6238: SHA-1, six digits, 30 seconds, one step of tolerance either
//! way) and recovery codes.

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};

/// Who gives out the codes, as authenticators show it.
const ISSUER: &str = "stembank";
/// Recovery codes that a person gets.
pub const RECOVERY_CODES: usize = 10;
/// Letters of recovery codes: those of base 32, which are not taken for one another.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A code by its form.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// Six digits.
    Authenticator(String),
    /// Anything else: a recovery code, without the signs between its groups.
    Recovery(String),
}

/// Tells the two kinds of codes apart; spaces and hyphens do not count.
pub fn read(text: &str) -> Code {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if plain.len() == 6 && plain.bytes().all(|b| b.is_ascii_digit()) {
        Code::Authenticator(plain)
    } else {
        Code::Recovery(plain.to_uppercase())
    }
}

/// A new secret of 160 bits, in base 32.
pub fn new_secret() -> String {
    let bytes: [u8; 20] = rand::random();
    Secret::from(bytes).to_base32()
}

/// The step of a code that is valid now, or was or will be half a minute away.
pub fn step_of(secret: &str, digits: &str, now: DateTime<Utc>) -> Option<i64> {
    let seconds = u64::try_from(now.timestamp()).ok()?;
    let step = authenticator(secret, "")?.check(digits, seconds)?;
    i64::try_from(step).ok()
}

/// The address that authenticators read, often from a picture.
pub fn address(secret: &str, email: &str) -> Option<String> {
    authenticator(secret, email)?.to_url().ok()
}

/// New recovery codes: 80 random bits each, in groups of four.
pub fn recovery_codes() -> [String; RECOVERY_CODES] {
    std::array::from_fn(|_| {
        let bytes: [u8; 16] = rand::random();
        let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
    })
}

fn authenticator(secret: &str, email: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    // A colon would end the name.
    let email = email.replace(':', " ");
    Builder::new().with_secret(secret).with_account_name(email).with_issuer(Some(ISSUER)).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B: the ASCII secret of 20 bytes; the last six of its eight digits.
        let secret = Secret::from(*b"12345678901234567890").to_base32();
        for (seconds, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step_of(&secret, digits, at(seconds)), Some(seconds / 30), "{seconds}");
            assert_eq!(step_of(&secret, digits, at(seconds + 30)), Some(seconds / 30), "one step late");
            assert_eq!(step_of(&secret, digits, at(seconds + 60)), None, "two steps late");
        }
    }

    #[test]
    fn the_two_kinds_of_codes_are_told_apart() {
        assert!(read("123 456") == Code::Authenticator("123456".into()));
        assert!(read("abcd-efgh-2345-6789") == Code::Recovery("ABCDEFGH23456789".into()));
        assert!(read("1234567") == Code::Recovery("1234567".into()));
    }

    #[test]
    fn ten_recovery_codes_differ_and_an_address_has_the_secret() {
        let codes = recovery_codes();
        assert!(codes.iter().all(|code| code.len() == 19));
        assert_eq!(codes.iter().collect::<std::collections::HashSet<_>>().len(), RECOVERY_CODES);
        let secret = new_secret();
        let address = address(&secret, "a@example.org").unwrap();
        assert!(address.starts_with("otpauth://totp/") && address.contains(&format!("secret={secret}")), "{address}");
        assert!(address.contains("issuer=stembank"), "{address}");
    }
}
