//! The day's anchor of the history: who is told where its chain ends.

use super::{Error, queries};
use crate::actor::{Actor, Permission, Verb};
use crate::app::App;
use crate::audit::anchors::{self, Anchor};
use crate::command::{Command, Work};
use crate::mail::{self, Letter};

/// Keeps the end of the chain as the day's anchor and writes it to every administrator; nothing if the day has one.
#[derive(Clone, Copy, Debug)]
pub struct AnchorHistory;

impl Command for AnchorHistory {
    const VERB: Verb = Verb::AnchorHistory;
    type Output = Option<Anchor>;
    type Error = Error;

    async fn apply(&self, work: &Work<'_>) -> Result<Option<Anchor>, Error> {
        let Some(anchor) = anchors::keep(work, work.today()).await? else { return Ok(None) };
        let administrators = queries::holders(work, Permission::Administer, None).await?;
        let letter = Letter::AuditAnchor { day: anchor.day, sequence: anchor.sequence, hash: anchor.hash.clone() };
        mail::post(work, administrators, anchor.subject(), &letter).await?;
        Ok(Some(anchor))
    }
}

/// A round of the service, every half second: once a day in Asia/Seoul it anchors the history, and the log has the
/// anchor as well. Whether it is due is looked at first, so that a round does not wait for whoever writes. Returns the
/// anchor the first time of a day.
///
/// # Errors
/// Those of the database; then nothing was told to anybody.
pub async fn anchor(app: &App) -> Result<Option<Anchor>, Error> {
    if !anchors::is_due(app.db.read(), app.clock.today()).await? {
        return Ok(None);
    }
    let kept = app.run(&Actor::system("audit"), AnchorHistory).await?;
    if let Some(Anchor { day, sequence, hash, .. }) = &kept {
        tracing::info!(
            target: "stembank::audit",
            %day,
            sequence,
            hash,
            "the end of the history; keep this line: 'stembank audit verify --head HASH' finds whether it is still there"
        );
    }
    Ok(kept)
}
