//! ROR ids: what identifies an institution everywhere (https://ror.readme.io/docs/identifier).

/// A ROR id whose check digits are right, in its full form `https://ror.org/` and nine characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RorId(String);

/// Crockford's base 32, in the order of the values: digits and letters without i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl RorId {
    /// Reads an id, alone or as an address: a zero, six characters of Crockford's base 32, two digits that check them
    /// (ISO/IEC 7064, MOD 97-10). `None` if it is none or the digits are wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.trim().trim_end_matches('/').rsplit('/').next()?.to_ascii_lowercase();
        let inner = id.strip_prefix('0').filter(|_| id.len() == 9 && id.is_ascii())?;
        let (number, check) = inner.split_at(6);
        let value = number.bytes().try_fold(0_u64, |value, byte| {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            Some(value * 32 + u64::try_from(digit).ok()?)
        })?;
        let check: u64 = check.parse().ok().filter(|_| check.bytes().all(|b| b.is_ascii_digit()))?;
        // Not merely congruent: of 01 and 98, which leave the same rest, only 98 is ever given out.
        (check == 98 - value * 100 % 97).then(|| Self(format!("https://ror.org/{id}")))
    }

    /// The full form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full form, as a text of its own.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ror_id_has_one_form() {
        for text in ["https://ror.org/04677dp78", "04677DP78", " https://ror.org/04677dp78/ "] {
            assert_eq!(RorId::parse(text).unwrap().as_str(), "https://ror.org/04677dp78", "{text}");
        }
        for text in ["https://ror.org/04677dp7", "https://ror.org/0467idp78", "14677dp78", "04677dp7+", "가나다", ""]
        {
            assert_eq!(RorId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn wrong_check_digits_are_no_id() {
        for text in ["04677dp79", "04677dp87", "04677dq78", "04677pd78", "04h9pn543"] {
            assert_eq!(RorId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_id_of_the_table_is_one() {
        let table = include_str!("../../../data/kr_institutions_ror.csv");
        let ids: Vec<&str> = table.lines().filter(|line| line.starts_with("https://ror.org/")).collect();
        assert_eq!(ids.len(), 767);
        for line in ids {
            let id = line.split(',').next().unwrap();
            assert_eq!(RorId::parse(id).unwrap().as_str(), id);
        }
    }
}
