//! Everything about one request that the desk shows and that its rules ask for.

use crate::accounts::model::{institution, person};
use crate::accounts::queries as accounts;
use crate::actor::{Actor, Permission};
use crate::agreements::model::{RequiredSignature, agreement, signature};
use crate::agreements::queries as agreements;
use crate::catalogue::model::cell_line;
use crate::error::Fault;
use crate::id::{LineId, PersonId, RequestLineId, ShipmentId};
use crate::page::Window;
use crate::requests::model::{request, request_line};
use crate::requests::queries::{self, OverviewFilter, OverviewRow};
use crate::requests::rules::Command;
use crate::requests::{self, permitted};
use crate::shipments::model::{ShippedVial, shipment};
use crate::shipments::permitted::{Standing, commands};
use crate::web::stop::Stop;
use crate::web::visitor::Visitor;
use crate::{catalogue, shipments};
use chrono::NaiveDate;

/// A request with what belongs to it.
pub struct Case {
    /// The request.
    pub request: request::Model,
    /// Its lines.
    pub lines: Vec<request_line::Model>,
    /// The cell lines of them.
    pub cell_lines: Vec<cell_line::Model>,
    /// Its agreements, oldest first.
    pub agreements: Vec<agreement::Model>,
    /// Signatures that the newest needs.
    pub required: Vec<RequiredSignature>,
    /// Signatures under it.
    pub given: Vec<signature::Model>,
    /// Its shipments.
    pub shipments: Vec<shipment::Model>,
    /// The vials in them.
    pub vials: Vec<ShippedVial>,
    /// Everybody who is named.
    pub people: Vec<person::Model>,
    /// Where the vials go.
    pub institution: institution::Model,
    /// As the worklist shows it.
    pub row: OverviewRow,
    /// Today in Asia/Seoul.
    pub today: NaiveDate,
}

impl Case {
    /// The request with this number, for the bank's readers.
    ///
    /// # Errors
    /// Not allowed, no such request, or those of the database.
    pub async fn of(v: &Visitor, number: &str) -> Result<Self, Stop> {
        v.actor.may(Permission::ReadAllRequests)?;
        let (app, db) = (&v.web.app, v.web.app.db.read());
        let request = queries::by_number(app, &v.actor, number).await?.ok_or(Stop::NotFound)?;
        let lines = queries::lines_of(db, &[request.id]).await?;
        let ids: Vec<LineId> = lines.iter().map(|line| line.line_id).collect();
        let system = Actor::system("requests");
        let agreed = agreements::of_requests(db, &[request.id]).await?;
        let newest: Vec<_> = agreed.last().map(|agreement| agreement.id).into_iter().collect();
        let sent = shipments::queries::of_requests(db, &[request.id]).await?;
        let inside: Vec<ShipmentId> = sent.iter().map(|shipment| shipment.id).collect();
        let named = [Some(request.applicant_id), Some(request.principal_investigator_id), request.handler_id];
        let named: Vec<PersonId> = named.into_iter().flatten().collect();
        let filter = OverviewFilter { search: Some(request.number.clone()), ..OverviewFilter::default() };
        let rows = queries::overview(app, &v.actor, &filter, &Window::default()).await?.rows;
        let row = rows.into_iter().map(|row| row.1).find(|row| row.id == request.id).ok_or(Stop::NotFound)?;
        let institution = accounts::institutions_by_id(db, &[request.institution_id]).await?.pop();
        Ok(Self {
            cell_lines: catalogue::queries::lines_by_id(db, &system, &ids).await?,
            required: agreements::required(db, &newest).await?,
            given: agreements::given(db, &newest).await?,
            vials: shipments::queries::vials_of(db, &inside).await?,
            people: accounts::people(db, &named).await?,
            institution: institution.ok_or(Stop::NotFound)?,
            today: app.clock.today(),
            agreements: agreed,
            shipments: sent,
            request,
            lines,
            row,
        })
    }

    /// Every command with the answer that this person would get now: `None` if it would be done, else the rule's sentence.
    pub fn answers(&self, v: &Visitor) -> Vec<(Command, Option<String>)> {
        let request = permitted::Standing {
            request: &self.request,
            lines: &self.lines,
            cell_lines: &self.cell_lines,
            agreements: &self.agreements,
            required: &self.required,
            given: &self.given,
            today: self.today,
        };
        let standing = Standing { request, shipments: &self.shipments, vials: &self.vials };
        let answers = commands(&standing, &v.actor).into_iter();
        answers.map(|(command, answer)| (command, answer.err().map(|fault| fault.say(v.t.lang)))).collect()
    }

    /// Why vials cannot be set aside for a line now; `None` if they can.
    pub fn why_not_reserve(&self, line: &request_line::Model, v: &Visitor) -> Option<String> {
        let answer = permitted::reserve(&self.request, line, &self.cell_lines, &v.actor, self.today);
        answer.err().map(|fault: requests::Error| fault.say(v.t.lang))
    }

    /// A cell line of the request.
    pub fn cell(&self, id: LineId) -> Option<&cell_line::Model> {
        self.cell_lines.iter().find(|line| line.id == id)
    }

    /// A line of the request by the number in a form.
    pub fn line(&self, id: &str) -> Option<RequestLineId> {
        self.lines.iter().map(|line| line.id).find(|line| line.0.to_string() == id)
    }

    /// Somebody's name.
    pub fn name(&self, id: PersonId) -> &str {
        self.people.iter().find(|person| person.id == id).map_or("", |person| person.name.as_str())
    }

    /// True if the line's vials lie in a shipment that was not cancelled.
    pub fn is_packed(&self, line: RequestLineId) -> bool {
        self.vials.iter().any(|vial| {
            let living = |one: &&shipment::Model| one.id == vial.shipment_id && one.state != shipment::State::Cancelled;
            vial.request_line_id == line && self.shipments.iter().any(|one| living(&one))
        })
    }
}
