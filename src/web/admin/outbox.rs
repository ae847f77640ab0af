//! The outbox: letters by state, dead ones put back.

use super::people::called;
use super::{administrator, frame, section_nav};
use crate::id::{MailMessageId, PersonId};
use crate::mail::commands::RetryMail;
use crate::mail::queries::{Filter, counts, outbox};
use crate::mail::{LetterKind, MailState, Message};
use crate::web::Web;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html, render};
use crate::web::links::with;
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, SectionNav, number, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sea_orm::{ActiveEnum, Iterable};
use std::collections::HashMap;

pub fn router() -> Router<Web> {
    Router::new().route("/admin/mail", get(show)).route("/admin/mail/{id}/retry", post(retry))
}

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    errors: FormErrors,
    /// Address, words, how many, and whether it is shown.
    states: Vec<(String, &'static str, i64, bool)>,
    shows_all: bool,
    recipient: String,
    people: HashMap<PersonId, String>,
    rows: Vec<Message>,
    pages: Pages,
}

impl Page {
    fn label(&self, row: &Message) -> String {
        let known = LetterKind::from_name(&row.event).map(|letter| letter.label(self.t.lang).to_owned());
        known.unwrap_or_else(|| row.event.clone())
    }

    fn name(&self, row: &Message) -> &str {
        self.people.get(&row.recipient_id).map_or("", String::as_str)
    }

    fn is_dead(&self, row: &Message) -> bool {
        row.state == MailState::Dead
    }

    fn is_sent(&self, row: &Message) -> bool {
        row.state == MailState::Sent
    }
}

async fn page(v: &Visitor, errors: FormErrors) -> Result<Page, PageError> {
    administrator(v)?;
    let (app, params) = (&v.web.app, query_params(v));
    let state = MailState::iter().find(|state| state.to_value() == params.get("state"));
    let recipient = params.filled("recipient").map(number).transpose()?.map(PersonId);
    let filter = Filter { states: state.into_iter().collect(), recipient };
    let page = outbox(app, &v.actor, &filter, &window(&params)).await?;
    let pages = Pages::of(v, &page);
    let rows: Vec<Message> = page.rows.into_iter().map(|(_, row)| row).collect();
    let keys: Vec<_> = rows.iter().map(|row| row.recipient_id).collect();
    let tab = |(one, count): (MailState, i64)| {
        let address = with("/admin/mail", &[("state", &one.to_value())]);
        (address, one.label(v.t.lang), count, Some(one) == state)
    };
    Ok(Page {
        f: frame(v, v.t.say("admin-section-mail")),
        t: v.t,
        a: section_nav(v, "mail", &[("retried", "admin-done-retried")]),
        errors,
        states: counts(app, &v.actor).await?.into_iter().map(tab).collect(),
        shows_all: state.is_none(),
        recipient: match recipient {
            Some(id) => called(v, &[id]).await?.remove(&id).unwrap_or_default(),
            None => String::new(),
        },
        people: called(v, &keys).await?,
        rows,
        pages,
    })
}

async fn show(v: Visitor) -> PageResult {
    render(&page(&v, FormErrors::default()).await?)
}

async fn retry(v: Visitor, Path(id): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let id = MailMessageId(number(&id)?);
    let done = v.web.app.run(&v.actor, RetryMail { mail: id }).await;
    match into_form_errors(done, v.t)? {
        Ok(_) => Ok(go("/admin/mail?done=retried")),
        Err(errors) => html(errors.status(), &page(&v, errors.clone()).await?),
    }
}
