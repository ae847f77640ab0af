//! What ends by itself: reservations that ran out, agreements whose last day is over.

use super::super::error::Error;
use super::super::model::request;
use super::super::model::request_line::{self, State};
use super::super::steps::{bank_side, cell_lines, hold_requests_of, notify, record};
use super::reserve::{identifier, put, snapshot};
use crate::actor::{Actor, Verb};
use crate::command::{Command, Work};
use crate::db::Sql;
use crate::id::{RequestId, RequestLineId};
use crate::inventory::reservations::{self, Among};
use crate::inventory::steps::lock_lots;
use crate::mail::Letter;
use crate::{audit, subject};
use sea_orm::{EntityTrait, FromQueryResult};
use serde_json::json;

/// Request lines whose reservations are ended to make room for another.
pub(super) const RUN_OUT: u64 = 100;
/// Agreements that one command ends.
const AGREEMENTS: i64 = 200;

/// Ends the reservations of a request line if they ran out; the line is approved again. Until then it could be packed,
/// given back, or ended by another instance. The answer is whether they were still due.
///
/// Refused: no such line.
#[derive(Clone, Copy, Debug)]
pub struct ExpireReservations {
    /// The line of a request.
    pub line: RequestLineId,
}

impl Command for ExpireReservations {
    const VERB: Verb = Verb::ExpireReservations;
    type Output = bool;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<bool, Error> {
        hold_requests_of(work, &[self.line]).await?;
        let line = line(work, self.line).await?;
        lock_lots(work, &[line.line_id]).await?;
        Ok(end_run_out(work, &[line.id]).await? > 0)
    }
}

async fn line(work: &Work<'_>, id: RequestLineId) -> Result<request_line::Model, Error> {
    request_line::Entity::find_by_id(id).one(work).await?.ok_or(Error::NoSuchRequestLine)
}

/// Ends what of these is still due, now that their requests and the stock are locked. They end by themselves, whoever
/// needs the room: so the history has it.
pub(super) async fn end_run_out(work: &Work<'_>, run_out: &[RequestLineId]) -> Result<usize, Error> {
    let actor = Actor::system("reservations");
    let due = reservations::due(work, work.now(), Among::Lines(run_out), RUN_OUT).await?;
    for (id, _) in &due {
        let vials = reservations::end(work, work.now(), &actor, *id, reservations::Ending::Expired).await?;
        let line = line(work, *id).await?;
        let request = request::Entity::find_by_id(line.request_id).one(work).await?.ok_or(Error::NoSuchRequest)?;
        let before = snapshot(&line, vials.len());
        let line = put(work, line, State::Approved, None).await?;
        let detail = audit::with_changes(json!({ "line": id.0 }), &before, &snapshot(&line, 0));
        audit::record(work, work.now(), &actor, "vials.expire", subject!(RequestId, request.id), detail).await?;
        let mut to = bank_side(work, &request).await?;
        to.push(request.applicant_id);
        let cells = cell_lines(work, &[line.line_id]).await?;
        let detail = json!({ "line": id.0, "cell_line": identifier(&cells) });
        notify(work, &request, to, (Letter::ReservationExpired, detail)).await?;
    }
    Ok(due.len())
}

/// Ends agreements whose last day is over, in Asia/Seoul. The service does this every minute; whatever asks for an agreement
/// in force looks at the day meanwhile. The answer is how many ended.
///
/// Refused: nothing.
#[derive(Clone, Copy, Debug)]
pub struct ExpireAgreements;

#[derive(FromQueryResult)]
struct Ended {
    request_id: RequestId,
    number: String,
}

impl Command for ExpireAgreements {
    const VERB: Verb = Verb::ExpireAgreements;
    type Output = usize;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<usize, Error> {
        // Whichever instance changes the row writes the event.
        let sql = "UPDATE agreement SET state = 'expired' WHERE state = 'in_force' AND id IN (SELECT id FROM agreement
                     WHERE state = 'in_force' AND expires_on < $1 ORDER BY expires_on, id LIMIT $2)
                   RETURNING request_id, number";
        let values = [work.app.clock.today().into(), AGREEMENTS.into()];
        let ended: Vec<Ended> = Sql::with(sql, values).all(work).await?;
        for one in &ended {
            let (before, after) = (json!({ "state": "in_force" }), json!({ "state": "expired" }));
            let detail = audit::with_changes(json!({ "agreement": one.number }), &before, &after);
            record(work, "agreement.expire", one.request_id, detail).await?;
        }
        Ok(ended.len())
    }
}
