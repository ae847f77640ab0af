//! Who asks: the owner of a token or of a session.

use crate::accounts::commands::{NoteUse, Used};
use crate::accounts::passwords;
use crate::actor::{Actor, Grant, Role, Scope};
use crate::app::App;
use crate::config::Config;
use crate::db::Sql;
use crate::id::SessionId;
use crate::language::Lang;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};

/// How exactly it is kept when something was used last: writing it at every request would make every read a write.
const USE_IS_KEPT: Duration = Duration::seconds(60);
/// How long a request waits for a busy database to note that; what is missed is noted by the next one.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// Who a token belongs to; `None` if it is unknown, revoked or expired, or its account disabled.
///
/// # Errors
/// Those of the database.
pub async fn actor_by_token(app: &App, token: &str, lang: Option<Lang>) -> Result<Option<Actor>, DbErr> {
    let sql = "SELECT p.id, p.institution_id, p.locale, g.role, g.institution_id, t.id, t.last_used_at,
                      t.may_request, t.may_staff, t.may_administer
               FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN role_grant g ON g.person_id = p.id
               WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
                 AND p.disabled_at IS NULL";
    let now = app.clock.now();
    let rows = Sql::with(sql, [passwords::token_hash(token).into(), now.into()]).rows(app.db.read()).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut scopes = vec![Scope::Read];
    for (column, scope) in [(7, Scope::Request), (8, Scope::Staff), (9, Scope::Administer)] {
        if first.try_get_by_index(column)? {
            scopes.push(scope);
        }
    }
    if is_stale(first.try_get_by_index(6)?, now) {
        note(app, Used::Token(first.try_get_by_index(5)?), now).await;
    }
    Ok(Some(person(&rows, first, lang)?.by_token(scopes)))
}

/// Who is signed in with a cookie; `None` if the session is unknown, ended by the person, by idleness or by age, or the
/// account disabled. Roles of the bank's own people are withheld from a session without a second factor.
///
/// # Errors
/// Those of the database.
pub async fn actor_by_session(app: &App, secret: &str, lang: Option<Lang>) -> Result<Option<Actor>, DbErr> {
    let sql =
        "SELECT p.id, p.institution_id, p.locale, g.role, g.institution_id, s.id, s.last_seen_at, s.second_factor,
                      b.kind
               FROM session s JOIN person p ON p.id = s.person_id JOIN bank b ON b.id = 1
                 LEFT JOIN role_grant g ON g.person_id = p.id
               WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.created_at > $2 AND s.last_seen_at > $3
                 AND p.disabled_at IS NULL";
    let now = app.clock.now();
    let ends = app.config.session;
    let (oldest, idle) = (now - Duration::hours(ends.absolute_hours), now - Duration::minutes(ends.idle_minutes));
    let values = [passwords::token_hash(secret).into(), oldest.into(), idle.into()];
    let rows = Sql::with(sql, values).rows(app.db.read()).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let session: SessionId = first.try_get_by_index(5)?;
    if is_stale(first.try_get_by_index(6)?, now) {
        note(app, Used::Session(session), now).await;
    }
    let is_demo = first.try_get_by_index::<String>(8)? == "demo";
    let needed = app.config.second_factor_required && !is_demo && !first.try_get_by_index::<bool>(7)?;
    let actor = person(&rows, first, lang)?;
    Ok(Some(actor.in_session(session, |role| needed && role.needs_second_factor())))
}

/// True if a session should have a second factor for what only the bank's people do, and has none.
///
/// # Errors
/// Those of the database.
pub async fn lacks_second_factor(
    db: &impl ConnectionTrait,
    config: &Config,
    session: SessionId,
) -> Result<bool, DbErr> {
    let sql = "SELECT s.second_factor, b.kind FROM session s JOIN bank b ON b.id = 1 WHERE s.id = $1";
    let row = Sql::with(sql, [session.0.into()]).one(db).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("session".into()))?;
    let exempt = !config.second_factor_required || row.try_get_by_index::<String>(1)? == "demo";
    Ok(!exempt && !row.try_get_by_index::<bool>(0)?)
}

/// The person that begins each row, with the grant of each.
fn person(rows: &[QueryResult], first: &QueryResult, lang: Option<Lang>) -> Result<Actor, DbErr> {
    let lang = lang.or(Lang::from_tag(&first.try_get_by_index::<String>(2)?)).unwrap_or_default();
    let grants = rows.iter().filter_map(|row| grant(row).transpose()).collect::<Result<_, _>>()?;
    Ok(Actor::person(first.try_get_by_index(0)?, first.try_get_by_index(1)?, grants, lang))
}

fn grant(row: &QueryResult) -> Result<Option<Grant>, DbErr> {
    let Some(role) = row.try_get_by_index::<Option<Role>>(3)? else { return Ok(None) };
    Ok(Some(Grant { role, institution: row.try_get_by_index(4)? }))
}

fn is_stale(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    last.is_none_or(|last| now - last >= USE_IS_KEPT)
}

/// Notes a use. A database that is busy or away must not turn a read into a failure.
async fn note(app: &App, used: Used, at: DateTime<Utc>) {
    let system = Actor::system("access");
    match tokio::time::timeout(PATIENCE, app.run(&system, NoteUse { used, at })).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a use could not be noted"),
        Err(_) => tracing::debug!("the database is too busy to note a use"),
    }
}
