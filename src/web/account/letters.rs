//! Which letters one gets.

use super::{frame, section_nav, somebody};
use crate::mail::LetterKind;
use crate::mail::commands::SetMailPreference;
use crate::mail::preferences::{self, Preference};
use crate::web::Web;
use crate::web::forms::FormData;
use crate::web::frame::{Frame, PageResult, go, render};
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;

pub fn router() -> Router<Web> {
    Router::new().route("/account/letters", get(list).post(choose))
}

#[derive(Template)]
#[template(path = "account/letters.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    news: Vec<Preference>,
    duties: Vec<Preference>,
}

async fn list(v: Visitor) -> PageResult {
    let person = somebody(&v)?;
    let all = preferences::of(v.web.app.db.read(), person).await?;
    let (duties, news) = all.into_iter().partition(|one| one.letter.is_duty());
    let a = section_nav(&v, "letters", &[("saved", "account-done-letters")]);
    render(&Page { f: frame(&v, "letters"), t: v.t, a, news, duties })
}

async fn choose(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let person = somebody(&v)?;
    let wanted: Vec<&str> = posted.all("wanted").collect();
    for Preference { letter, wanted: before } in preferences::of(v.web.app.db.read(), person).await? {
        let now = wanted.contains(&letter.name());
        if !LetterKind::is_duty(letter) && now != before {
            v.web.app.run(&v.actor, SetMailPreference { letter, is_wanted: now }).await?;
        }
    }
    Ok(go("/account/letters?done=saved"))
}
