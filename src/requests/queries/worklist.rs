//! Lists of requests as pages show them: one statement for a page, whatever stands in its rows.

use super::super::Error;
use super::super::model::request;
use super::super::rules::Move;
use super::super::sql::{self, Row};
use super::super::timeline::{Progress, Turn, next_step};
use crate::actor::{Actor, Permission};
use crate::agreements::model::{agreement, signature::Party};
use crate::app::App;
use crate::id::{CellLineId, InstitutionId, PersonId, RequestId};
use crate::language::Lang;
use crate::page::{Cursor, KeyPart, Page, Sort, Window, int, time};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

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
    pub cell_line: Option<CellLineId>,
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

/// A page of requests that the actor may see: of all and of the ended newest first, of the other views whoever waits
/// longest first.
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
    let rows = sql::overview(app, actor, filter, &keyset).await?;
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
    Ok(sql::overview_counts(app, actor, filter).await?)
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
