//! One field for whatever is in the hand: a barcode, a lot number, an accession or a name.

use super::{frame, line_address, lot_address, vial_address};
use crate::actor::Permission;
use crate::catalogue;
use crate::catalogue::queries::{Key, ListedLine, find};
use crate::catalogue::{Holding, PublicationStatus};
use crate::inventory::LotState;
use crate::inventory::queries::{StockedLot, lot_by_number, lots_of};
use crate::inventory::stock::vial_by_barcode;
use crate::search::cell_lines::list;
use crate::search::{Filter, Order};
use crate::web::forms::FormData;
use crate::web::frame::{Frame, PageResult, go, render};
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, query_params, window};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use sea_orm::{ActiveEnum, Iterable};

/// A held line with what there is of it.
struct Row {
    line: ListedLine,
    accession: String,
    address: String,
    lots: i64,
    in_quarantine: i64,
    free: i64,
}

#[derive(Template)]
#[template(path = "stock/search.html")]
struct Page {
    f: Frame,
    t: Text,
    search: String,
    status: String,
    rows: Vec<Row>,
    pages: Pages,
}

impl Page {
    fn statuses(&self) -> Vec<(String, &'static str)> {
        PublicationStatus::iter().map(|status| (status.to_value(), status.label(self.t.lang))).collect()
    }
}

/// GET `/freezer`.
pub async fn show(v: Visitor) -> PageResult {
    v.actor.may(Permission::KeepStock)?;
    let params = query_params(&v);
    if let Some(to) = straight_to(&v, params.get("q").trim()).await? {
        return Ok(go(&to));
    }
    let status = PublicationStatus::try_from_value(&params.get("status").to_owned()).ok();
    let filter = Filter {
        search: params.filled("q").map(str::to_owned),
        holding: vec![Holding::Held],
        status: status.into_iter().collect(),
        ..Filter::default()
    };
    let found = list(&v.web.app, &v.actor, filter, Order::Name, &window(&params)).await?;
    let pages = Pages::of(&v, &found);
    let lines: Vec<ListedLine> = found.rows.into_iter().map(|row| row.1).collect();
    let page = Page {
        f: frame(&v, v.t.say("stock-title")),
        t: v.t,
        search: params.get("q").to_owned(),
        status: FormData::get(&params, "status").to_owned(),
        rows: rows(&v, lines).await?,
        pages,
    };
    render(&page)
}

/// Whatever one exact code names: a scanner is done with one field and no list.
async fn straight_to(v: &Visitor, code: &str) -> Result<Option<String>, PageError> {
    if code.is_empty() {
        return Ok(None);
    }
    let (app, db, upper) = (&v.web.app, v.web.app.db.read(), code.to_uppercase());
    for code in [code, &upper] {
        if vial_by_barcode(app, &v.actor, code).await?.is_some() {
            return Ok(Some(vial_address(code)));
        }
    }
    if let Some(lot) = lot_by_number(db, &v.actor, code).await? {
        return Ok(Some(lot_address(&lot.number)));
    }
    for key in [Key::Accession(code.into()), Key::Rrid(code.into()), Key::Name(code.into())] {
        let found = match find(app, &v.actor, &key).await {
            // A name of several lines is looked for in the list, as any other word.
            Err(catalogue::Error::Ambiguous { .. }) => None,
            found => found?,
        };
        if let Some(line) = found.filter(|line| line.holding == Holding::Held) {
            return Ok(Some(line_address(line.identifier())));
        }
    }
    Ok(None)
}

/// The lines with their lots, which one query reads for all of them.
async fn rows(v: &Visitor, lines: Vec<ListedLine>) -> Result<Vec<Row>, PageError> {
    let ids: Vec<_> = lines.iter().map(|line| line.id).collect();
    let lots = lots_of(v.web.app.db.read(), &v.actor, &ids, v.web.app.clock.now()).await?;
    let row = |line: ListedLine| {
        let own: Vec<&StockedLot> = lots.iter().filter(|lot| lot.lot.line_id == line.id).collect();
        let waiting = own.iter().filter(|lot| lot.lot.state == LotState::Quarantined).count();
        let accession = line.accession.clone().unwrap_or_default();
        Row {
            address: line_address(&accession),
            accession,
            lots: i64::try_from(own.len()).unwrap_or(i64::MAX),
            in_quarantine: i64::try_from(waiting).unwrap_or(i64::MAX),
            free: own.iter().filter_map(|lot| lot.stock.free).sum(),
            line,
        }
    };
    Ok(lines.into_iter().map(row).collect())
}
