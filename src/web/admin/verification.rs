//! Verifying the history from the browser: a walk along the whole chain, begun by a button and looked at until it ends.

use super::{administrator, frame, section_nav};
use crate::actor::Actor;
use crate::app::App;
use crate::audit::queries::{Chain, chain};
use crate::audit::verify::{Verdict, verify};
use crate::error::DomainError;
use crate::language::Lang;
use crate::web::Web;
use crate::web::forms::FormData;
use crate::web::frame::{Frame, PageResult, go, render};
use crate::web::section_nav::SectionNav;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::routing::get;
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the page of the button waits for a short walk to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a walk found, in both languages: another administrator may read it.
#[derive(Clone, Debug)]
struct Outcome {
    at: DateTime<Utc>,
    is_intact: bool,
    ko: Vec<String>,
    en: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct State {
    begun: Option<DateTime<Utc>>,
    last: Option<Outcome>,
}

/// The walk that is under way and the last one that ended; one of each for a running service.
#[derive(Clone, Debug, Default)]
pub struct Verification(Arc<Mutex<State>>);

impl Verification {
    fn state(&self) -> State {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True if no walk was under way; now one is.
    fn begin(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = state.begun.is_none();
        state.begun.get_or_insert(now);
        is_free
    }

    fn end(&self, outcome: Outcome) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { begun: None, last: Some(outcome) };
    }
}

pub fn router() -> Router<Web> {
    Router::new().route("/admin/history/verify", get(show).post(start))
}

#[derive(Template)]
#[template(path = "admin/verify.html")]
struct Page {
    f: Frame,
    t: Text,
    a: SectionNav,
    chain: Chain,
    state: State,
}

impl Page {
    fn lines<'a>(&self, outcome: &'a Outcome) -> &'a [String] {
        self.t.lang.pick(&outcome.en, &outcome.ko)
    }
}

async fn show(v: Visitor) -> PageResult {
    administrator(&v)?;
    let chain = chain(&v.web.app, &v.actor).await?;
    let f = frame(&v, v.t.say("admin-verify-chain"));
    render(&Page { f, t: v.t, a: section_nav(&v, "history", &[]), chain, state: v.web.verification.state() })
}

async fn start(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    administrator(&v)?;
    if v.web.verification.begin(v.web.app.clock.now()) {
        let (app, actor, walks) = (v.web.app.clone(), v.actor.clone(), v.web.verification.clone());
        let walk = tokio::spawn(async move { walks.end(walk(&app, &actor).await) });
        // A short chain is walked before anybody would look again.
        drop(tokio::time::timeout(PATIENCE, walk).await);
    }
    Ok(go("/admin/history/verify"))
}

async fn walk(app: &App, actor: &Actor) -> Outcome {
    let (is_intact, [en, ko]) = match verify(app, actor, None).await {
        Ok(Verdict::Intact(report)) => (true, [Lang::En, Lang::Ko].map(|lang| report.lines(lang))),
        Ok(Verdict::Broken(broken)) => (false, [Lang::En, Lang::Ko].map(|lang| vec![broken.say(lang)])),
        Err(error) => (false, [Lang::En, Lang::Ko].map(|lang| vec![error.say(lang)])),
    };
    Outcome { at: app.clock.now(), is_intact, ko, en }
}
