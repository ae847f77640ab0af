//! Forms: what was posted, checked to come from a page of ours, and what was wrong with it, told at its field.

use super::Web;
use super::origin::Origin;
use super::page_error::PageError;
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::passwords::{new_secret, sha256_hex};
use crate::characters::without_forbidden;
use crate::error::{DomainError, Kind, log_violation};
use crate::idempotency::Key;
use crate::telemetry::{Refusal, refused, refused_by};
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::{self, DeserializeOwned, IntoDeserializer};

/// Name of the field that shows that a page of ours made the form.
pub const TOKEN: &str = "form_token";
/// Name of the field by which a form is known again.
pub const ONCE: &str = "once";
/// A mark that is longer is none of ours.
const ONCE_LENGTH: usize = 64;

/// A mark for a form that is written out now.
pub fn once() -> String {
    new_secret()
}

/// The fields of a form, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormData(Vec<(String, String)>);

impl FormData {
    /// Fields in their order, for a page that is shown without having been posted.
    pub fn of(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The first value of a field; empty if it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|field| field.0 == name).map_or("", |field| field.1.as_str())
    }

    /// The trimmed value of a field that is not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.0 == name).map(|field| field.1.as_str())
    }

    /// True if the field is there at all: a ticked box.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|field| field.0 == name)
    }

    /// All fields in their order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.0
    }

    /// The key under which what the form creates is kept: sent twice, by an impatient finger or by loading again, it
    /// creates one thing. With other words in it, after going back, it is another form.
    pub fn key(&self) -> Option<Key> {
        let once = self.filled(ONCE).filter(|mark| mark.len() <= ONCE_LENGTH)?;
        let typed: Vec<_> = self.0.iter().filter(|(name, _)| name != TOKEN).collect();
        let input_hash = sha256_hex(serde_urlencoded::to_string(typed).ok()?.as_bytes());
        Some(Key { key: format!("{once} {input_hash}"), input_hash })
    }

    /// The visitor, if signed in; else the form is kept in the page that asks to sign in again.
    ///
    /// # Errors
    /// [`PageError::SessionEnded`] with everything that was typed.
    pub fn require_sign_in(&self, v: &Visitor) -> Result<(), PageError> {
        if v.actor.is_anonymous() { Err(PageError::SessionEnded(self.0.clone())) } else { Ok(()) }
    }
}

impl FromRequest<Web> for FormData {
    type Rejection = PageError;

    async fn from_request(request: Request, web: &Web) -> Result<Self, PageError> {
        let visitor = request.extensions().get::<Visitor>().cloned().ok_or(PageError::Internal)?;
        let most = web.app.config.max_body_bytes;
        let body = to_bytes(request.into_body(), most).await.map_err(|_| PageError::TooLarge(most))?;
        let typed: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).unwrap_or_default();
        // What nobody sees was pasted along: what is kept is what is seen.
        let seen = typed.into_iter().map(|(name, value)| (name, without_forbidden(value))).collect();
        let posted = Self(seen);
        let (refusal, error) = match visitor.origin {
            Origin::Own if visitor.is_own_token(posted.get(TOKEN)) => return Ok(posted),
            Origin::Own => (Refusal::WrongFormToken, PageError::StaleForm(posted.0)),
            Origin::Foreign => (Refusal::ForeignOrigin, PageError::ForeignForm),
            Origin::Untold => (Refusal::UnknownOrigin, PageError::ForeignForm),
        };
        refused(refusal);
        Err(error)
    }
}

/// What was wrong with a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormErrors {
    /// Field as operations name it, and sentence, in the order in which they were found.
    list: Vec<(Option<String>, String)>,
    status: Option<StatusCode>,
}

impl FormErrors {
    /// One error, at a field.
    pub fn at(field: &str, sentence: String) -> Self {
        Self { list: vec![(Some(field.into()), sentence)], status: Some(StatusCode::UNPROCESSABLE_ENTITY) }
    }

    /// Adds an error at a field.
    pub fn add(&mut self, field: &str, sentence: String) {
        self.list.push((Some(field.into()), sentence));
        self.status.get_or_insert(StatusCode::UNPROCESSABLE_ENTITY);
    }

    /// The same, told at another field: forms that ask for two passwords name them apart.
    #[must_use]
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        for (at, _) in &mut self.list {
            if at.as_deref() == Some(from) {
                *at = Some(to.into());
            }
        }
        self
    }

    /// The same errors at the fields of a form that names them in its own way; those without a place stand above it.
    #[must_use]
    pub fn placed(mut self, place: impl Fn(&str) -> Option<String>) -> Self {
        for (field, _) in &mut self.list {
            *field = field.as_deref().and_then(&place);
        }
        self
    }

    /// True if nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The status with which the form is shown again; OK for one without errors.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(StatusCode::OK)
    }

    /// The sentence at a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.list.iter().find(|(at, _)| at.as_deref() == Some(field)).map(|(_, sentence)| sentence.as_str())
    }

    /// Everything that was wrong: the field, if it is one of these, and the sentence.
    pub fn list(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.list.iter().map(|(at, sentence)| (at.as_deref(), sentence.as_str()))
    }
}

/// Splits what an operation answered: its result, what the person at the form can correct, or what ends the page.
///
/// # Errors
/// What no other input would correct: not found, signed out, busy, a fault of ours.
pub fn into_form_errors<T, E: DomainError>(answer: Result<T, E>, t: Text) -> Result<Result<T, FormErrors>, PageError> {
    let error = match answer {
        Ok(done) => return Ok(Ok(done)),
        Err(error) => error,
    };
    let description = error.describe();
    match description.kind {
        kind @ (Kind::Invalid | Kind::Conflict | Kind::Forbidden | Kind::Throttled) => {
            log_violation(&error);
            refused_by(&description);
            let list = error.each(t.lang).into_iter().map(|(at, sentence)| (at.field, sentence)).collect();
            Ok(Err(FormErrors { list, status: Some(super::page_error::status(kind)) }))
        }
        _ => Err(error.into()),
    }
}

/// The value of an enum by its word in an address or a form.
pub fn word<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<de::value::Error>::into_deserializer(word)).ok()
}

/// An id made of a field's name: `lines[0].vials` is `lines-0-vials`.
pub fn anchor(field: &str) -> String {
    let parts = field.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

/// True if two texts are the same, however a template holds them.
pub fn is(one: impl AsRef<str>, other: impl AsRef<str>) -> bool {
    one.as_ref() == other.as_ref()
}

/// What a browser may fill into a field, as HTML names it.
pub fn autocomplete(field: &str) -> &'static str {
    match field {
        "email" => "username",
        "password" => "current-password",
        "newPassword" | "new_password" => "new-password",
        "code" => "one-time-code",
        _ => "off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_again_by_its_mark_and_its_words() {
        let form = |once: &str, text: &str, token: &str| {
            FormData::of([(ONCE, once), ("text", text), (TOKEN, token)].map(|(n, v)| (n.to_owned(), v.to_owned())))
                .key()
        };
        let (first, longest) = (form("a", "hello", "1"), "x".repeat(ONCE_LENGTH));
        assert!(first.is_some() && first == form("a", "hello", "2"));
        assert!(form("b", "hello", "1") != first && form("a", "hello!", "1") != first);
        assert!(form("", "hello", "1").is_none() && form(&format!("{longest}x"), "hello", "1").is_none());
        assert!(form(&longest, "hello", "1").is_some_and(|key| key.key.chars().count() <= 200));
        assert!(once() != once() && once().len() <= ONCE_LENGTH);
    }

    #[test]
    fn a_word_of_a_form_is_a_value_of_its_enum_or_none() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Act {
            Claim,
            TakeOver,
        }
        assert_eq!(["claim", "take-over"].map(word::<Act>), [Some(Act::Claim), Some(Act::TakeOver)]);
        assert_eq!(["", "Claim", "claim ", "take_over"].map(word::<Act>), [None, None, None, None]);
    }

    #[test]
    fn a_field_of_a_list_has_an_id_of_its_own() {
        assert_eq!((anchor("lines[0].vials"), anchor("projectTitle")), ("lines-0-vials".into(), "projectTitle".into()));
    }
}
