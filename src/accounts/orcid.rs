//! ORCID iDs: what identifies a researcher everywhere. An iD counts only once its owner signed in by it.

use super::institutions::Error;
use crate::accounts::model::person;
use crate::accounts::queries;
use crate::db::Transaction;
use crate::error::or_taken;
use crate::id::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, Set, Unchanged};
use std::fmt;

/// Digits of an iD, the check character included.
const LENGTH: usize = 16;

/// An ORCID iD whose check character is right, such as `0000-0002-1825-0097`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Orcid(String);

impl Orcid {
    /// Reads an iD with or without hyphens, or as its address `https://orcid.org/...`; `None` if it is none, or if its
    /// check character (ISO/IEC 7064, MOD 11-2) is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = ["https://orcid.org/", "http://orcid.org/"].iter().find_map(|start| text.strip_prefix(start));
        let digits: Vec<u8> =
            bare.unwrap_or(text).bytes().filter(|b| *b != b'-').map(|b| b.to_ascii_uppercase()).collect();
        let (check, number) = digits.split_last().filter(|_| digits.len() == LENGTH)?;
        if !number.iter().all(u8::is_ascii_digit) || *check != check_character(number) {
            return None;
        }
        let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().map(|b| char::from(*b)).collect()).collect();
        Some(Self(groups.join("-")))
    }

    /// Sixteen characters in four groups.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Orcid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The check character of a number of ASCII digits; `X` stands for ten.
fn check_character(number: &[u8]) -> u8 {
    let total = number.iter().fold(0_u32, |total, digit| (total + u32::from(digit - b'0')) * 2 % 11);
    match (12 - total) % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).unwrap_or_default(),
    }
}

/// A step: the person proved just now, by signing in at ORCID, that the iD is theirs.
///
/// # Errors
/// [`Error::OrcidTaken`] if it is somebody else's here, or those of the database.
pub async fn authenticated(tx: &Transaction, person: PersonId, orcid: &Orcid, at: DateTime<Utc>) -> Result<(), Error> {
    use person::{ActiveModel, Entity};
    if queries::is_orcid_of_another(&**tx, orcid, person).await? {
        return Err(Error::OrcidTaken);
    }
    let proved = ActiveModel {
        id: Unchanged(person),
        orcid: Set(Some(orcid.as_str().into())),
        orcid_authenticated_at: Set(Some(at)),
        ..Default::default()
    };
    let written = Entity::update(proved).exec_without_returning(&**tx).await;
    written.map(drop).map_err(|error| or_taken(error, || Error::OrcidTaken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form_and_a_right_check_character() {
        for text in [
            "0000-0002-1825-0097",
            "https://orcid.org/0000-0002-1825-0097",
            " 0000000218250097 ",
            "http://orcid.org/0000-0002-1825-0097",
        ] {
            assert_eq!(Orcid::parse(text).unwrap().as_str(), "0000-0002-1825-0097", "{text}");
        }
        assert_eq!(Orcid::parse("0000-0002-1694-233x").unwrap().to_string(), "0000-0002-1694-233X");
        for text in
            ["0000-0002-1825-0098", "0000-0002-1825-009X", "0000-0002-1825-009", "X000-0002-1825-0097", "", "가"]
        {
            assert_eq!(Orcid::parse(text), None, "{text}");
        }
    }

    #[test]
    fn no_digit_can_be_changed_unnoticed() {
        let good = "0000000218250097";
        for place in 0..LENGTH {
            for digit in '0'..='9' {
                let changed: String =
                    good.chars().enumerate().map(|(i, c)| if i == place { digit } else { c }).collect();
                assert_eq!(Orcid::parse(&changed).is_some(), changed == good, "{changed}");
            }
        }
    }
}
