//! Everything about one request that the desk shows and that its rules ask for.

use crate::actor::Permission;
use crate::command::permit;
use crate::error::DomainError;
use crate::id::RequestLineId;
use crate::page::Window;
use crate::requests::commands::{PostNote, ReleaseReservation, ReserveVials};
use crate::requests::queries::{OverviewFilter, OverviewRow, overview};
use crate::requests::rules::Move;
use crate::requests::{Error, RequestLineView, policy};
use crate::shipments;
use crate::shipments::{ShipmentState, ShipmentView, policy as shipping};
use crate::web::page_error::PageError;
use crate::web::requests;
use crate::web::visitor::Visitor;
use chrono::NaiveDate;
use std::ops::Deref;

/// A request with what belongs to it, and how the worklist shows it.
pub struct Case {
    case: requests::case::Case,
    /// As the worklist shows it.
    pub row: OverviewRow,
    /// Today in Asia/Seoul.
    pub today: NaiveDate,
}

impl Deref for Case {
    type Target = requests::case::Case;

    fn deref(&self) -> &Self::Target {
        &self.case
    }
}

impl Case {
    /// The request with this number, for the bank's readers.
    ///
    /// # Errors
    /// Not allowed, no such request, or those of the database.
    pub async fn of(v: &Visitor, number: &str) -> Result<Self, PageError> {
        v.actor.may(Permission::ReadAllRequests)?;
        let case = requests::case::Case::of(v, number).await?;
        let filter = OverviewFilter { search: Some(case.request.number.clone()), ..OverviewFilter::default() };
        let rows = overview(&v.web.app, &v.actor, &filter, &Window::default()).await?.rows;
        let row = rows.into_iter().map(|row| row.1).find(|row| row.id == case.request.id).ok_or(PageError::NotFound)?;
        Ok(Self { case, row, today: v.web.app.clock.today() })
    }

    /// Every move with the answer that this person would get now: `None` if it would be done, else the rule's sentence.
    pub fn answers(&self, v: &Visitor) -> Vec<(Move, Option<String>)> {
        let answers = shipping::answers(&self.policy_context(v), &v.actor).into_iter();
        answers.map(|(wanted, answer)| (wanted, answer.err().map(|error| error.say(v.t.lang)))).collect()
    }

    /// Why vials cannot be set aside for a line now; `None` if they can.
    pub fn why_not_reserve(&self, line: &RequestLineView, v: &Visitor) -> Option<String> {
        let answer = permit::<ReserveVials>(&v.actor).map_err(Error::from);
        let answer = answer.and_then(|()| policy::reserve(self.application(), line, &self.cell_lines, self.today));
        answer.err().map(|error| error.say(v.t.lang))
    }

    /// Why the vials of a line cannot be put back now; `None` if they can.
    pub fn why_not_release(&self, line: &RequestLineView, v: &Visitor) -> Option<String> {
        let answer = permit::<ReleaseReservation>(&v.actor).map_err(shipments::Error::from);
        let answer = answer.and_then(|()| shipping::release(&self.policy_context(v), line));
        answer.err().map(|error| error.say(v.t.lang))
    }

    /// True if the visitor may note something about it for the bank.
    pub fn may_note(&self, v: &Visitor) -> bool {
        permit::<PostNote>(&v.actor).is_ok() && policy::note(&self.request, &v.actor).is_ok()
    }

    /// True if the line's vials lie in a shipment that was not cancelled.
    pub fn is_packed(&self, line: RequestLineId) -> bool {
        self.vials.iter().any(|vial| {
            let living = |one: &&ShipmentView| one.id == vial.shipment_id && one.state != ShipmentState::Cancelled;
            vial.request_line_id == line && self.shipments.iter().any(|one| living(&one))
        })
    }
}
