//! The agreement before it is offered: both texts to read, and the button.

use crate::agreements::Text as Agreement;
use crate::language::Lang;
use crate::requests::Error;
use crate::requests::wording::preview;
use crate::web::desk::case::Case;
use crate::web::frame::{Frame, Layout, PageResult, go, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::query_params;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;

#[derive(Template)]
#[template(path = "desk/preview.html")]
struct Page {
    f: Frame,
    t: Text,
    number: String,
    agreement: Agreement,
    /// The language in which the text is shown.
    text_in: Lang,
}

impl Page {
    fn text(&self) -> &str {
        self.text_in.pick(&self.agreement.en, &self.agreement.ko)
    }
}

/// GET `/desk/NUMBER/agreement`. Once it is offered the page of the agreement has it.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    let agreement = match preview(&v.web.app, &v.actor, case.request.id).await {
        Err(Error::AgreementExists) => return Ok(go(&format!("/requests/{}/agreement", case.request.number))),
        answer => answer.map_err(PageError::from)?,
    };
    let f = Frame::new(&v, v.t.say("desk-preview")).at("desk").on(Layout::Staff);
    let text_in = Lang::from_tag(query_params(&v).get("text")).unwrap_or(v.t.lang);
    render(&Page { f, t: v.t, number: case.request.number.clone(), agreement, text_in })
}
