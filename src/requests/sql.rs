//! Statements over requests that are written by hand.

use super::model::request;
use super::queries::{OverviewCounts, OverviewFilter, View, is_visible_to, own_keys};
use super::rules::idle_before;
use super::timeline::Turn;
use crate::actor::Actor;
use crate::agreements::model::{agreement, signature::Party};
use crate::app::App;
use crate::db::Sql;
use crate::id::{InstitutionId, PersonId, RequestId, RequestLineId};
use crate::page::Keyset;
use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult};

/// The place of a line of a request on the waiting list of its cell line.
#[derive(FromQueryResult)]
pub(super) struct WaitingPlace {
    /// The line of the request.
    pub line: RequestLineId,
    /// Its place, from 1.
    pub place: i64,
}

/// Places of lines of requests on waiting lists; lines that do not wait are absent.
pub(super) async fn waiting_places(
    db: &impl ConnectionTrait,
    lines: &[RequestLineId],
) -> Result<Vec<WaitingPlace>, DbErr> {
    let mut sql = Sql::new(
        "SELECT r.id AS line,
           (SELECT count(*) + 1 FROM request_line w WHERE w.line_id = r.line_id AND w.state = 'waitlisted'
             AND (w.waitlisted_at, w.id) < (r.waitlisted_at, r.id)) AS place
         FROM request_line r WHERE r.state = 'waitlisted' AND r.id IN (",
    );
    sql.bind_all(lines.iter().copied()).push(")");
    sql.all(db).await
}

/// A row of a work list.
#[derive(FromQueryResult)]
pub(super) struct Row {
    pub id: RequestId,
    pub number: String,
    pub project_title: String,
    pub state: request::State,
    pub revision: i32,
    pub handler_id: Option<PersonId>,
    pub institution_id: InstitutionId,
    pub applicant_name: String,
    pub investigator_name: String,
    pub handler_name: Option<String>,
    pub institution_name: String,
    pub institution_name_ko: Option<String>,
    pub lines: i64,
    pub first_line: Option<String>,
    pub second_line: Option<String>,
    pub to_reserve: bool,
    pub reserved: bool,
    pub agreement: Option<agreement::State>,
    pub next_party: Option<Party>,
    pub shipment: Option<String>,
    pub packed: bool,
    pub turn: Turn,
    pub since: DateTime<Utc>,
}

/// The rows of one window of a work list.
pub(super) async fn overview(
    app: &App,
    actor: &Actor,
    filter: &OverviewFilter,
    keyset: &Keyset,
) -> Result<Vec<Row>, DbErr> {
    let mut sql = Sql::new("SELECT w.* FROM (");
    rows(&mut sql, actor, filter);
    sql.push(") w WHERE ");
    within(&mut sql, app, actor, filter.view);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    sql.all(app.db.read()).await
}

/// How many rows each view of a work list has.
pub(super) async fn overview_counts(
    app: &App,
    actor: &Actor,
    filter: &OverviewFilter,
) -> Result<OverviewCounts, DbErr> {
    let mut sql = Sql::new("SELECT count(*) AS open");
    let tabs = [
        (View::Taken, "taken"),
        (View::Unassigned, "unassigned"),
        (View::Overdue, "overdue"),
        (View::Waiting, "waiting"),
    ];
    for (view, name) in tabs {
        sql.push(", CAST(coalesce(sum(CASE WHEN ");
        within(&mut sql, app, actor, view);
        sql.push(" THEN 1 ELSE 0 END), 0) AS BIGINT) AS ").push(name);
    }
    sql.push(" FROM (");
    rows(&mut sql, actor, &OverviewFilter { view: View::Open, ..filter.clone() });
    sql.push(") w");
    Ok(sql.all(app.db.read()).await?.pop().unwrap_or_default())
}

/// The rows of a filter, with whose turn it is and since when worked out; what a view says of these comes outside.
fn rows(sql: &mut Sql, actor: &Actor, filter: &OverviewFilter) {
    sql.push("SELECT f.*, ").push(TURN).push(" AS turn, ").push(SINCE).push(" AS since FROM (");
    sql.push(FACTS).condition(is_visible_to(actor, "q"));
    if filter.own {
        let own = own_keys(actor.person_id().unwrap_or(PersonId(0)));
        sql.push(" AND ").condition(Expr::col(("q", request::Column::Id)).in_subquery(own));
    }
    match filter.view {
        View::All => {}
        View::Ended => drop(sql.push(" AND q.state IN ('rejected', 'withdrawn', 'closed')")),
        View::Unassigned => drop(sql.push(" AND q.state = 'submitted' AND q.handler_id IS NULL")),
        View::Overdue => drop(sql.push(" AND q.state IN ('submitted', 'under_review', 'approved')")),
        View::Waiting => drop(sql.push(" AND q.state IN ('draft', 'returned', 'approved')")),
        View::Open | View::Taken => {
            sql.push(" AND q.state IN ('draft', 'submitted', 'returned', 'under_review', 'approved')");
        }
    }
    if let Some(state) = filter.state {
        sql.push(" AND q.state = ").bind(state.to_value());
    }
    if let Some(institution) = filter.institution {
        sql.push(" AND q.institution_id = ").bind(institution.0);
    }
    if let Some(line) = filter.cell_line {
        sql.push(" AND q.id IN (SELECT request_id FROM request_line WHERE line_id = ").bind(line.0).push(")");
    }
    if let Some(text) = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        found(sql, text);
    }
    sql.push(") f");
}

/// A whole number leads to its request by the index; anything else is looked for among the rows that the rest of the
/// filter leaves.
fn found(sql: &mut Sql, text: &str) {
    let upper = text.to_uppercase();
    let parts: Vec<&str> = upper.split('-').collect();
    let digits = |part: &str, most: usize| part.len() >= most && part.chars().all(|c| c.is_ascii_digit());
    if matches!(parts[..], ["REQ", year, place] if digits(year, 4) && digits(place, 5)) {
        sql.push(" AND q.number = ").bind(upper.as_str());
        return;
    }
    let pattern = |text: &str| format!("%{}%", text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"));
    sql.push(" AND (lower(q.project_title) LIKE ").bind(pattern(&text.to_lowercase()));
    sql.push(r" ESCAPE '\' OR q.number LIKE ").bind(pattern(&upper)).push(r" ESCAPE '\')");
}

/// What of a view depends on the turn or on the caller.
fn within(sql: &mut Sql, app: &App, actor: &Actor, view: View) {
    match view {
        View::All | View::Open | View::Ended => sql.push("1 = 1"),
        View::Taken => sql.push("w.handler_id = ").bind(actor.person_id().map_or(0, |id| id.0)),
        View::Unassigned => sql.push("w.state = 'submitted' AND w.handler_id IS NULL"),
        View::Overdue => {
            let before = app.clock.now() - Duration::days(std::cmp::max(app.config.reminder_days, 0));
            sql.push("w.turn = 'bank' AND w.since < ").bind(before)
        }
        View::Waiting => sql.push("w.turn IN ('applicant', 'principal_investigator', 'signatory')"),
    };
}

/// A request `q` and everything that a row shows or that its turn depends on. One living agreement a request at most.
const FACTS: &str =
    "SELECT q.id, q.number, q.project_title, q.state, q.state_since, q.revision, q.handler_id, q.institution_id,
   ap.name AS applicant_name, pi.name AS investigator_name, h.name AS handler_name,
   i.name AS institution_name, i.name_ko AS institution_name_ko,
   (SELECT count(*) FROM request_line n WHERE n.request_id = q.id) AS lines,
   (SELECT coalesce(c.accession, c.rrid, c.name) FROM request_line n JOIN cell_line c ON c.id = n.line_id
     WHERE n.request_id = q.id ORDER BY n.id LIMIT 1) AS first_line,
   (SELECT coalesce(c.accession, c.rrid, c.name) FROM request_line n JOIN cell_line c ON c.id = n.line_id
     WHERE n.request_id = q.id ORDER BY n.id LIMIT 1 OFFSET 1) AS second_line,
   EXISTS (SELECT 1 FROM request_line n WHERE n.request_id = q.id
     AND n.state IN ('requested', 'approved', 'waitlisted')) AS to_reserve,
   EXISTS (SELECT 1 FROM request_line n WHERE n.request_id = q.id AND n.state = 'reserved') AS reserved,
   g.state AS agreement, g.offered_at, g.in_force_at,
   (SELECT r.party FROM required_signature r WHERE r.agreement_id = g.id AND g.state IN ('offered', 'partly_signed')
     AND NOT EXISTS (SELECT 1 FROM signature s WHERE s.agreement_id = r.agreement_id AND s.party = r.party)
     ORDER BY r.ordinal LIMIT 1) AS next_party,
   (SELECT max(s.signed_at) FROM signature s WHERE s.agreement_id = g.id) AS signed_at,
   (SELECT s.state FROM shipment s WHERE s.request_id = q.id AND s.state <> 'cancelled' ORDER BY s.id DESC LIMIT 1)
     AS shipment,
   EXISTS (SELECT 1 FROM shipment s WHERE s.request_id = q.id AND s.state = 'packed') AS packed,
   (SELECT max(s.dispatched_at) FROM shipment s WHERE s.request_id = q.id AND s.state = 'shipped') AS dispatched_at
 FROM request q JOIN person ap ON ap.id = q.applicant_id JOIN person pi ON pi.id = q.principal_investigator_id
   JOIN institution i ON i.id = q.institution_id LEFT JOIN person h ON h.id = q.handler_id
   LEFT JOIN agreement g ON g.request_id = q.id AND g.state IN ('draft', 'offered', 'partly_signed', 'in_force')
 WHERE ";

/// The same rule as [`super::timeline::turn`]; a test compares the two.
const TURN: &str = "CASE WHEN f.state IN ('draft', 'returned') THEN 'applicant'
   WHEN f.state IN ('submitted', 'under_review') THEN 'bank'
   WHEN f.state <> 'approved' THEN 'nobody'
   WHEN f.next_party = 'recipient' THEN 'signatory'
   WHEN f.next_party IS NOT NULL THEN f.next_party
   WHEN f.to_reserve OR f.reserved THEN 'bank'
   ELSE 'applicant' END";

/// The last step that gave somebody the turn: the state, an offer or a signature, the agreement, or the dispatch.
const SINCE: &str = "CASE WHEN f.state <> 'approved' THEN f.state_since
   WHEN f.next_party IS NOT NULL THEN coalesce(f.signed_at, f.offered_at)
   WHEN f.to_reserve OR f.reserved THEN coalesce(f.in_force_at, f.state_since)
   ELSE coalesce(f.dispatched_at, f.state_since) END";

/// Requests of which one sweep reminds; the next one goes on.
const SWEEP: u64 = 500;

/// Requests that somebody has to do something about and of which a reminder is due, the oldest first: those that are not
/// due stand in nobody's way. The first reminder comes after `first` days. For the bank's own timers.
///
/// # Errors
/// Those of the database.
pub async fn due_reminders(db: &impl ConnectionTrait, now: DateTime<Utc>, first: i64) -> Result<Vec<RequestId>, DbErr> {
    let sql = format!(
        "SELECT i.request_id FROM (
           SELECT w.request_id, w.idle_since, (SELECT CAST(coalesce(max(m.ordinal), 0) AS BIGINT) FROM request_reminder m
             WHERE m.request_id = w.request_id AND m.idle_since = w.idle_since) AS reminded
           FROM (
             SELECT q.id AS request_id, q.state_since AS idle_since FROM request q
             WHERE q.state IN ('submitted', 'under_review', 'returned')
             UNION ALL
             SELECT a.request_id, coalesce((SELECT max(s.signed_at) FROM signature s WHERE s.agreement_id = a.id),
               a.offered_at) FROM agreement a JOIN request q ON q.id = a.request_id
             WHERE a.state IN ('offered', 'partly_signed') AND q.state = 'approved') w
           WHERE w.idle_since <= $1) i
         WHERE i.idle_since <= CASE i.reminded WHEN 0 THEN $1 WHEN 1 THEN $2 WHEN 2 THEN $3 END
         ORDER BY i.idle_since, i.request_id LIMIT {SWEEP}"
    );
    let rows = Sql::with(sql, idle_before(now, first).map(Into::into)).rows(db).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Numbers of the shipments in which vials of lines lie packed: neither on the shelf nor gone.
pub(super) async fn packed_in(db: &impl ConnectionTrait, lines: &[RequestLineId]) -> Result<Vec<String>, DbErr> {
    let mut sql = Sql::new(
        "SELECT DISTINCT s.number FROM shipment_vial v JOIN shipment s ON s.id = v.shipment_id
         WHERE NOT v.cancelled AND s.state = 'packed' AND v.request_line_id IN (",
    );
    sql.bind_all(lines.iter().copied()).push(") ORDER BY s.number");
    sql.rows(db).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}
