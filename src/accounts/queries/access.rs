//! Who asks: the owner of a token or of a session.

use crate::accounts::commands::{NoteUse, Used};
use crate::accounts::model::{api_token, person, role_grant, session};
use crate::accounts::passwords;
use crate::actor::{Actor, Grant, Role, Scope};
use crate::app::App;
use crate::config::Config;
use crate::db::is_demo;
use crate::db::model::bank;
use crate::id::{InstitutionId, PersonId, SessionId, TokenId};
use crate::language::Lang;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, QueryTrait,
    RelationTrait, Select,
};

/// How exactly it is kept when something was used last: writing it at every request would make every read a write.
const USE_IS_KEPT: Duration = Duration::seconds(60);
/// How long a request waits for a busy database to note that; what is missed is noted by the next one.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

/// A person, with one of their roles.
#[derive(FromQueryResult)]
struct Holder {
    person_id: PersonId,
    works_at: Option<InstitutionId>,
    locale: String,
    role: Option<Role>,
    signs_for: Option<InstitutionId>,
}

/// Adds to rows of open accounts, which are joined already, a [`Holder`] for each of their roles.
fn with_holders<E: EntityTrait>(rows: Select<E>) -> Select<E> {
    let open = rows.filter(person::Column::DisabledAt.is_null());
    let rows = open.join(JoinType::LeftJoin, role_grant::Relation::Person.def().rev());
    let rows = rows.column_as(person::Column::Id, "person_id").column_as(person::Column::InstitutionId, "works_at");
    let rows = rows.column(person::Column::Locale).column(role_grant::Column::Role);
    rows.column_as(role_grant::Column::InstitutionId, "signs_for")
}

#[derive(FromQueryResult)]
struct HeldToken {
    id: TokenId,
    last_used_at: Option<DateTime<Utc>>,
    may_request: bool,
    may_staff: bool,
    may_administer: bool,
    second_factor: bool,
    bank: bank::Kind,
    #[sea_orm(nested)]
    holder: Holder,
}

/// Who a token belongs to; `None` if it is unknown, revoked or expired, or its account disabled. What the session withheld
/// in which it was made, it withholds, too.
///
/// # Errors
/// Those of the database.
pub async fn actor_by_token(app: &App, token: &str, lang: Option<Lang>) -> Result<Option<Actor>, DbErr> {
    use api_token::{Column, Entity};
    let now = app.clock.now();
    let good = Entity::find().inner_join(person::Entity).filter(Column::TokenHash.eq(passwords::token_hash(token)));
    let good = good.filter(Column::RevokedAt.is_null());
    let good = good.filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now))).select_only();
    let columns = [Column::Id, Column::LastUsedAt, Column::MayRequest, Column::MayStaff, Column::MayAdminister];
    let good = good.columns(columns).column(Column::SecondFactor).expr_as(kind_of_bank(), "bank");
    let rows: Vec<HeldToken> = with_holders(good).into_model().all(app.db.read()).await?;
    let Some(HeldToken { id, last_used_at, may_request, may_staff, may_administer, second_factor, bank, .. }) =
        rows.first()
    else {
        return Ok(None);
    };
    let lacks = lacks(app, *bank, *second_factor);
    let scopes = [(may_request, Scope::Request), (may_staff, Scope::Staff), (may_administer, Scope::Administer)];
    let scopes =
        std::iter::once(Scope::Read).chain(scopes.into_iter().filter(|(may, _)| **may).map(|(_, scope)| scope));
    let scopes = scopes.collect();
    if is_stale(*last_used_at, now) {
        note(app, Used::Token(*id), now).await;
    }
    let actor = actor(rows.into_iter().map(|row| row.holder), lang).map(|actor| actor.by_token(scopes));
    Ok(actor.map(|actor| if lacks { actor.without_second_factor() } else { actor }))
}

/// Whether a credential should have a second factor for what only the bank's people do, and has none.
fn lacks(app: &App, bank: bank::Kind, second_factor: bool) -> bool {
    app.config.second_factor_required && bank != bank::Kind::Demo && !second_factor
}

fn kind_of_bank() -> SelectStatement {
    bank::Entity::find_by_id(1).select_only().column(bank::Column::Kind).into_query()
}

#[derive(FromQueryResult)]
struct HeldSession {
    id: SessionId,
    last_seen_at: DateTime<Utc>,
    second_factor: bool,
    bank: bank::Kind,
    #[sea_orm(nested)]
    holder: Holder,
}

/// Who is signed in with a cookie; `None` if the session is unknown, ended by the person, by idleness or by age, or the
/// account disabled. Roles of the bank's own people are withheld from a session without a second factor.
///
/// # Errors
/// Those of the database.
pub async fn actor_by_session(app: &App, secret: &str, lang: Option<Lang>) -> Result<Option<Actor>, DbErr> {
    use session::{Column, Entity};
    let (now, ends) = (app.clock.now(), app.config.session);
    let (oldest, idle) = (now - Duration::hours(ends.absolute_hours), now - Duration::minutes(ends.idle_minutes));
    let good = Entity::find().inner_join(person::Entity).filter(Column::TokenHash.eq(passwords::token_hash(secret)));
    let good = good.filter(Column::EndedAt.is_null()).filter(Column::CreatedAt.gt(oldest));
    let good = good.filter(Column::LastSeenAt.gt(idle)).select_only();
    let good = good.columns([Column::Id, Column::LastSeenAt, Column::SecondFactor]).expr_as(kind_of_bank(), "bank");
    let rows: Vec<HeldSession> = with_holders(good).into_model().all(app.db.read()).await?;
    let Some(HeldSession { id, last_seen_at, second_factor, bank, .. }) = rows.first() else { return Ok(None) };
    let (id, lacks) = (*id, lacks(app, *bank, *second_factor));
    if is_stale(Some(*last_seen_at), now) {
        note(app, Used::Session(id), now).await;
    }
    let actor = actor(rows.into_iter().map(|row| row.holder), lang).map(|actor| actor.in_session(id));
    Ok(actor.map(|actor| if lacks { actor.without_second_factor() } else { actor }))
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
    let session = session::Entity::find_by_id(session).one(db).await?;
    let session = session.ok_or_else(|| DbErr::RecordNotFound("session".into()))?;
    let exempt = !config.second_factor_required || session.second_factor;
    Ok(!exempt && !is_demo(db).await?)
}

/// The person in the rows, with the role of each.
fn actor(holders: impl Iterator<Item = Holder>, lang: Option<Lang>) -> Option<Actor> {
    let mut holders = holders.peekable();
    let Holder { person_id, works_at, locale, .. } = holders.peek()?;
    let (person, works_at) = (*person_id, *works_at);
    let lang = lang.or(Lang::from_tag(locale)).unwrap_or_default();
    let grant = |holder: Holder| Some(Grant { role: holder.role?, institution: holder.signs_for });
    Some(Actor::person(person, works_at, holders.filter_map(grant).collect(), lang))
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
