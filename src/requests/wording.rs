//! What the agreement on a request says: its kind, and what stands in the places of its text.

use super::application::{Chosen, number, shown};
use super::error::Error;
use super::model::{request, request_line};
use super::policy;
use super::queries::{by_id, chosen, lines_of};
use crate::accounts::queries as accounts;
use crate::actor::{Actor, Permission};
use crate::agreements::rules::{kind_for, last_day};
use crate::agreements::steps::{Text, Wording};
use crate::app::App;
use crate::approvals::model::approval::Kind;
use crate::catalogue::LineView;
use crate::catalogue::queries::requested_lines;
use crate::id::{CellLineId, RequestId};
use crate::language::Lang;
use sea_orm::ConnectionTrait;

/// The agreement that would be offered on a request now, without its number.
///
/// # Errors
/// Not allowed, no such request, or not in a state in which one is offered.
pub async fn preview(app: &App, actor: &Actor, id: RequestId) -> Result<Text, Error> {
    actor.may(Permission::OfferAgreements)?;
    let db = app.db.read();
    let request = by_id(db, actor, &[id]).await?.pop().ok_or(Error::NoSuchRequest)?;
    policy::offer(&request, &crate::agreements::queries::of_requests(db, &[id]).await?)?;
    Ok(wording(db, &request).await?.text("MTA-…", last_day(app.clock.today())))
}

/// The wording for a request.
///
/// # Errors
/// A request without institution, or those of the database.
pub(super) async fn wording(db: &impl ConnectionTrait, request: &request::Model) -> Result<Wording, Error> {
    let recipient = accounts::institutions_by_id(db, &[request.institution_id]).await?.pop();
    let recipient = recipient.ok_or(Error::NoInstitution)?;
    let investigator = accounts::people(db, &[request.principal_investigator_id]).await?.pop();
    let mut approved = lines_of(db, &[request.id]).await?;
    approved.retain(|line| line.vials_approved.is_some());
    let ids: Vec<CellLineId> = approved.iter().map(|line| line.line_id).collect();
    let cells = requested_lines(db, &ids).await?;
    let approvals = chosen(db, &[request.id]).await?;
    // What stands in the text's places, in one language.
    let places = |lang: Lang| {
        vec![
            ("institution", recipient.label(lang).to_owned()),
            ("investigator", investigator.as_ref().map(|person| person.name.clone()).unwrap_or_default()),
            ("request", request.number.clone()),
            ("title", request.project_title.clone()),
            ("purpose", request.intended_use.map(|purpose| purpose.label(lang).to_owned()).unwrap_or_default()),
            ("ethics", ethics(&approvals, lang)),
            ("lines", material(&approved, &cells, lang)),
        ]
    };
    Ok(Wording {
        kind: kind_for(recipient.institution_type, request.commercial),
        en: places(Lang::En),
        ko: places(Lang::Ko),
    })
}

fn ethics(approvals: &[Chosen], lang: Lang) -> String {
    let until = shown(approvals, Kind::IrbApproval).and_then(|approval| approval.valid_until);
    match (number(approvals, Kind::IrbApproval), until, number(approvals, Kind::IrbExemption)) {
        (Some(number), Some(until), _) => lang.pick(
            format!("Approval {number} of the recipient's ethics board, valid through {until}."),
            format!("수령 기관 기관생명윤리위원회 승인 {number}, {until}까지 유효."),
        ),
        (_, _, Some(number)) => lang.pick(
            format!("Exemption {number} confirmed by the recipient's ethics board."),
            format!("수령 기관 기관생명윤리위원회 심의 면제 확인 {number}."),
        ),
        _ => lang.pick("No approval of an ethics board is required.", "기관생명윤리위원회 승인 대상이 아님.").into(),
    }
}

fn material(approved: &[request_line::Model], cells: &[LineView], lang: Lang) -> String {
    let items = approved.iter().filter_map(|wanted| {
        let line = cells.iter().find(|line| line.id == wanted.line_id)?;
        let vials = wanted.vials_approved.unwrap_or_default();
        let (accession, name) = (line.identifier(), &line.name);
        Some(lang.pick(format!("{accession} ({name}): {vials} vial(s)"), format!("{accession}({name}): {vials}바이알")))
    });
    items.collect::<Vec<_>>().join("; ") + "."
}
