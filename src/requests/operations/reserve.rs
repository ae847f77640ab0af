//! Setting vials aside for an approved line, and giving them back.

use super::super::error::Error;
use super::super::model::request;
use super::super::model::request_line::{self, State};
use super::super::policy;
use super::super::steps::{bank_side, cell_lines, lock_line, notify, record, today};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::catalogue::model::cell_line;
use crate::db::Transaction;
use crate::id::{LineId, RequestLineId};
use crate::inventory::{reservations, steps as inventory_steps};
use crate::mail::Letter;
use chrono::Duration;
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Request lines whose reservations one sweep ends.
const SWEEP: u64 = 100;

/// Sets the approved vials aside. With too few free vials nothing is set aside and the line goes to the waiting list: the
/// answer tells by its state.
///
/// # Errors
/// Not allowed, no such line, not in this state, or a requirement that is not met any more.
pub async fn reserve(app: &App, actor: &Actor, id: RequestLineId) -> Result<request_line::Model, Error> {
    actor.may_do(Verb::ReserveVials)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, request_line) = lock_line(&tx, actor, id).await?;
    let cells = cell_lines(&tx, &[request_line.line_id]).await?;
    policy::reserve(&request, &request_line, &cells, actor, today(app))?;
    let wanted = request_line.vials_approved.unwrap_or(request_line.vials_requested);
    inventory_steps::lock_lots(&tx, request_line.line_id).await?;
    let before = inventory_steps::bands(&tx, request_line.line_id, now).await?;
    expire(app, &tx, Some(request_line.line_id)).await?;
    let vials = inventory_steps::choose_free(&tx, request_line.line_id, wanted).await?;
    let enough = vials.len() == usize::try_from(wanted).unwrap_or(usize::MAX);
    let request_line = if enough {
        let until = now + Duration::days(app.config.reservation_days);
        reservations::create(&tx, now, actor, id, &vials, until).await?;
        let mut detail = json!({ "line": id.0, "vials": vials.len(), "until": until });
        let old = snapshot(&request_line, 0);
        let request_line = put(&tx, request_line, State::Reserved, None).await?;
        let event_detail = audit::with_changes(detail.clone(), &old, &snapshot(&request_line, vials.len()));
        record(&tx, now, actor, "vials.reserve", request.id, event_detail).await?;
        detail["cell_line"] = identifier(&cells).into();
        notify(&tx, now, [request.applicant_id], Letter::VialsReserved, &request, detail).await?;
        request_line
    } else {
        wait(app, actor, &tx, &request, request_line, vials.len(), identifier(&cells)).await?
    };
    if inventory_steps::bands(&tx, request_line.line_id, now).await? != before {
        tx.public_changed();
    }
    tx.commit().await?;
    Ok(request_line)
}

async fn put(
    tx: &Transaction,
    request_line: request_line::Model,
    state: State,
    waitlisted_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<request_line::Model, Error> {
    let mut row: request_line::ActiveModel = request_line.into();
    row.state = Set(state);
    row.waitlisted_at = Set(waitlisted_at);
    Ok(row.update(&**tx).await?)
}

/// What of a line its reservations change.
fn snapshot(request_line: &request_line::Model, reserved: usize) -> serde_json::Value {
    json!({ "state": request_line.state.to_value(), "waitlisted_at": request_line.waitlisted_at, "reserved": reserved })
}

/// How letters name the cells.
fn identifier(cells: &[cell_line::Model]) -> Option<&str> {
    cells.first().map(cell_line::Model::identifier)
}

/// Puts a line on the waiting list, once; trying again keeps its place and tells nobody twice.
async fn wait(
    app: &App,
    actor: &Actor,
    tx: &Transaction,
    request: &request::Model,
    request_line: request_line::Model,
    free: usize,
    cells: Option<&str>,
) -> Result<request_line::Model, Error> {
    if request_line.state == State::Waitlisted {
        return Ok(request_line);
    }
    let now = app.clock.now();
    let detail = json!({ "line": request_line.id.0, "wanted": request_line.vials_approved, "free": free });
    let before = snapshot(&request_line, 0);
    let request_line = put(tx, request_line, State::Waitlisted, Some(now)).await?;
    let detail = audit::with_changes(detail, &before, &snapshot(&request_line, 0));
    record(tx, now, actor, "vials.wait", request.id, detail).await?;
    let detail = json!({ "line": request_line.id.0, "cell_line": cells });
    notify(tx, now, [request.applicant_id], Letter::LineWaits, request, detail).await?;
    Ok(request_line)
}

/// Gives reserved vials back; the line is approved again.
///
/// # Errors
/// Not allowed, no such line, or nothing reserved.
pub async fn release_reservation(app: &App, actor: &Actor, id: RequestLineId) -> Result<request_line::Model, Error> {
    actor.may_do(Verb::ReleaseReservation)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, request_line) = lock_line(&tx, actor, id).await?;
    policy::release(&request, &request_line, actor)?;
    inventory_steps::lock_lots(&tx, request_line.line_id).await?;
    let before = inventory_steps::bands(&tx, request_line.line_id, now).await?;
    let vials = reservations::end(&tx, now, actor, id, reservations::Ending::Released).await?;
    let old = snapshot(&request_line, vials.len());
    let request_line = put(&tx, request_line, State::Approved, None).await?;
    if inventory_steps::bands(&tx, request_line.line_id, now).await? != before {
        tx.public_changed();
    }
    let detail = json!({ "line": id.0, "vials": vials.len() });
    let detail = audit::with_changes(detail, &old, &snapshot(&request_line, 0));
    record(&tx, now, actor, "vials.release", request.id, detail).await?;
    tx.commit().await?;
    Ok(request_line)
}

/// Ends reservations that ran out; their lines are approved again. The service does this every minute; what is shown
/// and reserved meanwhile already counts those vials as free. Returns how many request lines it changed.
///
/// # Errors
/// Those of the database.
pub async fn expire_reservations(app: &App) -> Result<usize, Error> {
    let tx = app.db.begin().await?;
    let ended = expire(app, &tx, None).await?;
    tx.commit().await?;
    Ok(ended)
}

async fn expire(app: &App, tx: &Transaction, only: Option<LineId>) -> Result<usize, Error> {
    let now = app.clock.now();
    let actor = Actor::system("reservations");
    let due = reservations::due(&**tx, now, only, SWEEP).await?;
    let mut ended = 0;
    for (id, cell_line) in &due {
        if only.is_none() {
            // Another instance may have been faster: ask again under the lots' lock.
            inventory_steps::lock_lots(tx, *cell_line).await?;
        }
        let vials = reservations::end(tx, now, &actor, *id, reservations::Ending::Expired).await?;
        if vials.is_empty() {
            continue;
        }
        ended += 1;
        let request_line = request_line::Entity::find_by_id(*id).one(&**tx).await?.ok_or(Error::NoSuchRequestLine)?;
        let request =
            request::Entity::find_by_id(request_line.request_id).one(&**tx).await?.ok_or(Error::NoSuchRequest)?;
        let old = snapshot(&request_line, vials.len());
        let request_line = put(tx, request_line, State::Approved, None).await?;
        let detail = audit::with_changes(json!({ "line": id.0 }), &old, &snapshot(&request_line, 0));
        record(tx, now, &actor, "vials.expire", request.id, detail).await?;
        let mut to = bank_side(tx, &request).await?;
        to.push(request.applicant_id);
        let cells = cell_lines(tx, &[request_line.line_id]).await?;
        let detail = json!({ "line": id.0, "cell_line": identifier(&cells) });
        notify(tx, now, to, Letter::ReservationExpired, &request, detail).await?;
    }
    Ok(ended)
}
