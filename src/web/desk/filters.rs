//! What narrows the worklist, as the address has it.

use crate::accounts::InstitutionView;
use crate::accounts::queries::institutions_by_id;
use crate::catalogue::queries::lines_by_accession;
use crate::id::{CellLineId, InstitutionId};
use crate::requests::RequestState as State;
use crate::requests::queries::{OverviewFilter, View};
use crate::web::forms::FormData;
use crate::web::links;
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;
use sea_orm::ActiveEnum;

/// A key that no row has: a filter that names nothing finds nothing.
const NOBODY: i64 = 0;

/// What narrows the worklist beside its tab.
pub struct WorklistFilter {
    /// What was typed.
    pub search: String,
    /// Accession that was typed.
    pub line: String,
    /// Only requests that stand so.
    pub state: Option<State>,
    /// Only those of this institution.
    pub institution: Option<InstitutionView>,
    line_id: Option<CellLineId>,
}

impl WorklistFilter {
    /// Reads an address.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(v: &Visitor, params: &FormData) -> Result<Self, PageError> {
        let db = v.web.app.db.read();
        let line = params.get("line").trim().to_uppercase();
        let line_id = if line.is_empty() {
            None
        } else {
            let found = lines_by_accession(db, &v.actor, &[&line]).await?.pop();
            Some(found.map_or(CellLineId(NOBODY), |line| line.id))
        };
        let institution = match params.get("institution").parse().ok().map(InstitutionId) {
            Some(id) => institutions_by_id(db, &[id]).await?.pop(),
            None => None,
        };
        let state = State::try_from_value(&params.get("state").to_owned()).ok();
        Ok(Self { search: params.get("q").trim().to_owned(), line, state, institution, line_id })
    }

    /// For the queries.
    pub fn filter(&self, view: View) -> OverviewFilter {
        OverviewFilter {
            view,
            state: self.state,
            institution: self.institution.as_ref().map(|one| one.id),
            cell_line: self.line_id,
            search: Some(self.search.clone()).filter(|text| !text.is_empty()),
            ..OverviewFilter::default()
        }
    }

    /// The value of the state in an address; empty without one.
    pub fn state_value(&self) -> String {
        self.state.map(|state| state.to_value()).unwrap_or_default()
    }

    /// The key of the institution in an address; empty without one.
    pub fn institution_value(&self) -> String {
        self.institution.as_ref().map(|one| one.id.0.to_string()).unwrap_or_default()
    }

    /// True if anything narrows the list.
    pub fn is_narrowed(&self) -> bool {
        self.filter(View::All) != OverviewFilter::default()
    }

    /// The address of a tab, narrowed alike, after a place in its list.
    pub fn address(&self, tab: &str, after: &str) -> String {
        self.address_at(tab, &self.institution_value(), after)
    }

    /// The same for another institution; for none if it is empty.
    pub fn address_at(&self, tab: &str, institution: &str, after: &str) -> String {
        let state = self.state_value();
        let pairs = [
            ("tab", tab),
            ("q", &self.search),
            ("state", &state),
            ("institution", institution),
            ("line", &self.line),
            ("after", after),
        ];
        links::with("/desk", &pairs.into_iter().filter(|pair| !pair.1.is_empty()).collect::<Vec<_>>())
    }
}
