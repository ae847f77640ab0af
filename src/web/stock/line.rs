//! A held line as the bank sees it: its terms, how it stands to the public, its lots.

use super::{day, dot, frame, line_address, lot_address, named, whole};
use crate::actor::Permission;
use crate::catalogue;
use crate::catalogue::commands::{PublishCellLine, SuspendCellLine};
use crate::catalogue::publication::Reason;
use crate::catalogue::queries::{lines_by_accession, modifications_of};
use crate::catalogue::rules::may_become;
use crate::catalogue::{Holding, LineView, ModificationView, PublicationStatus};
use crate::error::DomainError;
use crate::id::CellLineId;
use crate::inventory::commands::RegisterLot;
use crate::inventory::stock::{self, KeptLot};
use crate::inventory::{LotState, LotTier as Tier, VialState};
use crate::requests::commands::WithdrawCellLine;
use crate::web::forms::{FormData, FormErrors, into_form_errors};
use crate::web::frame::{Frame, PageResult, go, html};
use crate::web::page_error::PageError;
use crate::web::section_nav::flash;
use crate::web::texts::Text;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::extract::Path;
use sea_orm::{ActiveEnum, Iterable};
use std::str::FromStr;

#[derive(Template)]
#[template(path = "stock/line.html")]
struct Page {
    f: Frame,
    t: Text,
    line: LineView,
    address: String,
    modifications: Vec<ModificationView>,
    lots: Vec<KeptLot>,
    /// Errors of the form of its publication, and of that of a new lot.
    publication_errors: FormErrors,
    registering: FormErrors,
    typed: FormData,
    flash: String,
}

impl Page {
    fn status(&self) -> PublicationStatus {
        self.line.publication_status.unwrap_or(PublicationStatus::Draft)
    }

    fn badge(&self) -> (&'static str, &'static str) {
        match self.status() {
            PublicationStatus::Draft => ("off", "pen-line"),
            PublicationStatus::Published => ("ok", "circle-check"),
            PublicationStatus::Suspended => ("warn", "pause"),
            PublicationStatus::Withdrawn => ("bad", "ban"),
        }
    }

    /// Why it cannot come to stand so now; empty if it can.
    fn why_not(&self, to: PublicationStatus) -> String {
        let from = self.status();
        if may_become(from, to) { String::new() } else { catalogue::Error::WrongStatus { from, to }.say(self.t.lang) }
    }

    fn lot_badge(&self, state: &LotState) -> (&'static str, &'static str) {
        match state {
            LotState::Released => ("ok", "circle-check"),
            LotState::Quarantined => ("warn", "hourglass"),
            LotState::Recalled => ("bad", "octagon-x"),
            LotState::Exhausted => ("off", "archive"),
        }
    }

    fn to_lot(&self, kept: &KeptLot) -> String {
        lot_address(&kept.stocked.lot.number)
    }

    fn dot(&self, state: &VialState) -> &'static str {
        dot(*state)
    }

    fn missing(&self, kept: &KeptLot) -> String {
        named(&kept.missing_tests, self.t)
    }

    fn tiers(&self) -> Vec<(String, &'static str)> {
        Tier::iter().map(|tier| (tier.to_value(), tier.label(self.t.lang))).collect()
    }

    fn parents(&self) -> Vec<(String, String)> {
        let mut parents = vec![(String::new(), self.t.say("stock-no-parent"))];
        parents
            .extend(self.lots.iter().map(|kept| &kept.stocked.lot).map(|lot| (lot.number.clone(), lot.number.clone())));
        parents
    }
}

async fn find(v: &Visitor, accession: &str) -> Result<LineView, PageError> {
    v.actor.may(Permission::KeepStock)?;
    let accession = accession.trim().to_uppercase();
    let line = lines_by_accession(v.web.app.db.read(), &v.actor, &[&accession]).await?.pop();
    line.filter(|line| line.holding == Holding::Held).ok_or(PageError::NotFound)
}

/// GET `/desk/lines/ACCESSION`.
pub async fn show(v: Visitor, Path(accession): Path<String>) -> PageResult {
    let line = find(&v, &accession).await?;
    let typed = FormData::of([
        ("frozenOn".to_owned(), v.web.app.clock.today().to_string()),
        ("tier".to_owned(), Tier::Distribution.to_value()),
    ]);
    page(&v, line, FormErrors::default(), FormErrors::default(), typed).await
}

async fn page(
    v: &Visitor,
    line: LineView,
    publication_errors: FormErrors,
    registering: FormErrors,
    typed: FormData,
) -> PageResult {
    let status = if publication_errors.is_empty() { registering.status() } else { publication_errors.status() };
    let done = [
        ("published", "stock-done-published"),
        ("suspended", "stock-done-suspended"),
        ("withdrawn", "stock-done-withdrawn"),
    ];
    let page = Page {
        f: frame(v, format!("{} · {}", line.identifier(), line.name)),
        t: v.t,
        address: line_address(line.identifier()),
        modifications: modifications_of(v.web.app.db.read(), &[line.id]).await?,
        lots: stock::lots(&v.web.app, &v.actor, line.id).await?,
        flash: flash(v, &done),
        line,
        publication_errors,
        registering,
        typed,
    };
    html(status, &page)
}

/// What the form of a line's publication asks for.
#[derive(Clone, Copy, Debug)]
enum Act {
    Publish,
    Suspend,
    Withdraw,
}

impl FromStr for Act {
    type Err = PageError;

    fn from_str(word: &str) -> Result<Self, PageError> {
        match word {
            "publish" => Ok(Self::Publish),
            "suspend" => Ok(Self::Suspend),
            "withdraw" => Ok(Self::Withdraw),
            _ => Err(PageError::NotFound),
        }
    }
}

/// POST `/desk/lines/ACCESSION/publication`.
pub async fn publish(v: Visitor, Path(accession): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let line = find(&v, &accession).await?;
    let (app, actor, id) = (&v.web.app, &v.actor, line.id);
    let reason = || Reason { en: posted.get("reasonEn").to_owned(), ko: posted.get("reasonKo").to_owned() };
    let (answer, done) = match posted.get("do").parse()? {
        Act::Publish => (into_form_errors(app.run(actor, PublishCellLine { line: id }).await, v.t)?, "published"),
        Act::Suspend => {
            (into_form_errors(app.run(actor, SuspendCellLine { line: id, reason: reason() }).await, v.t)?, "suspended")
        }
        // What cannot be undone is ticked first.
        Act::Withdraw if !posted.has("sure") => (Err(FormErrors::at("sure", v.t.say("stock-tick"))), ""),
        Act::Withdraw => {
            let withdraw = WithdrawCellLine { line: id, reason: reason() };
            (into_form_errors(app.run(actor, withdraw).await, v.t)?, "withdrawn")
        }
    };
    match answer {
        Ok(line) => Ok(go(&format!("{}?done={done}", line_address(line.identifier())))),
        Err(errors) => page(&v, line, errors, FormErrors::default(), posted).await,
    }
}

/// POST `/desk/lines/ACCESSION/lots`.
pub async fn register(v: Visitor, Path(accession): Path<String>, posted: FormData) -> PageResult {
    posted.require_sign_in(&v)?;
    let line = find(&v, &accession).await?;
    let new = match read_lot(&v, &line, &posted).await? {
        Ok(new) => new,
        Err(errors) => return page(&v, line, FormErrors::default(), errors, posted).await,
    };
    let key = posted.key();
    let registered = v.web.app.run_once(&v.actor, new, key.as_ref()).await;
    match into_form_errors(registered, v.t)? {
        Ok(lot) => Ok(go(&format!("{}?done=registered", lot_address(&lot.number)))),
        Err(errors) => page(&v, line, FormErrors::default(), errors, posted).await,
    }
}

async fn read_lot(
    v: &Visitor,
    line: &LineView,
    posted: &FormData,
) -> Result<Result<RegisterLot, FormErrors>, PageError> {
    let mut errors = FormErrors::default();
    let tier = Tier::try_from_value(&posted.get("tier").to_owned()).ok();
    if tier.is_none() {
        errors.add("tier", v.t.say("stock-choose"));
    }
    let parent = match posted.filled("parentLot") {
        Some(number) => {
            let found = crate::inventory::queries::lot_by_number(v.web.app.db.read(), &v.actor, number).await?;
            if found.is_none() {
                errors.add("parentLot", v.t.say("stock-choose"));
            }
            found.map(|lot| lot.id)
        }
        None => None,
    };
    let (passage, frozen_on) = (whole(v, posted, "passage", &mut errors), day(v, posted, "frozenOn", &mut errors));
    let (vials, cells) = (whole(v, posted, "vials", &mut errors), whole(v, posted, "cellsPerVial", &mut errors));
    let line: CellLineId = line.id;
    Ok(match (tier, passage, frozen_on, vials, cells) {
        (Some(tier), Some(passage), Some(frozen_on), Some(vials), Some(cells_per_vial)) if errors.is_empty() => {
            let number = posted.get("number").trim().to_owned();
            Ok(RegisterLot { line, number, tier, passage, parent, frozen_on, vials, cells_per_vial, made_up: false })
        }
        _ => Err(errors),
    })
}
