//! The certificate of analysis of a released lot, to read and to print; for everybody who may see the lot.

use crate::accounts::queries::people;
use crate::catalogue::LineView;
use crate::catalogue::queries::lines_by_id;
use crate::inventory::LotView;
use crate::inventory::certificate::Certificate;
use crate::inventory::queries::lot_by_number;
use crate::web::frame::{Frame, PageResult, public};
use crate::web::page_error::PageError;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;

#[derive(Template)]
#[template(path = "stock/certificate.html")]
struct Page {
    f: Frame,
    t: Text,
    lot: LotView,
    line: LineView,
    certificate: Certificate,
    /// Who released it; the bank keeps names to itself.
    released_by: Option<String>,
}

/// GET `/lots/NUMBER/certificate`.
pub async fn show(v: Visitor, Path(number): Path<String>, headers: HeaderMap) -> PageResult {
    public(&v, &headers, async { Ok(page(&v, &number).await?.render()?) }).await
}

async fn page(v: &Visitor, number: &str) -> Result<Page, PageError> {
    let db = v.web.app.db.read();
    let lot = lot_by_number(db, &v.actor, number).await?.filter(|lot| lot.released_at.is_some());
    let lot = lot.ok_or(PageError::NotFound)?;
    let line = lines_by_id(db, &v.actor, &[lot.line_id]).await?.pop().ok_or(PageError::NotFound)?;
    let title = v.t.say1("stock-certificate-of", "lot", lot.number.clone());
    Ok(Page {
        f: Frame::new(v, title).at("catalogue"),
        t: v.t,
        certificate: Certificate::read(db, line.identifier(), &lot, v.t.lang).await?,
        released_by: released_by(v, &lot).await?,
        lot,
        line,
    })
}

/// The name of whoever released a lot, for those who see who it was.
pub(super) async fn released_by(v: &Visitor, lot: &LotView) -> Result<Option<String>, PageError> {
    let Some(person) = lot.released_by else { return Ok(None) };
    Ok(people(v.web.app.db.read(), &[person]).await?.pop().map(|person| person.name))
}
