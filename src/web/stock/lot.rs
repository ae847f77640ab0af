//! A lot: its facts, its tests and what its release still lacks, and its vials.

use super::certificate::released_by;
use super::{day, dot, frame, line_address, lot_address, vial_address, whole};
use crate::actor::Permission;
use crate::catalogue::queries::lines_by_id;
use crate::catalogue::{Grade, LineView};
use crate::error::DomainError;
use crate::id::LotId;
use crate::inventory::commands::{RecordQualityTest, ReleaseLot};
use crate::inventory::queries::{lot_by_number, tests_of};
use crate::inventory::rules::release_tests;
use crate::inventory::stock::{self, KeptLot, KeptVial};
use crate::inventory::{self, LotState, LotView, Test, TestView, Verdict, VialState};
use crate::page::{MAX_ROWS, Window};
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html};
use crate::web::page_error::PageError;
use crate::web::section_nav::{Pages, flash, query_params};
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use sea_orm::{ActiveEnum, Iterable};

/// A test that the release needs, with its newest result.
struct Needed {
    name: &'static str,
    newest: Option<TestView>,
}

#[derive(Template)]
#[template(path = "stock/lot.html")]
struct Page {
    f: Frame,
    t: Text,
    line: LineView,
    to_line: String,
    address: String,
    kept: KeptLot,
    parent: Option<(String, String)>,
    needed: Vec<Needed>,
    results: Vec<TestView>,
    vials: Vec<KeptVial>,
    pages: Pages,
    released_by: Option<String>,
    /// Why it cannot be released now.
    why_not: Option<String>,
    errors: FormErrors,
    typed: FormData,
    flash: String,
}

impl Page {
    fn lot(&self) -> &LotView {
        &self.kept.stocked.lot
    }

    fn badge(&self) -> (&'static str, &'static str) {
        match self.lot().state {
            LotState::Released => ("ok", "circle-check"),
            LotState::Quarantined => ("warn", "hourglass"),
            LotState::Recalled => ("bad", "octagon-x"),
            LotState::Exhausted => ("off", "archive"),
        }
    }

    fn dot(&self, state: &VialState) -> &'static str {
        dot(*state)
    }

    fn to_vial(&self, kept: &KeptVial) -> String {
        vial_address(&kept.vial.barcode)
    }

    /// The place of a vial in its lot, as its barcode ends.
    fn place(&self, kept: &KeptVial) -> String {
        let end = kept.vial.barcode.rsplit('-').next().unwrap_or_default();
        end.trim_start_matches('0').to_owned()
    }

    /// A reservation of what was packed does not end by itself any more.
    fn can_expire(&self, kept: &KeptVial) -> bool {
        kept.vial.state == VialState::Reserved
    }

    fn tests(&self) -> Vec<(String, &'static str)> {
        Test::iter().map(|test| (test.to_value(), test.label(self.t.lang))).collect()
    }

    fn verdicts(&self) -> Vec<(String, &'static str)> {
        Verdict::iter().map(|verdict| (verdict.to_value(), verdict.label(self.t.lang))).collect()
    }

    fn passed(&self, test: &TestView) -> bool {
        test.verdict == Verdict::Pass
    }
}

/// GET `/freezer/lots/NUMBER`.
pub async fn show(v: Visitor, Path(number): Path<String>) -> PageResult {
    let lot = find(&v, &number).await?;
    page(&v, &lot, FormErrors::default(), nothing_typed(&v, &lot)).await
}

/// The form of a test before anybody wrote into it.
fn nothing_typed(v: &Visitor, lot: &LotView) -> FormData {
    FormData::of([
        ("testedOn".to_owned(), v.web.app.clock.today().to_string()),
        ("passage".to_owned(), lot.passage.to_string()),
    ])
}

async fn find(v: &Visitor, number: &str) -> Result<LotView, PageError> {
    v.actor.may(Permission::KeepStock)?;
    lot_by_number(v.web.app.db.read(), &v.actor, number).await?.ok_or(PageError::NotFound)
}

async fn page(v: &Visitor, lot: &LotView, errors: FormErrors, typed: FormData) -> PageResult {
    let (app, db) = (&v.web.app, v.web.app.db.read());
    let line = lines_by_id(db, &v.actor, &[lot.line_id]).await?.pop().ok_or(PageError::NotFound)?;
    let lots = stock::lots(app, &v.actor, line.id).await?;
    let named = |id: LotId| lots.iter().map(|one| &one.stocked.lot).find(|one| one.id == id);
    let parent = lot.parent_lot_id.and_then(named).map(|one| (lot_address(&one.number), one.number.clone()));
    let kept = lots.into_iter().find(|one| one.stocked.lot.id == lot.id).ok_or(PageError::NotFound)?;
    let results = tests_of(db, &v.actor, &[lot.id]).await?;
    let required = release_tests(line.cell_type, line.grade.unwrap_or(Grade::Clinical));
    let newest = |test: &Test| results.iter().rev().find(|result| result.test == *test).cloned();
    let window = Window {
        first: i32::try_from(MAX_ROWS).ok(),
        after: query_params(v).filled("after").map(Into::into),
        ..Window::default()
    };
    let vials = stock::vials(app, &v.actor, lot.id, &window).await?;
    let status = errors.status();
    let page = Page {
        f: frame(v, v.t.say1("stock-lot-title", "number", lot.number.clone())),
        t: v.t,
        to_line: line_address(line.identifier()),
        address: lot_address(&lot.number),
        needed: required.iter().map(|test| Needed { name: test.label(v.t.lang), newest: newest(test) }).collect(),
        why_not: why_not(&kept).map(|why| why.say(v.t.lang)),
        released_by: released_by(v, lot).await?,
        flash: flash(
            v,
            &[
                ("tested", "stock-done-tested"),
                ("released", "stock-done-released"),
                ("registered", "stock-done-registered"),
            ],
        ),
        pages: Pages::of(v, &vials),
        vials: vials.rows.into_iter().map(|row| row.1).collect(),
        line,
        parent,
        kept,
        results,
        errors,
        typed,
    };
    html(status, &page)
}

/// What releasing it now would answer.
fn why_not(kept: &KeptLot) -> Option<inventory::Error> {
    if kept.stocked.lot.state != LotState::Quarantined {
        Some(inventory::Error::NotQuarantined)
    } else if kept.missing_tests.is_empty() {
        None
    } else {
        Some(inventory::Error::TestsOpen(kept.missing_tests.clone()))
    }
}

/// POST `/freezer/lots/NUMBER/tests`.
pub async fn record(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let lot = find(&v, &number).await?;
    let new = match read_test(&v, lot.id, &posted) {
        Ok(new) => new,
        Err(errors) => return page(&v, &lot, errors, posted).await,
    };
    let key = posted.key();
    let recorded = v.web.app.run_once(&v.actor, new, key.as_ref()).await;
    match into_form_errors(recorded, v.t)? {
        Ok(_) => Ok(go(&format!("{}?done=tested#tests", lot_address(&lot.number)))),
        Err(errors) => page(&v, &lot, errors, posted).await,
    }
}

fn read_test(v: &Visitor, lot: LotId, posted: &FormData) -> Result<RecordQualityTest, FormErrors> {
    let mut errors = FormErrors::default();
    let test = Test::try_from_value(&posted.get("test").to_owned()).ok();
    let verdict = Verdict::try_from_value(&posted.get("verdict").to_owned()).ok();
    for (field, chosen) in [("test", test.is_some()), ("verdict", verdict.is_some())] {
        if !chosen {
            errors.add(field, v.t.say("stock-choose"));
        }
    }
    let (tested_on, passage) = (day(v, posted, "testedOn", &mut errors), whole(v, posted, "passage", &mut errors));
    let text = |field: &str| posted.get(field).trim().to_owned();
    match (test, verdict, tested_on, passage) {
        (Some(test), Some(verdict), Some(tested_on), Some(passage)) => Ok(RecordQualityTest {
            lot,
            test,
            method: text("method"),
            laboratory: text("laboratory"),
            specification: text("specification"),
            result: text("result"),
            verdict,
            tested_on,
            passage,
            analyst: text("analyst"),
            reviewer: text("reviewer"),
        }),
        _ => Err(errors),
    }
}

/// POST `/freezer/lots/NUMBER/release`.
pub async fn release(v: Visitor, Path(number): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let lot = find(&v, &number).await?;
    let released = v.web.app.run(&v.actor, ReleaseLot { lot: lot.id }).await;
    match into_form_errors(released, v.t)? {
        Ok(_) => Ok(go(&format!("{}?done=released", lot_address(&lot.number)))),
        Err(errors) => page(&v, &lot, errors, nothing_typed(&v, &lot)).await,
    }
}
