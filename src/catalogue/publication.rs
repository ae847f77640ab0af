//! Why a held line is not given out, as everybody reads it.

use super::Error;

/// The most characters of a reason, in each language.
pub const LONGEST_REASON: usize = 1_000;

/// Why a line is not given out, as everybody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// English.
    pub en: String,
    /// Korean.
    pub ko: String,
}

impl Reason {
    /// The reason without spaces around it, with words in both languages.
    ///
    /// # Errors
    /// [`Error::NoReason`] or [`Error::ReasonTooLong`], at its field.
    pub fn checked(&self) -> Result<Self, Error> {
        let checked = |field, text: &str| {
            let text = text.trim();
            if text.is_empty() {
                return Err(Error::NoReason { field });
            }
            if text.chars().count() > LONGEST_REASON {
                return Err(Error::ReasonTooLong { field });
            }
            Ok(text.to_owned())
        };
        Ok(Self { en: checked("reasonEn", &self.en)?, ko: checked("reasonKo", &self.ko)? })
    }
}
