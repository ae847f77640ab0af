//! Why a page cannot be shown. A handler answers with a [`PageError`]; the layer around all pages turns it into a page
//! that helps, in the reader's language.

use super::frame::{Frame, PageResult, html};
use super::origin::text;
use super::visitor::Visitor;
use crate::command::AnswerUnread;
use crate::error::{Code, DomainError, Kind};
use crate::language::Lang;
use crate::telemetry::refused_by;
use crate::{accounts, error};
use askama::Template;
use axum::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sea_orm::DbErr;
use std::sync::Arc;

/// Why a page ends here.
#[derive(Clone, Debug)]
pub enum PageError {
    /// There is no such page, or not for this reader.
    NotFound,
    /// Somebody has to sign in first; then they come back here.
    SignIn,
    /// A form arrived after its session had ended: what was typed is kept in the page that asks to sign in again.
    SessionEnded(Vec<(String, String)>),
    /// A form that no page of ours made for this reader.
    StaleForm(Vec<(String, String)>),
    /// A page of somebody else sent a form, or nobody knows which page did: nothing of it is offered to be sent again.
    ForeignForm,
    /// More came in than a form may have, in bytes.
    TooLarge(usize),
    /// What an operation or a query answered.
    Domain(Arc<dyn DomainError>),
    /// A fault of ours.
    Internal,
}

impl<E: DomainError> From<E> for PageError {
    fn from(error: E) -> Self {
        match error.describe().kind {
            Kind::NotFound => Self::NotFound,
            Kind::Unauthenticated => Self::SignIn,
            _ => Self::Domain(Arc::new(error)),
        }
    }
}

impl From<DbErr> for PageError {
    fn from(error: DbErr) -> Self {
        Self::Domain(Arc::new(accounts::Error::Db(error)))
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be written");
        Self::Internal
    }
}

/// The status with which each kind of error is answered.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Busy | Kind::Unknown => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for PageError {
    /// An empty answer that carries the reason; the layer writes the page.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "page_error/refused.html")]
struct Refused {
    f: Frame,
    heading: String,
    sentences: Vec<String>,
    /// Ways on: address and words.
    ways: Vec<(String, String)>,
}

/// The form that was sent too late, inside the form that signs in again.
#[derive(Template)]
#[template(path = "page_error/again.html")]
struct Again {
    f: Frame,
    heading: String,
    lead: String,
    /// True: sign in first; false: only send it again.
    sign_in: bool,
    fields: Vec<(String, String)>,
}

impl PageError {
    /// The same after something was done: it only could not be shown.
    pub(super) fn unread(self) -> Self {
        match self {
            Self::Domain(cause) => AnswerUnread::of(cause).into(),
            other => other,
        }
    }

    /// The page.
    pub(super) fn page(self, v: &Visitor) -> Response {
        match self.write(v) {
            Ok(response) => response,
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, error::internal(v.t.lang)).into_response(),
        }
    }

    fn write(self, v: &Visitor) -> PageResult {
        let t = v.t;
        match self {
            Self::SignIn => {
                let to: String = super::links::with("/sign-in", &[("to", &v.address())]);
                Ok((StatusCode::SEE_OTHER, [(LOCATION, to), (CACHE_CONTROL, "no-store".into())]).into_response())
            }
            Self::SessionEnded(fields) => again(v, StatusCode::UNAUTHORIZED, "session-ended", fields),
            Self::StaleForm(fields) => again(v, StatusCode::FORBIDDEN, "stale-form", fields),
            Self::ForeignForm => refused(v, StatusCode::FORBIDDEN, vec![t.say("page-error-foreign-form-lead")]),
            Self::NotFound => refused(v, StatusCode::NOT_FOUND, vec![t.say("page-error-not-found-lead")]),
            Self::TooLarge(most) => {
                let most = i64::try_from(most / 1024).unwrap_or(i64::MAX);
                refused(v, StatusCode::PAYLOAD_TOO_LARGE, vec![t.say1("page-error-too-large-lead", "most", most)])
            }
            Self::Internal => refused(v, StatusCode::INTERNAL_SERVER_ERROR, vec![error::internal(t.lang)]),
            Self::Domain(error) => {
                let description = error.describe();
                refused_by(&description);
                let kind = description.kind;
                if kind == Kind::Internal {
                    tracing::error!(error = %error, "a page failed");
                }
                let lacks_factor = description.code == Code::SecondFactorMissing;
                let way = ("/account/second-factor".into(), t.say("page-error-to-second-factor"));
                let first = lacks_factor.then_some(way);
                refused_with(
                    v,
                    status(kind),
                    first,
                    error.each(t.lang).into_iter().map(|(_, sentence)| sentence).collect(),
                )
            }
        }
    }
}

fn refused(v: &Visitor, status: StatusCode, sentences: Vec<String>) -> PageResult {
    refused_with(v, status, None, sentences)
}

/// The same with a way on that comes first.
fn refused_with(
    v: &Visitor,
    status: StatusCode,
    first: Option<(String, String)>,
    sentences: Vec<String>,
) -> PageResult {
    let t = v.t;
    let heading = t.say(match status {
        StatusCode::NOT_FOUND => "page-error-not-found",
        StatusCode::FORBIDDEN => "page-error-forbidden",
        StatusCode::CONFLICT => "page-error-conflict",
        StatusCode::UNPROCESSABLE_ENTITY => "page-error-invalid",
        StatusCode::PAYLOAD_TOO_LARGE => "page-error-too-large",
        StatusCode::TOO_MANY_REQUESTS => "page-error-throttled",
        StatusCode::SERVICE_UNAVAILABLE => "page-error-busy",
        StatusCode::METHOD_NOT_ALLOWED => "page-error-method",
        _ => "page-error-internal",
    });
    let mut ways =
        vec![("/catalogue".into(), t.say("page-error-to-catalogue")), ("/".into(), t.say("page-error-to-home"))];
    if !v.actor.is_anonymous() {
        ways.insert(0, ("/requests".into(), t.say("page-error-to-requests")));
    }
    if let Some(first) = first {
        ways.insert(0, first);
    }
    let page = Refused { f: Frame::new(v, heading.clone()), heading, sentences, ways };
    html(status, &page)
}

fn again(v: &Visitor, status: StatusCode, key: &str, fields: Vec<(String, String)>) -> PageResult {
    // Secrets are typed again; the token of the old session is of no use any more, and the new form has its own mark.
    let dropped = [super::forms::TOKEN, super::forms::ONCE, "password", "new_password", "code"];
    let fields = fields.into_iter().filter(|(name, _)| !dropped.contains(&name.as_str())).collect();
    let heading = v.t.say(&format!("page-error-{key}"));
    let lead = v.t.say(&format!("page-error-{key}-lead"));
    let sign_in = v.actor.is_anonymous() && status == StatusCode::UNAUTHORIZED;
    html(status, &Again { f: Frame::new(v, heading.clone()), heading, lead, sign_in, fields })
}

/// A method that an address does not know.
pub(super) fn no_such_method(v: &Visitor) -> Response {
    let page = refused(v, StatusCode::METHOD_NOT_ALLOWED, vec![v.t.say("page-error-method-lead")]);
    page.unwrap_or_else(|error| error.page(v))
}

/// One sentence for when the database does not answer, so that not even the visitor is known.
pub(super) fn unreadable(error: DbErr, headers: &HeaderMap) -> Response {
    let lang = Lang::from_request(None, text(headers, &COOKIE), text(headers, &ACCEPT_LANGUAGE)).unwrap_or_default();
    let error = accounts::Error::Db(error);
    tracing::error!(error = ?error, "no page can be shown");
    (status(error.describe().kind), [(CACHE_CONTROL, "no-store")], error.say(lang)).into_response()
}
