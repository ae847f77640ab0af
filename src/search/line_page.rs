//! The page of one line: what the catalogue knows of it, and what the stock says.

use crate::actor::Actor;
use crate::app::App;
use crate::catalogue::pages::{self, LinePage};
use crate::catalogue::queries::Key;
use crate::catalogue::{Error, Holding};
use crate::id::LotId;
use crate::inventory::queries::{StockedLot, lots_of, public_tests_of, stock_of};
use crate::inventory::{StockView, TestView};
use std::collections::HashMap;

/// The page of a line with its stock.
#[derive(Clone, Debug)]
pub struct StockedPage {
    /// What the catalogue knows.
    pub page: LinePage,
    /// What can be had; none of a reference line.
    pub stock: Option<StockView>,
    /// Lots that the actor may see, oldest first, each with its tests as everybody may read them.
    pub lots: Vec<(StockedLot, Vec<TestView>)>,
}

/// The page of the line that a reader names, if the actor may see it: ten statements, whatever the line has.
///
/// # Errors
/// [`Error::Ambiguous`] if several lines share the name, or those of the database.
pub async fn page_of(app: &App, actor: &Actor, key: &Key) -> Result<Option<StockedPage>, Error> {
    let Some(page) = pages::line_page(app, actor, key).await? else { return Ok(None) };
    if page.line.holding == Holding::Reference {
        return Ok(Some(StockedPage { page, stock: None, lots: vec![] }));
    }
    let (db, ids, now) = (app.db.read(), [page.line.id], app.clock.now());
    let stock = stock_of(db, actor, &ids, now).await?.remove(&page.line.id);
    let lots = lots_of(db, actor, &ids, now).await?;
    let lot_ids: Vec<LotId> = lots.iter().map(|lot| lot.lot.id).collect();
    let mut tests: HashMap<LotId, Vec<TestView>> = HashMap::new();
    if !lot_ids.is_empty() {
        for test in public_tests_of(db, actor.lang, &lot_ids).await? {
            tests.entry(test.lot_id).or_default().push(test);
        }
    }
    let lots = lots.into_iter().map(|lot| (tests.remove(&lot.lot.id).unwrap_or_default(), lot));
    Ok(Some(StockedPage { page, stock, lots: lots.map(|(tests, lot)| (lot, tests)).collect() }))
}
