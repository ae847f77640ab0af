//! The bank's stock: lines with their lots, vials, tests and release, and how a line stands to the public.

mod certificate;
mod line;
mod lot;
mod quarantine;
mod search;
mod vial;

use super::Web;
use super::forms::{FormData, FormErrors};
use super::frame::{Frame, Layout};
use super::texts::Text;
use super::visitor::Visitor;
use crate::inventory::{Test, VialState as State};
use axum::Router;
use axum::routing::{get, post};
use chrono::NaiveDate;
use std::str::FromStr;

/// `/freezer` and what is below it, a line at the desk, and certificates.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/freezer", get(search::show))
        .route("/freezer/lots/{number}", get(lot::show))
        .route("/freezer/lots/{number}/tests", post(lot::record))
        .route("/freezer/lots/{number}/release", post(lot::release))
        .route("/freezer/quarantine", get(quarantine::show))
        .route("/freezer/vials/{barcode}", get(vial::show))
        .route("/desk/lines/{accession}", get(line::show))
        .route("/desk/lines/{accession}/publication", post(line::publish))
        .route("/desk/lines/{accession}/lots", post(line::register))
        .route("/lots/{number}/certificate", get(certificate::show))
}

fn frame(v: &Visitor, title: String) -> Frame {
    Frame::new(v, title).at("freezer").on(Layout::Staff)
}

/// Where a page shows a lot.
fn lot_address(number: &str) -> String {
    format!("/freezer/lots/{}", super::links::segment(number))
}

/// Where a page shows a vial.
fn vial_address(barcode: &str) -> String {
    format!("/freezer/vials/{}", super::links::segment(barcode))
}

/// Where a page shows a held line to the bank.
fn line_address(accession: &str) -> String {
    format!("/desk/lines/{}", super::links::segment(accession))
}

/// How a vial of a state is drawn: class of its dot.
fn dot(state: State) -> &'static str {
    match state {
        State::Available => "",
        State::Reserved => "rsv",
        State::Picked => "pik",
        State::InQuarantine => "qua",
        State::UsedForTesting => "tst",
        State::Lost => "los",
        State::Shipped => "shp",
        State::Discarded => "dis",
    }
}

/// Tests by their names, as one line of text.
fn named(tests: &[Test], t: Text) -> String {
    tests.iter().map(|test| test.label(t.lang)).collect::<Vec<_>>().join(", ")
}

/// The whole number in a field; an error if there is none.
fn whole<N: FromStr>(v: &Visitor, posted: &FormData, field: &str, errors: &mut FormErrors) -> Option<N> {
    let digits: String = posted.get(field).chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    let number = digits.parse().ok();
    if number.is_none() {
        errors.add(field, v.t.say("stock-no-number"));
    }
    number
}

/// The day in a field; an error if there is none.
fn day(v: &Visitor, posted: &FormData, field: &str, errors: &mut FormErrors) -> Option<NaiveDate> {
    let day = posted.get(field).trim().parse().ok();
    if day.is_none() {
        errors.add(field, v.t.say("stock-no-day"));
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::Iterable;
    use std::collections::HashSet;

    #[test]
    fn every_state_of_a_vial_is_drawn_in_its_own_way() {
        let drawn: HashSet<_> = State::iter().map(dot).collect();
        assert_eq!(drawn.len(), State::iter().count());
        let sheet = concat!(include_str!("../static/style.css"), include_str!("../static/stock.css"));
        for class in drawn.into_iter().filter(|class| !class.is_empty()) {
            assert!(sheet.contains(&format!(".cap.{class}{{")), "no style draws {class}");
        }
    }
}
