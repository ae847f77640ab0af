//! Beginning a request: from what was put aside, with what is known from the last one and from the institution.

use super::super::basket::Basket;
use super::super::basket_page::keep;
use crate::accounts::queries::institutions_by_id;
use crate::actor::Permission;
use crate::approvals::ApprovalKind as Kind;
use crate::catalogue::LineView;
use crate::catalogue::queries::lines_by_accession;
use crate::idempotency::Key;
use crate::page::Window;
use crate::requests::RequestView;
use crate::requests::commands::{CreateRequest, Draft, DraftLine};
use crate::requests::fields::Section;
use crate::requests::queries::{self, OverviewFilter, chosen as chosen_on};
use crate::requests::regions;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, Layout, PageResult, go, html};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use sea_orm::DbErr;

/// Approvals that do not depend on the project alone.
const BEGIN_WITH: [Kind; 3] = [Kind::IrbApproval, Kind::HeadApproval, Kind::LmoFacility];

#[derive(Template)]
#[template(path = "requests/begin.html")]
struct Page {
    f: Frame,
    t: Text,
    errors: FormErrors,
    /// Lines that go in, with vials.
    lines: Vec<(LineView, i32)>,
    /// Name of the applicant's institution.
    institution: Option<String>,
    /// True if the visitor requests lines at all.
    is_researcher: bool,
    /// Number of the request from which delivery and approvals are taken.
    last: Option<String>,
}

/// GET `/requests/new`: what goes in, and the one button.
pub async fn ask(v: Visitor) -> PageResult {
    if v.actor.is_anonymous() { Err(PageError::SignIn) } else { page(&v, FormErrors::default()).await }
}

async fn page(v: &Visitor, errors: FormErrors) -> PageResult {
    let app = &v.web.app;
    let institution: Vec<_> = v.actor.institution().into_iter().collect();
    let institution = institutions_by_id(app.db.read(), &institution).await?.pop();
    let page = Page {
        f: Frame::new(v, v.t.say("requests-new-title")).at("requests").on(Layout::Work),
        t: v.t,
        lines: chosen(v, &v.basket).await?,
        institution: institution.map(|at| at.label(v.t.lang).to_owned()),
        is_researcher: v.can(Permission::RequestLines),
        last: last(v).await?.map(|request| request.number),
        errors,
    };
    let status = page.errors.status();
    html(status, &page)
}

/// POST `/requests/new`.
pub async fn begin(v: Visitor, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    with_basket(&v, &v.basket, posted.key()).await
}

/// Begins a draft with the lines of a basket, which is empty afterwards.
pub async fn with_basket(v: &Visitor, basket: &Basket, key: Option<Key>) -> PageResult {
    let mut draft = known(v).await?;
    let lines = chosen(v, basket).await?;
    draft.lines = Some(lines.iter().map(|(line, vials)| DraftLine { line: line.id, vials: *vials }).collect());
    let begun = v.web.app.run_once(&v.actor, CreateRequest { draft }, key.as_ref()).await;
    match into_form_errors(begun, v.t)? {
        Ok(request) => {
            Ok(keep(v, &Basket::default(), go(&format!("/requests/{}/edit?step=2&done=begun", request.number))))
        }
        Err(errors) => page(v, errors).await,
    }
}

/// Lines of a basket that the bank has, in their order.
async fn chosen(v: &Visitor, basket: &Basket) -> Result<Vec<(LineView, i32)>, DbErr> {
    let accessions: Vec<&str> = basket.lines().iter().map(|entry| entry.0.as_str()).collect();
    let known = lines_by_accession(v.web.app.db.read(), &v.actor, &accessions).await?;
    let line = |accession: &str| known.iter().find(|line| line.accession.as_deref() == Some(accession)).cloned();
    Ok(basket.lines().iter().filter_map(|(accession, vials)| Some((line(accession)?, *vials))).collect())
}

/// The visitor's last request.
async fn last(v: &Visitor) -> Result<Option<RequestView>, PageError> {
    if !v.can(Permission::RequestLines) {
        return Ok(None);
    }
    let (app, filter) = (&v.web.app, OverviewFilter { own: true, ..OverviewFilter::default() });
    let window = Window { first: Some(1), ..Window::default() };
    let newest = queries::overview(app, &v.actor, &filter, &window).await?.rows.into_iter().next().map(|row| row.1);
    let Some(newest) = newest else { return Ok(None) };
    Ok(queries::by_id(app.db.read(), &v.actor, &[newest.id]).await?.pop())
}

/// Delivery and approvals of the last request, as far as they still hold; else what the institution tells.
async fn known(v: &Visitor) -> Result<Draft, PageError> {
    let app = &v.web.app;
    let today = app.clock.today();
    let at_same = |request: &RequestView| Some(request.institution_id) == v.actor.institution();
    if let Some(last) = last(v).await?.filter(at_same) {
        let known =
            chosen_on(app.db.read(), &[last.id]).await?.into_iter().map(|chosen| chosen.approval).filter(|approval| {
                BEGIN_WITH.contains(&approval.kind)
                    && approval.counts(today)
                    && approval.institution_id == last.institution_id
            });
        let approvals = Some(known.map(|approval| approval.id).collect());
        return Ok(Draft { approvals, ..Draft::again(&last, &[Section::Delivery]) });
    }
    let institution: Vec<_> = v.actor.institution().into_iter().collect();
    let institution = institutions_by_id(app.db.read(), &institution).await?.pop();
    let region = institution.and_then(|at| regions::named(at.city.as_deref().unwrap_or_default(), today));
    Ok(Draft { region: region.map(Into::into), ..Draft::default() })
}
