//! Passwords and tokens: how secrets become what is stored.

use super::{Error, password_policy};
use crate::config::Argon2Cost;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// Characters a password has at least.
pub const MIN_PASSWORD: usize = 12;
/// Characters a password has at most; longer ones would only cost time.
pub const MAX_PASSWORD: usize = 256;
/// Every token begins so, and leaked ones can be searched for.
const TOKEN_PREFIX: &str = "stembank_";

/// A password that never shows itself in a log.
#[derive(Clone)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Looks at a password that a person chose; `own` is their e-mail and their name.
///
/// # Errors
/// [`Error::BadPassword`] for its length, [`Error::ObviousPassword`] if anybody would try it.
pub fn check(password: &Password, own: &[&str]) -> Result<(), Error> {
    check_length(password)?;
    if password_policy::is_guessable(&password.0, own) { Err(Error::ObviousPassword) } else { Ok(()) }
}

fn check_length(password: &Password) -> Result<(), Error> {
    let fits = (MIN_PASSWORD..=MAX_PASSWORD).contains(&password.0.chars().count());
    if fits { Ok(()) } else { Err(Error::BadPassword) }
}

/// Hashes a new password with Argon2id, off the async threads.
///
/// # Errors
/// [`Error::BadPassword`] for a length outside [`MIN_PASSWORD`] to [`MAX_PASSWORD`].
pub async fn hash(password: Password, cost: Argon2Cost) -> Result<String, Error> {
    check_length(&password)?;
    rehash(password, cost).await
}

/// The bytes that are hashed: composed (NFC), because one keyboard sends Hangul in syllables and another in parts.
fn bytes(password: &Password) -> Vec<u8> {
    password.0.nfc().collect::<String>().into_bytes()
}

/// Hashes a password that was accepted before.
///
/// # Errors
/// A cost that Argon2 does not know.
pub async fn rehash(password: Password, cost: Argon2Cost) -> Result<String, Error> {
    let work = move || {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|_| argon2::password_hash::Error::ParamsInvalid)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password(&bytes(&password)).map(|hash| hash.to_string())
    };
    off_the_async_threads(work).await.unwrap_or(Err(argon2::password_hash::Error::Internal)).map_err(Error::Hashing)
}

/// True if a hash was made at this cost.
pub fn is_of_cost(hash: &str, cost: Argon2Cost) -> bool {
    let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
    params.is_some_and(|params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) == (cost.memory_kib, cost.passes, cost.lanes)
    })
}

/// Does work that fills a core and its memory, no more of it at once than there are cores: otherwise a burst of
/// sign-ins would take as much memory as it has people.
async fn off_the_async_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    static CORES: LazyLock<Semaphore> =
        LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));
    let _turn = CORES.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

/// True if the password is the one behind the hash. Without a hash it works as long and answers no, so that the time
/// does not tell whether there is an account.
pub async fn verify(password: Password, hash: Option<String>, cost: Argon2Cost) -> Result<bool, Error> {
    let Some(hash) = hash else {
        // Whatever its length: a refusal here would tell that there is no account.
        rehash(password, cost).await?;
        return Ok(false);
    };
    let work = move || {
        let parsed = PasswordHash::new(&hash).ok();
        parsed.is_some_and(|hash| Argon2::default().verify_password(&bytes(&password), &hash).is_ok())
    };
    Ok(off_the_async_threads(work).await.unwrap_or(false))
}

/// A new secret of 256 random bits, for a cookie or a link. Shown once, kept nowhere.
pub fn new_secret() -> String {
    let secret: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(secret)
}

/// A new token: 256 random bits behind a prefix. Shown once, kept nowhere.
pub fn new_token() -> String {
    format!("{TOKEN_PREFIX}{}", new_secret())
}

/// What is stored of a token. It is random enough that one round of SHA-256 suffices.
pub fn token_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

/// SHA-256 in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Argon2Cost = Argon2Cost { memory_kib: 8, passes: 1, lanes: 1 };

    #[tokio::test]
    async fn a_password_is_recognised_and_another_is_not() {
        let hash = hash(Password("correct horse battery".into()), CHEAP).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(Password("correct horse battery".into()), Some(hash.clone()), CHEAP).await.unwrap());
        assert!(!verify(Password("correct horse batterz".into()), Some(hash), CHEAP).await.unwrap());
        assert!(!verify(Password("no account, same work".into()), None, CHEAP).await.unwrap());
    }

    #[tokio::test]
    async fn hangul_in_parts_is_the_same_password() {
        let syllables = Password("파이펫 네 개가 노래한다".into());
        let parts = Password(syllables.0.nfd().collect());
        assert_ne!(syllables.0, parts.0);
        let hash = hash(syllables, CHEAP).await.unwrap();
        assert!(verify(parts, Some(hash), CHEAP).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_tells_its_cost() {
        let hash = rehash(Password("short".into()), CHEAP).await.unwrap();
        assert!(is_of_cost(&hash, CHEAP));
        assert!(!is_of_cost(&hash, Argon2Cost { passes: 2, ..CHEAP }));
        assert!(!is_of_cost("no hash", CHEAP));
    }

    #[tokio::test]
    async fn a_short_password_is_refused() {
        assert!(matches!(hash(Password("short".into()), CHEAP).await, Err(Error::BadPassword)));
    }

    #[test]
    fn a_hash_is_that_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(b""), empty);
    }
}
