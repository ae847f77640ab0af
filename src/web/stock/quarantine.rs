//! Lots in quarantine: what each still needs before its vials can be given out.

use super::{frame, line_address, lot_address, named};
use crate::inventory::stock::{WaitingLot, in_quarantine};
use crate::web::frame::{Frame, PageResult, render};
use crate::web::section_nav::{Pages, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;

#[derive(Template)]
#[template(path = "stock/quarantine.html")]
struct Page {
    f: Frame,
    t: Text,
    rows: Vec<WaitingLot>,
    pages: Pages,
}

impl Page {
    fn to_lot(&self, row: &WaitingLot) -> String {
        lot_address(&row.lot.number)
    }

    fn to_line(&self, row: &WaitingLot) -> String {
        line_address(row.line.identifier())
    }

    fn missing(&self, row: &WaitingLot) -> String {
        named(&row.missing_tests, self.t)
    }
}

/// GET `/freezer/quarantine`.
pub async fn show(v: Visitor) -> PageResult {
    let found = in_quarantine(&v.web.app, &v.actor, &window(&query_params(&v))).await?;
    let pages = Pages::of(&v, &found);
    let rows = found.rows.into_iter().map(|row| row.1).collect();
    render(&Page { f: frame(&v, v.t.say("stock-quarantine")), t: v.t, rows, pages })
}
