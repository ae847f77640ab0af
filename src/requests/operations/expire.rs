//! Agreements whose last day is over.

use super::super::error::Error;
use super::super::steps::record;
use crate::actor::Actor;
use crate::app::App;
use crate::audit;
use crate::db::Sql;
use crate::id::RequestId;
use sea_orm::FromQueryResult;
use serde_json::json;

/// Agreements that one step ends.
const SWEEP: i64 = 200;

#[derive(FromQueryResult)]
struct Ended {
    request_id: RequestId,
    number: String,
}

/// Ends agreements whose last day is over, in Asia/Seoul. The service does this every minute; whatever asks for an agreement
/// in force looks at the day meanwhile. Returns how many ended.
///
/// # Errors
/// Those of the database.
pub async fn expire_agreements(app: &App) -> Result<usize, Error> {
    let (now, actor) = (app.clock.now(), Actor::system("agreements"));
    let tx = app.db.begin().await?;
    // Whichever instance changes the row writes the event.
    let sql = "UPDATE agreement SET state = 'expired' WHERE state = 'in_force' AND id IN
                 (SELECT id FROM agreement WHERE state = 'in_force' AND expires_on < $1 ORDER BY expires_on, id LIMIT $2)
               RETURNING request_id, number";
    let ended: Vec<Ended> = Sql::with(sql, [app.clock.today().into(), SWEEP.into()]).all(&*tx).await?;
    for one in &ended {
        let (before, after) = (json!({ "state": "in_force" }), json!({ "state": "expired" }));
        let detail = audit::with_changes(json!({ "agreement": one.number }), &before, &after);
        record(&tx, now, &actor, "agreement.expire", one.request_id, detail).await?;
    }
    tx.commit().await?;
    Ok(ended.len())
}
