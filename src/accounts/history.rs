//! The day's anchor of the history: who is told where its chain ends.

use super::queries;
use crate::actor::{Actor, Permission};
use crate::app::App;
use crate::audit::anchors::{self, Anchor};
use crate::mail::{self, Letter};
use sea_orm::DbErr;

/// Once a day in Asia/Seoul: keeps the end of the chain as the day's anchor, writes it into the log and to every
/// administrator. Returns it the first time of a day; the service asks every half second.
///
/// # Errors
/// Those of the database; then nothing was told to anybody.
pub async fn anchor(app: &App) -> Result<Option<Anchor>, DbErr> {
    let (now, day) = (app.clock.now(), app.clock.today());
    if !anchors::is_due(app.db.read(), day).await? {
        return Ok(None);
    }
    let tx = app.db.begin().await?;
    let Some(anchor) = anchors::keep(&tx, &Actor::system("audit"), now, day).await? else { return Ok(None) };
    let administrators = queries::holders(&*tx, Permission::Administer, None).await?;
    mail::post(&tx, now, administrators, Letter::AuditAnchor, anchor.subject(), anchor.detail()).await?;
    tx.commit().await?;
    tracing::info!(
        target: "stembank::audit",
        %day,
        sequence = anchor.sequence,
        hash = anchor.hash,
        "the end of the history; keep this line: 'stembank audit verify --head HASH' finds whether it is still there"
    );
    Ok(Some(anchor))
}
