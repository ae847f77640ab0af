//! The packing slip: what lies in the box and where it goes.

use crate::actor::Permission;
use crate::approvals::ApprovalKind as Kind;
use crate::catalogue::queries::modifications_of;
use crate::catalogue::{LineView, ModificationView};
use crate::requests::RequestView;
use crate::shipments::{ShipmentView, ShippedVial, queries};
use crate::web::desk::case::Case;
use crate::web::frame::{Frame, Layout, PageResult, render};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;

/// Vials of one lot.
struct Lot {
    number: String,
    line: LineView,
    barcodes: Vec<String>,
}

#[derive(Template)]
#[template(path = "desk/slip.html")]
struct Slip {
    f: Frame,
    t: Text,
    shipment: ShipmentView,
    request: RequestView,
    institution: String,
    /// Number of the facility for living modified organisms.
    facility: Option<String>,
    applicant: String,
    investigator: String,
    lots: Vec<Lot>,
    vials: i64,
    has_lmo: bool,
    /// Engineered lines in the box, each once, with what was changed in it.
    engineered: Vec<(LineView, Vec<ModificationView>)>,
}

/// GET `/desk/shipments/NUMBER/slip`.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    v.actor.may(Permission::ReadAllRequests)?;
    let db = v.web.app.db.read();
    let shipment = queries::by_number(db, &v.actor, &number).await?.ok_or(PageError::NotFound)?;
    let found = crate::requests::queries::by_id(db, &v.actor, &[shipment.request_id]).await?.pop();
    let case = Case::of(&v, &found.ok_or(PageError::NotFound)?.number).await?;
    let inside: Vec<&ShippedVial> = case.vials.iter().filter(|vial| vial.shipment_id == shipment.id).collect();
    let mut lots: Vec<Lot> = vec![];
    for vial in &inside {
        let line = case.lines.iter().find(|line| line.id == vial.request_line_id);
        let Some(line) = line.and_then(|line| case.cell(line.line_id)) else { continue };
        match lots.iter_mut().find(|lot| lot.number == vial.lot_number) {
            Some(lot) => lot.barcodes.push(vial.barcode.clone()),
            None => lots.push(Lot {
                number: vial.lot_number.clone(),
                line: line.clone(),
                barcodes: vec![vial.barcode.clone()],
            }),
        }
    }
    lots.sort_by(|one, other| one.number.cmp(&other.number));
    lots.iter_mut().for_each(|lot| lot.barcodes.sort());
    let page = Slip {
        f: Frame::new(&v, format!("{} {}", v.t.say("desk-slip"), shipment.number)).at("desk").on(Layout::Work),
        t: v.t,
        facility: crate::requests::number(&case.approvals, Kind::LmoFacility),
        institution: case.institution.label(v.t.lang).to_owned(),
        applicant: case.name(case.request.applicant_id).to_owned(),
        investigator: case.name(case.request.principal_investigator_id).to_owned(),
        vials: i64::try_from(inside.len()).unwrap_or(i64::MAX),
        engineered: engineered(&v, &lots).await?,
        has_lmo: lots.iter().any(|lot| lot.line.is_lmo()),
        request: case.request.clone(),
        lots,
        shipment,
    };
    render(&page)
}

/// Engineered lines of the lots, each once, with what was changed in them.
async fn engineered(v: &Visitor, lots: &[Lot]) -> Result<Vec<(LineView, Vec<ModificationView>)>, PageError> {
    let mut lines: Vec<LineView> = vec![];
    for lot in lots.iter().filter(|lot| lot.line.is_lmo()) {
        if !lines.iter().any(|line| line.id == lot.line.id) {
            lines.push(lot.line.clone());
        }
    }
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    let changes = modifications_of(v.web.app.db.read(), &ids).await?;
    let own = |line: &LineView| changes.iter().filter(|change| change.line_id == line.id).cloned().collect();
    Ok(lines.into_iter().map(|line| (line.clone(), own(&line))).collect())
}
