//! One vial: where it is in its life, for whom, and everything that happened to it.

use super::{frame, line_address, lot_address};
use crate::accounts::queries::people;
use crate::actor::Permission;
use crate::catalogue::LineView;
use crate::catalogue::queries::lines_by_id;
use crate::id::PersonId;
use crate::inventory::VialState as State;
use crate::inventory::stock::{VialEvent, VialLife, vial_by_barcode};
use crate::web::frame::{Frame, PageResult, render};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;

/// Something that happened, with the name of whoever did it.
struct HistoryEntry {
    event: VialEvent,
    by: String,
    why: String,
}

#[derive(Template)]
#[template(path = "stock/vial.html")]
struct Page {
    f: Frame,
    t: Text,
    life: VialLife,
    line: LineView,
    to_lot: String,
    to_line: String,
    events: Vec<HistoryEntry>,
}

impl Page {
    /// A reservation of what was packed does not end by itself any more.
    fn can_expire(&self) -> bool {
        self.life.kept.vial.state == State::Reserved
    }
}

/// GET `/freezer/vials/BARCODE`.
pub async fn show(v: Visitor, Path(barcode): Path<String>) -> PageResult {
    let life = vial_by_barcode(&v.web.app, &v.actor, &barcode).await?.ok_or(PageError::NotFound)?;
    v.actor.may(Permission::KeepStock)?;
    let line =
        lines_by_id(v.web.app.db.read(), &v.actor, &[life.lot.line_id]).await?.pop().ok_or(PageError::NotFound)?;
    let page = Page {
        f: frame(&v, life.kept.vial.barcode.clone()),
        t: v.t,
        to_lot: lot_address(&life.lot.number),
        to_line: line_address(line.identifier()),
        events: named(&v, &life.events).await?,
        life,
        line,
    };
    render(&page)
}

/// The events with names, newest first; one query for all of them.
async fn named(v: &Visitor, events: &[VialEvent]) -> Result<Vec<HistoryEntry>, PageError> {
    let person = |event: &VialEvent| event.actor.strip_prefix("person:")?.parse().ok().map(PersonId);
    let mut ids: Vec<PersonId> = events.iter().filter_map(person).collect();
    ids.sort_unstable();
    ids.dedup();
    let known = people(v.web.app.db.read(), &ids).await?;
    let happened = |event: &VialEvent| {
        let name = person(event).and_then(|id| known.iter().find(|one| one.id == id)).map(|one| one.name.clone());
        HistoryEntry {
            by: name.unwrap_or_else(|| v.t.say("stock-by-system")),
            why: why(v.t, event),
            event: event.clone(),
        }
    };
    Ok(events.iter().rev().map(happened).collect())
}

/// Why a vial moved, from the words in which the history keeps it.
fn why(t: Text, event: &VialEvent) -> String {
    let reason = event.reason.as_str();
    if let Some(shipment) = reason.strip_prefix("packed into ") {
        return t.say1("stock-why-packed", "shipment", shipment.to_owned());
    }
    let key = match (event.from_state, event.to_state) {
        (None, _) => "stock-why-registered",
        (Some(State::InQuarantine), State::Available) => "stock-why-released",
        (_, State::Reserved) => "stock-why-promised",
        (Some(State::Reserved), State::Available) if reason.ends_with("expired") => "stock-why-expired",
        (Some(State::Reserved), State::Available) => "stock-why-given-back",
        (_, State::Shipped) => "stock-why-shipped",
        _ => return reason.to_owned(),
    };
    t.say(key)
}
