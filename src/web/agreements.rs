//! Agreements: their text, and signing it.

use super::Web;
use super::forms::{FormData, FormErrors, into_form_errors};
use super::frame::{Frame, Layout, PageResult, go, html};
use super::openid::{clear_proof_cookie, proof};
use super::page_error::PageError;
use super::requests::case::Case;
use super::texts::Text;
use super::visitor::Visitor;
use crate::accounts::passwords::Password;
use crate::accounts::queries::people;
use crate::agreements::{AgreementView, Party, SignatureView};
use crate::language::Lang;
use crate::requests::commands::{DeclineAgreement, Signing};
use crate::requests::policy::permission_to_sign;
use crate::requests::rules::Move;
use crate::web::section_nav::query_params;
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use sea_orm::ActiveEnum;

/// `/requests/NUMBER/agreement`.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/requests/{number}/agreement", get(show))
        .route("/requests/{number}/agreement/sign", post(sign))
        .route("/requests/{number}/agreement/decline", post(decline))
}

/// A party in the order of signatures.
struct Row {
    party: Party,
    signature: Option<SignatureView>,
    is_next: bool,
}

#[derive(Template)]
#[template(path = "agreements/agreement.html")]
struct Page {
    f: Frame,
    t: Text,
    number: String,
    agreement: AgreementView,
    /// Others on the same request that ended.
    others: Vec<AgreementView>,
    parties: Vec<Row>,
    /// Language in which the text is shown.
    text_in: Lang,
    /// The party for which the reader may sign now.
    may_sign: Option<Party>,
    /// Why not, if it is open and the reader is one of those who sign.
    why_not: Option<String>,
    can_decline: bool,
    /// Names of providers where somebody without a password authenticates; none for people with one.
    providers: Vec<(String, String)>,
    /// They did just now, for a signature.
    proved: bool,
    email: String,
    errors: FormErrors,
    typed: FormData,
    done: Option<String>,
}

impl Page {
    fn text(&self) -> &str {
        self.text_in.pick(&self.agreement.text_en, &self.agreement.text_ko)
    }

    fn meaning(&self, party: &Party) -> String {
        meaning(party, self.t)
    }

    /// What both components of a signature are.
    fn hint(&self) -> String {
        self.t.say(if self.proved { "agreements-both-proved" } else { "agreements-both" })
    }

    fn authentication(&self, signature: &SignatureView) -> String {
        self.t.say1("agreements-by", "how", signature.authentication.label(self.t.lang))
    }
}

/// What a signature of a party means, in a sentence that the signer ticks.
fn meaning(party: &Party, t: Text) -> String {
    t.say(&format!("agreements-meaning-{}", party.to_value().replace('_', "-")))
}

async fn page(v: &Visitor, case: &Case, proved: bool, errors: FormErrors, typed: FormData) -> PageResult {
    let mut all = case.agreements.clone();
    let agreement = all.pop().ok_or(PageError::NotFound)?;
    let params = query_params(v);
    let next = case.next_party();
    let may = case.may(v, Move::SignAgreement);
    let may_sign = next.filter(|party| may.is_ok() && v.can(permission_to_sign(*party)));
    let me = people(v.web.app.db.read(), &v.actor.person_id().into_iter().collect::<Vec<_>>()).await?.pop();
    let has_password = me.as_ref().is_none_or(|person| person.has_password);
    let named = |one: &crate::config::IdentityProvider| v.t.pick(&one.name_en, &one.name_ko).to_owned();
    let providers = v.web.app.config.identity_providers.iter().map(|(id, one)| (id.clone(), named(one)));
    let row = |party| Row {
        party,
        signature: case.given.iter().find(|given| given.party == party).cloned(),
        is_next: next == Some(party),
    };
    let page = Page {
        f: Frame::new(v, v.t.say1("agreements-title", "number", agreement.number.clone()))
            .at("requests")
            .on(Layout::Work),
        t: v.t,
        number: case.request.number.clone(),
        parties: case.required.iter().map(|required| row(required.party)).collect(),
        text_in: Lang::from_tag(params.get("text")).unwrap_or(v.t.lang),
        why_not: may.err().filter(|_| next.is_some()).and_then(|mut why| why.pop()).map(|(_, sentence)| sentence),
        can_decline: case.may(v, Move::DeclineAgreement).is_ok(),
        providers: if has_password { vec![] } else { providers.collect() },
        proved: proved && !has_password,
        email: typed.filled("email").map(str::to_owned).or(me.map(|person| person.email)).unwrap_or_default(),
        done: match params.get("done") {
            "signed" => Some(v.t.say("agreements-done-signed")),
            "declined" => Some(v.t.say("agreements-done-declined")),
            _ => None,
        },
        others: all,
        may_sign,
        agreement,
        errors,
        typed,
    };
    let status = page.errors.status();
    html(status, &page)
}

async fn show(v: Visitor, Path(number): Path<String>, headers: HeaderMap) -> PageResult {
    let case = Case::of(&v, &number).await?;
    page(&v, &case, proof(&headers).is_some(), FormErrors::default(), FormData::default()).await
}

async fn sign(v: Visitor, Path(number): Path<String>, headers: HeaderMap, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let agreement = case.agreements.last().ok_or(PageError::NotFound)?.id;
    let party = Party::try_from_value(&posted.get("party").to_owned()).map_err(|_| PageError::NotFound)?;
    let mut errors = FormErrors::default();
    if !posted.has("meaning") {
        errors.add("meaning", v.t.say("agreements-tick"));
    }
    let password = Some(posted.get("password")).filter(|typed| !typed.is_empty());
    let proof = proof(&headers).filter(|_| password.is_none());
    let proved = proof.is_some();
    if password.is_none() && !proved {
        errors.add("password", v.t.say("agreements-password-missing"));
    }
    if !errors.is_empty() {
        return page(&v, &case, proved, errors, posted).await;
    }
    let signing = Signing {
        agreement,
        party,
        meaning: meaning(&party, v.t),
        document_hash: posted.get("documentHash").to_owned(),
        email: posted.get("email").trim().to_owned(),
        password: password.map(|typed| Password(typed.to_owned())),
        proof,
    };
    let signed = v.web.app.run_prepared(&v.actor, signing).await;
    match into_form_errors(signed, v.t)? {
        Ok(_) => {
            let then = go(&format!("/requests/{}/agreement?done=signed", case.request.number));
            Ok(([(SET_COOKIE, clear_proof_cookie(&v))], then).into_response())
        }
        // A proof that does not hold is no proof: one authenticates again.
        Err(errors) => page(&v, &case, proved && errors.of("proof").is_none(), errors, posted).await,
    }
}

async fn decline(v: Visitor, Path(number): Path<String>, headers: HeaderMap, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let agreement = case.agreements.last().ok_or(PageError::NotFound)?.id;
    let reason = posted.get("reason").to_owned();
    let declined = v.web.app.run(&v.actor, DeclineAgreement { agreement, reason }).await;
    match into_form_errors(declined, v.t)? {
        Ok(_) => Ok(go(&format!("/requests/{}/agreement?done=declined", case.request.number))),
        Err(errors) => page(&v, &case, proof(&headers).is_some(), errors, posted).await,
    }
}
