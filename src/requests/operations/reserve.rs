//! Setting vials aside for an approved line, and giving them back.

use super::super::error::Error;
use super::super::model::request;
use super::super::model::request_line::{self, State};
use super::super::policy;
use super::super::steps::{bank_side, cell_lines, hold_requests_of, lock_line, notify, packed_in, record, today};
use crate::actor::{Actor, Verb};
use crate::app::App;
use crate::audit;
use crate::catalogue::model::cell_line;
use crate::db::Transaction;
use crate::id::RequestLineId;
use crate::inventory::reservations::{self, Among};
use crate::inventory::steps as inventory_steps;
use crate::mail::Letter;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveEnum, ActiveModelTrait, EntityTrait, Set};
use serde_json::json;

/// Request lines whose reservations one sweep ends, or one reservation to make room.
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
    let run_out = hold_with_run_out(&tx, now, id).await?;
    let (request, line) = lock_line(&tx, actor, id).await?;
    let cells = cell_lines(&tx, &[line.line_id]).await?;
    policy::reserve(&request, &line, &cells, actor, today(app))?;
    let wanted = line.vials_approved.unwrap_or(line.vials_requested);
    inventory_steps::lock_lots(&tx, &[line.line_id]).await?;
    let before = inventory_steps::bands(&tx, line.line_id, now).await?;
    expire(&tx, now, &run_out).await?;
    let vials = inventory_steps::choose_free(&tx, line.line_id, wanted).await?;
    let enough = vials.len() == usize::try_from(wanted).unwrap_or(usize::MAX);
    let line = if enough {
        let until = now + Duration::days(app.config.reservation_days);
        reservations::create(&tx, now, actor, id, &vials, until).await?;
        let mut detail = json!({ "line": id.0, "vials": vials.len(), "until": until });
        let old = snapshot(&line, 0);
        let line = put(&tx, line, State::Reserved, None).await?;
        let event_detail = audit::with_changes(detail.clone(), &old, &snapshot(&line, vials.len()));
        record(&tx, now, actor, "vials.reserve", request.id, event_detail).await?;
        detail["cell_line"] = identifier(&cells).into();
        notify(&tx, now, [request.applicant_id], Letter::VialsReserved, &request, detail).await?;
        line
    } else {
        wait(app, actor, &tx, &request, line, vials.len(), identifier(&cells)).await?
    };
    if inventory_steps::bands(&tx, line.line_id, now).await? != before {
        tx.public_changed();
    }
    tx.commit().await?;
    Ok(line)
}

/// Reservations of the same vials that ran out make room for this line. Their requests are held together with its own,
/// in one order, before the stock.
async fn hold_with_run_out(
    tx: &Transaction,
    now: DateTime<Utc>,
    id: RequestLineId,
) -> Result<Vec<RequestLineId>, Error> {
    let line = request_line::Entity::find_by_id(id).one(&**tx).await?.ok_or(Error::NoSuchRequestLine)?;
    let due = reservations::due(&**tx, now, Among::Vials(line.line_id), SWEEP).await?;
    let run_out: Vec<_> = due.into_iter().map(|(id, _)| id).collect();
    if !run_out.is_empty() {
        hold_requests_of(tx, &[&run_out[..], &[id]].concat()).await?;
    }
    Ok(run_out)
}

async fn put(
    tx: &Transaction,
    line: request_line::Model,
    state: State,
    waitlisted_at: Option<DateTime<Utc>>,
) -> Result<request_line::Model, Error> {
    let mut row: request_line::ActiveModel = line.into();
    row.state = Set(state);
    row.waitlisted_at = Set(waitlisted_at);
    Ok(row.update(&**tx).await?)
}

/// What of a line its reservations change.
fn snapshot(line: &request_line::Model, reserved: usize) -> serde_json::Value {
    json!({ "state": line.state.to_value(), "waitlisted_at": line.waitlisted_at, "reserved": reserved })
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
    line: request_line::Model,
    free: usize,
    cells: Option<&str>,
) -> Result<request_line::Model, Error> {
    if line.state == State::Waitlisted {
        return Ok(line);
    }
    let now = app.clock.now();
    let detail = json!({ "line": line.id.0, "wanted": line.vials_approved, "free": free });
    let before = snapshot(&line, 0);
    let line = put(tx, line, State::Waitlisted, Some(now)).await?;
    let detail = audit::with_changes(detail, &before, &snapshot(&line, 0));
    record(tx, now, actor, "vials.wait", request.id, detail).await?;
    let detail = json!({ "line": line.id.0, "cell_line": cells });
    notify(tx, now, [request.applicant_id], Letter::LineWaits, request, detail).await?;
    Ok(line)
}

/// Gives reserved vials back; the line is approved again.
///
/// # Errors
/// Not allowed, no such line, nothing reserved, or vials that are packed: they leave or are unpacked first.
pub async fn release_reservation(app: &App, actor: &Actor, id: RequestLineId) -> Result<request_line::Model, Error> {
    actor.may_do(Verb::ReleaseReservation)?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let (request, line) = lock_line(&tx, actor, id).await?;
    policy::release(&request, &line, packed_in(&tx, &[id]).await?, actor)?;
    inventory_steps::lock_lots(&tx, &[line.line_id]).await?;
    let before = inventory_steps::bands(&tx, line.line_id, now).await?;
    let vials = reservations::end(&tx, now, actor, id, reservations::Ending::Released).await?;
    let old = snapshot(&line, vials.len());
    let line = put(&tx, line, State::Approved, None).await?;
    if inventory_steps::bands(&tx, line.line_id, now).await? != before {
        tx.public_changed();
    }
    let detail = json!({ "line": id.0, "vials": vials.len() });
    let detail = audit::with_changes(detail, &old, &snapshot(&line, 0));
    record(&tx, now, actor, "vials.release", request.id, detail).await?;
    tx.commit().await?;
    Ok(line)
}

/// Ends reservations that ran out; their lines are approved again. The service does this every minute; what is shown
/// and reserved meanwhile already counts those vials as free. Returns how many request lines it changed.
///
/// # Errors
/// Those of the database.
pub async fn expire_reservations(app: &App) -> Result<usize, Error> {
    let now = app.clock.now();
    let mut ended = 0;
    for (id, cell_line) in reservations::due(app.db.read(), now, Among::All, SWEEP).await? {
        let tx = app.db.begin().await?;
        hold_requests_of(&tx, &[id]).await?;
        inventory_steps::lock_lots(&tx, &[cell_line]).await?;
        let done = expire(&tx, now, &[id]).await?;
        if done > 0 {
            tx.commit().await?;
        }
        ended += done;
    }
    Ok(ended)
}

/// Ends what of these is still due, now that their requests and the stock are locked: until then they could be packed,
/// given back, or ended by another instance.
async fn expire(tx: &Transaction, now: DateTime<Utc>, run_out: &[RequestLineId]) -> Result<usize, Error> {
    let actor = Actor::system("reservations");
    let due = reservations::due(&**tx, now, Among::Lines(run_out), SWEEP).await?;
    for (id, _) in &due {
        let vials = reservations::end(tx, now, &actor, *id, reservations::Ending::Expired).await?;
        let line = request_line::Entity::find_by_id(*id).one(&**tx).await?.ok_or(Error::NoSuchRequestLine)?;
        let request = request::Entity::find_by_id(line.request_id).one(&**tx).await?.ok_or(Error::NoSuchRequest)?;
        let old = snapshot(&line, vials.len());
        let line = put(tx, line, State::Approved, None).await?;
        let detail = audit::with_changes(json!({ "line": id.0 }), &old, &snapshot(&line, 0));
        record(tx, now, &actor, "vials.expire", request.id, detail).await?;
        let mut to = bank_side(tx, &request).await?;
        to.push(request.applicant_id);
        let cells = cell_lines(tx, &[line.line_id]).await?;
        let detail = json!({ "line": id.0, "cell_line": identifier(&cells) });
        notify(tx, now, to, Letter::ReservationExpired, &request, detail).await?;
    }
    Ok(due.len())
}
