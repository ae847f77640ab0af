//! Shipments: packing, dispatch, receipt.

use super::Web;
use super::forms::{FormData, FormErrors, into_form_errors};
use super::frame::{Frame, Layout, PageResult, go, html};
use super::page_error::PageError;
use super::requests::case::Case;
use super::texts::Text;
use super::visitor::Visitor;
use crate::requests::rules::Move;
use crate::shipments::commands::{ArrivedVial, ConfirmReceipt};
use crate::shipments::{Condition, ShipmentState as State, ShipmentView, ShippedVial};
use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use sea_orm::{ActiveEnum, Iterable};

/// `/requests/NUMBER/receipt`.
pub fn router() -> Router<Web> {
    Router::new().route("/requests/{number}/receipt", get(ask).post(confirm))
}

/// A shipment on its way, with its vials.
struct Parcel {
    shipment: ShipmentView,
    /// Each vial with the accession of its line and the condition that is chosen.
    vials: Vec<(ShippedVial, String, String)>,
}

#[derive(Template)]
#[template(path = "shipments/receipt.html")]
struct Page {
    f: Frame,
    t: Text,
    number: String,
    parcels: Vec<Parcel>,
    errors: FormErrors,
    /// Why the reader cannot confirm.
    why_not: Option<String>,
}

impl Page {
    fn conditions(&self) -> Vec<(String, &'static str)> {
        Condition::iter().map(|condition| (condition.to_value(), condition.label(self.t.lang))).collect()
    }
}

fn page(v: &Visitor, case: &Case, errors: FormErrors, typed: &FormData) -> PageResult {
    let on_their_way = case.shipments.iter().filter(|shipment| shipment.state == State::Shipped);
    let vial = |vial: &ShippedVial| {
        let line = case.lines.iter().find(|line| line.id == vial.request_line_id);
        let name = line.map(|line| case.identifier(line.line_id).to_owned()).unwrap_or_default();
        let chosen = typed.filled(&format!("vial-{}", vial.vial_id.0)).map(str::to_owned);
        (vial.clone(), name, chosen.unwrap_or_else(|| Condition::Good.to_value()))
    };
    let parcel = |shipment: &ShipmentView| Parcel {
        vials: case.vials.iter().filter(|one| one.shipment_id == shipment.id).map(vial).collect(),
        shipment: shipment.clone(),
    };
    let page = Page {
        f: Frame::new(v, v.t.say1("shipments-title", "number", case.request.number.clone()))
            .at("requests")
            .on(Layout::Work),
        t: v.t,
        number: case.request.number.clone(),
        parcels: on_their_way.map(parcel).collect(),
        why_not: case.may(v, Move::ConfirmReceipt).err().and_then(|mut why| why.pop()).map(|why| why.1),
        errors,
    };
    let status = page.errors.status();
    html(status, &page)
}

async fn ask(v: Visitor, Path(number): Path<String>) -> PageResult {
    let case = Case::of(&v, &number).await?;
    page(&v, &case, FormErrors::default(), &FormData::default())
}

async fn confirm(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let case = Case::of(&v, &number).await?;
    let shipment = case.shipments.iter().find(|one| one.number == posted.get("shipment")).ok_or(PageError::NotFound)?;
    let inside = case.vials.iter().filter(|vial| vial.shipment_id == shipment.id);
    let reported = |vial: &ShippedVial| {
        let condition = posted.filled(&format!("vial-{}", vial.vial_id.0))?;
        Some(ArrivedVial { vial: vial.vial_id, condition: Condition::try_from_value(&condition.to_owned()).ok()? })
    };
    let arrived = inside.filter_map(reported).collect();
    let received = v.web.app.run(&v.actor, ConfirmReceipt { shipment: shipment.id, arrived }).await;
    match into_form_errors(received, v.t)? {
        Ok(_) => Ok(go(&format!("/requests/{}?done=received", case.request.number))),
        Err(errors) => page(&v, &case, errors, &posted),
    }
}
