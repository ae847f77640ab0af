//! What people see of their own access: sessions, tokens, second factor.

use crate::accounts::Error;
use crate::accounts::model::session::How;
use crate::accounts::model::{api_token, role_grant, second_factor, session};
use crate::actor::{Actor, Denied, Permission, Role, Scope};
use crate::app::App;
use crate::db::model::bank;
use crate::id::{PersonId, SessionId, TokenId};
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DerivePartialModel, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

/// An open session.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "session::Entity")]
pub struct OwnSession {
    /// Its key.
    pub id: SessionId,
    /// By what it began.
    pub how: How,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_seen_at: DateTime<Utc>,
}

/// Open sessions of the caller, the newest first.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn own_sessions(app: &App, actor: &Actor) -> Result<Vec<OwnSession>, Error> {
    use session::{Column, Entity};
    let (now, ends) = (app.clock.now(), app.config.session);
    let (oldest, idle) = (now - Duration::hours(ends.absolute_hours), now - Duration::minutes(ends.idle_minutes));
    let open = Entity::find().filter(Column::PersonId.eq(own(actor)?)).filter(Column::EndedAt.is_null());
    let open = open.filter(Column::CreatedAt.gt(oldest)).filter(Column::LastSeenAt.gt(idle));
    Ok(open.order_by_desc(Column::Id).into_partial_model().all(app.db.read()).await?)
}

/// A token as its owner sees it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "api_token::Entity")]
pub struct OwnToken {
    /// Its key.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    may_request: bool,
    may_staff: bool,
    may_administer: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; none means until revoked.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Revoked when.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl OwnToken {
    /// What it may do.
    pub fn scopes(&self) -> Vec<Scope> {
        let may = |scope: &Scope| match scope {
            Scope::Read => true,
            Scope::Request => self.may_request,
            Scope::Staff => self.may_staff,
            Scope::Administer => self.may_administer,
        };
        Scope::ALL.into_iter().filter(may).collect()
    }
}

/// Tokens of the caller, the newest first.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn own_tokens(app: &App, actor: &Actor) -> Result<Vec<OwnToken>, Error> {
    let tokens = api_token::Entity::find().filter(api_token::Column::PersonId.eq(own(actor)?));
    Ok(tokens.order_by_desc(api_token::Column::Id).into_partial_model().all(app.db.read()).await?)
}

/// Whether the caller has a second factor, and whether it is asked of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    /// It is set up.
    pub enrolled: bool,
    /// A role of theirs needs it.
    pub required: bool,
    /// The session has it, or nothing asks for it.
    pub proven: bool,
}

/// The caller's second factor.
///
/// # Errors
/// Nobody is signed in, or those of the database.
pub async fn second_factor(app: &App, actor: &Actor) -> Result<SecondFactorState, Error> {
    let person = own(actor)?;
    let one = || Expr::cust("1");
    let confirmed = second_factor::Entity::find_by_id(person).select_only().expr(one());
    let confirmed = confirmed.filter(second_factor::Column::ConfirmedAt.is_not_null()).into_query();
    let needing = Role::ALL.into_iter().filter(|role| role.needs_second_factor());
    let grants = role_grant::Entity::find().select_only().expr(one()).filter(role_grant::Column::PersonId.eq(person));
    let grants = grants.filter(role_grant::Column::Role.is_in(needing)).into_query();
    let current = actor.session().unwrap_or(SessionId(0));
    let session = session::Entity::find_by_id(current).select_only().expr(one());
    let session = session.filter(session::Column::SecondFactor.into_expr()).into_query();
    let facts = bank::Entity::find_by_id(1).select_only().column(bank::Column::Kind);
    let facts = facts.expr_as(Expr::exists(confirmed), "enrolled").expr_as(Expr::exists(grants), "needs");
    let facts = facts.expr_as(Expr::exists(session), "has").into_model::<Facts>().one(app.db.read()).await?;
    let Facts { kind, enrolled, needs, has } = facts.ok_or(Error::NoSuchPerson)?;
    let required = app.config.second_factor_required && kind != bank::Kind::Demo && needs;
    Ok(SecondFactorState { enrolled, required, proven: !required || actor.session().is_none() || has })
}

/// What there is to know about second factors: the kind of the bank, and whether a person has one, has a role that
/// needs one, and has shown one in this session.
#[derive(FromQueryResult)]
struct Facts {
    kind: bank::Kind,
    enrolled: bool,
    needs: bool,
    has: bool,
}

fn own(actor: &Actor) -> Result<PersonId, Denied> {
    actor.person_who_may(Permission::BrowseCatalogue)
}
