//! Lists of requests as pages show them: one statement for a page, whatever stands in its rows.

use super::super::Error;
use super::super::model::request;
use super::super::rules::Move;
use super::super::timeline::{Progress, Turn, next_step};
use super::visible_to;
use crate::actor::{Actor, Permission};
use crate::agreements::model::{agreement, signature::Party};
use crate::app::App;
use crate::db::Sql;
use crate::id::{InstitutionId, LineId, PersonId, RequestId};
use crate::language::Lang;
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, time};
use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveEnum, FromQueryResult};

const NEWEST_FIRST: Sort = Sort { columns: &[int("w.id")], descending: true };
const LONGEST_WAITING_FIRST: Sort = Sort { columns: &[time("w.since"), int("w.id")], descending: false };

/// Which of the requests that one sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// All of them, ended ones too.
    #[default]
    All,
    /// Those that have not ended.
    Open,
    /// Those that have ended.
    Ended,
    /// Open ones that the caller took.
    Taken,
    /// Submitted ones that nobody took.
    Unassigned,
    /// It has been the bank's turn for longer than `reminder_days`.
    Overdue,
    /// It is the turn of the applicant's side: the applicant, the principal investigator or the signatory.
    Waiting,
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverviewFilter {
    /// Only those in which the caller is applicant or principal investigator: "my requests".
    pub own: bool,
    /// Which of them.
    pub view: View,
    /// Only those that stand so.
    pub state: Option<request::State>,
    /// Only those of an institution.
    pub institution: Option<InstitutionId>,
    /// Only those that ask for a cell line.
    pub cell_line: Option<LineId>,
    /// A whole number such as `REQ-2026-00042`, or a part of the number or of the project's title.
    pub search: Option<String>,
}

/// A row of a list: everything that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct OverviewRow {
    /// The request.
    pub id: RequestId,
    /// `REQ-2026-00042`.
    pub number: String,
    /// Title of the project; empty if a draft has none yet.
    pub project_title: String,
    /// Where it stands.
    pub state: request::State,
    /// How often it was handed in.
    pub revision: i32,
    /// Name of the applicant.
    pub applicant_name: String,
    /// Name of the principal investigator.
    pub investigator_name: String,
    /// Where the vials go.
    pub institution_id: InstitutionId,
    /// Its English name.
    pub institution_name: String,
    /// Its Korean name.
    pub institution_name_ko: Option<String>,
    /// The first two cell lines by accession, RRID or name.
    pub first_lines: Vec<String>,
    /// How many lines it has in all.
    pub lines: i64,
    /// Who took it at the bank.
    pub handler_id: Option<PersonId>,
    /// Their name.
    pub handler_name: Option<String>,
    /// Whose turn it is.
    pub turn: Turn,
    /// Since when it is their turn: the last step that gave it to them.
    pub since: DateTime<Utc>,
    /// The agreement that is open or in force.
    pub agreement: Option<agreement::State>,
    /// Whose signature that waits for.
    pub next_party: Option<Party>,
    /// The newest shipment that was not cancelled.
    pub shipment: Option<String>,
    /// What is to be done next; `None` if it has ended.
    pub next_step: Option<Move>,
}

impl OverviewRow {
    /// Name of the institution in a language.
    pub fn institution(&self, lang: Lang) -> &str {
        lang.pick(&self.institution_name, self.institution_name_ko.as_ref().unwrap_or(&self.institution_name))
    }
}

/// A page of requests that the actor may see: of all and of the ended newest first, of the other views whoever waits longest
/// first.
///
/// # Errors
/// Not signed in, a wrong window, or those of the database.
pub async fn overview(
    app: &App,
    actor: &Actor,
    filter: &OverviewFilter,
    window: &Window,
) -> Result<Page<OverviewRow>, Error> {
    actor.may(Permission::ReadStock)?;
    let newest_first = matches!(filter.view, View::All | View::Ended);
    let keyset = window.keyset(if newest_first { NEWEST_FIRST } else { LONGEST_WAITING_FIRST })?;
    let mut sql = Sql::new("SELECT w.* FROM (");
    rows(&mut sql, actor, filter);
    sql.push(") w WHERE ");
    within(&mut sql, app, actor, filter.view);
    keyset.narrow(&mut sql);
    keyset.order(&mut sql);
    let rows: Vec<Row> = sql.all(app.db.read()).await?;
    let place = |row: &OverviewRow| {
        let id = KeyPart::Int(row.id.0);
        Cursor(if newest_first { vec![id] } else { vec![KeyPart::Int(row.since.timestamp_micros()), id] })
    };
    Ok(keyset.page(rows.into_iter().map(OverviewRow::from).collect(), place))
}

/// How many requests each view has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct OverviewCounts {
    /// Of [`View::Open`].
    pub open: i64,
    /// Of [`View::Taken`].
    pub taken: i64,
    /// Of [`View::Unassigned`].
    pub unassigned: i64,
    /// Of [`View::Overdue`].
    pub overdue: i64,
    /// Of [`View::Waiting`].
    pub waiting: i64,
}

/// How many requests each of the tabs would list with the rest of the filter, in one statement.
///
/// # Errors
/// Not signed in, or those of the database.
pub async fn overview_counts(app: &App, actor: &Actor, filter: &OverviewFilter) -> Result<OverviewCounts, Error> {
    actor.may(Permission::ReadStock)?;
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
    sql.push(FACTS);
    visible_to(sql, actor);
    let person = actor.person_id().map_or(0, |id| id.0);
    if filter.own {
        sql.push(" AND q.id IN (SELECT id FROM request WHERE applicant_id = ").bind(person);
        sql.push(" UNION SELECT id FROM request WHERE principal_investigator_id = ").bind(person).push(")");
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

/// A whole number leads to its request by the index; anything else is looked for among the rows that the rest of the filter
/// leaves.
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
            let before = app.clock.now() - Duration::days(app.config.reminder_days.max(0));
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

/// The same rule as [`super::super::timeline::turn`]; a test compares the two.
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

#[derive(FromQueryResult)]
struct Row {
    id: RequestId,
    number: String,
    project_title: String,
    state: request::State,
    revision: i32,
    handler_id: Option<PersonId>,
    institution_id: InstitutionId,
    applicant_name: String,
    investigator_name: String,
    handler_name: Option<String>,
    institution_name: String,
    institution_name_ko: Option<String>,
    lines: i64,
    first_line: Option<String>,
    second_line: Option<String>,
    to_reserve: bool,
    reserved: bool,
    agreement: Option<agreement::State>,
    next_party: Option<Party>,
    shipment: Option<String>,
    packed: bool,
    turn: Turn,
    since: DateTime<Utc>,
}

impl From<Row> for OverviewRow {
    fn from(row: Row) -> Self {
        let progress = Progress {
            state: row.state,
            agreement: row.agreement,
            to_reserve: row.to_reserve,
            reserved: row.reserved,
            packed: row.packed,
        };
        Self {
            id: row.id,
            number: row.number,
            project_title: row.project_title,
            state: row.state,
            revision: row.revision,
            applicant_name: row.applicant_name,
            investigator_name: row.investigator_name,
            institution_id: row.institution_id,
            institution_name: row.institution_name,
            institution_name_ko: row.institution_name_ko,
            first_lines: row.first_line.into_iter().chain(row.second_line).collect(),
            lines: row.lines,
            handler_id: row.handler_id,
            handler_name: row.handler_name,
            turn: row.turn,
            since: row.since,
            agreement: row.agreement,
            next_party: row.next_party,
            shipment: row.shipment,
            next_step: next_step(progress),
        }
    }
}
