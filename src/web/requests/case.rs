//! Everything about one request that its pages show, with one query for each kind of thing.

use crate::accounts::{InstitutionView, PersonView, queries as accounts};
use crate::agreements::rules::{is_open, next_party};
use crate::agreements::{AgreementView, Party, RequiredSignatureView, SignatureView, queries as agreements};
use crate::approvals::{ApprovalKind as Kind, ApprovalView};
use crate::catalogue::LineView;
use crate::catalogue::queries::requested_lines;
use crate::command::permit;
use crate::error::DomainError;
use crate::id::{CellLineId, PersonId};
use crate::requests::commands::PostMessage;
use crate::requests::requirements::{Code, Intent, Outcome, requirements};
use crate::requests::rules::Move;
use crate::requests::timeline::{Turn, turn};
use crate::requests::{Application, Chosen, RequestLineView, RequestView, Side, policy, queries, shown};
use crate::shipments::{ShipmentView, ShippedVial, policy as shipping, queries as shipments};
use crate::web::page_error::PageError;
use crate::web::visitor::Visitor;

/// A request with everything around it.
pub struct Case {
    /// The request.
    pub request: RequestView,
    /// Its lines.
    pub lines: Vec<RequestLineView>,
    /// The approvals that are chosen on it.
    pub approvals: Vec<Chosen>,
    /// The cell lines of them.
    pub cell_lines: Vec<LineView>,
    /// Its agreements, oldest first.
    pub agreements: Vec<AgreementView>,
    /// Signatures that the newest needs.
    pub required: Vec<RequiredSignatureView>,
    /// Signatures under the newest.
    pub given: Vec<SignatureView>,
    /// Its shipments, oldest first.
    pub shipments: Vec<ShipmentView>,
    /// The vials in them.
    pub vials: Vec<ShippedVial>,
    /// Applicant, principal investigator and handler.
    pub people: Vec<PersonView>,
    /// Where the vials go.
    pub institution: InstitutionView,
}

/// A requirement of a request: how it stands for the line for which it stands worst.
pub struct Need {
    /// Which.
    pub code: Code,
    /// How it stands.
    pub outcome: Outcome,
    /// The lines for which it stands so, if not for all; empty otherwise.
    pub lines: String,
}

impl Case {
    /// Reads the request of a number.
    ///
    /// # Errors
    /// Nobody is signed in, or no such request for this visitor.
    pub async fn of(v: &Visitor, number: &str) -> Result<Self, PageError> {
        if v.actor.is_anonymous() {
            return Err(PageError::SignIn);
        }
        let app = &v.web.app;
        let request = queries::by_number(app, &v.actor, number).await?.ok_or(PageError::NotFound)?;
        let (db, ids) = (app.db.read(), [request.id]);
        let lines = queries::lines_of(db, &ids).await?;
        let approvals = queries::chosen(db, &[request.id]).await?;
        let of_lines: Vec<CellLineId> = lines.iter().map(|line| line.line_id).collect();
        let cell_lines = requested_lines(db, &of_lines).await?;
        let agreements = agreements::of_requests(db, &ids).await?;
        let newest: Vec<_> = agreements.last().map(|agreement| agreement.id).into_iter().collect();
        let (required, given) = (agreements::required(db, &newest).await?, agreements::given(db, &newest).await?);
        let shipments = shipments::of_requests(db, &ids).await?;
        let inside: Vec<_> = shipments.iter().map(|shipment| shipment.id).collect();
        let vials = shipments::vials_of(db, &inside).await?;
        let mut people = vec![request.applicant_id, request.principal_investigator_id];
        people.extend(request.handler_id);
        let people = accounts::people(db, &people).await?;
        let institution = accounts::institutions_by_id(db, &[request.institution_id]).await?.pop();
        let institution = institution.ok_or(PageError::NotFound)?;
        Ok(Self {
            request,
            lines,
            approvals,
            cell_lines,
            agreements,
            required,
            given,
            shipments,
            vials,
            people,
            institution,
        })
    }

    /// The request with its approvals.
    pub fn application(&self) -> Application<'_> {
        Application { request: &self.request, approvals: &self.approvals }
    }

    /// The approval of a kind that is shown, if it has a number.
    pub fn approval(&self, kind: Kind) -> Option<&ApprovalView> {
        shown(&self.approvals, kind).filter(|approval| !approval.number.is_empty())
    }

    /// What its moves depend on.
    pub fn policy_context<'a>(&'a self, v: &Visitor) -> shipping::PolicyContext<'a> {
        let request = policy::PolicyContext {
            request: &self.request,
            approvals: &self.approvals,
            lines: &self.lines,
            cell_lines: &self.cell_lines,
            agreements: &self.agreements,
            required: &self.required,
            given: &self.given,
            today: v.web.app.clock.today(),
        };
        shipping::PolicyContext { request, shipments: &self.shipments, vials: &self.vials }
    }

    /// Whether the visitor may make a move now; else why not, a sentence for each reason.
    pub fn may(&self, v: &Visitor, wanted: Move) -> Result<(), Vec<(Option<String>, String)>> {
        let answers = shipping::answers(&self.policy_context(v), &v.actor);
        let answer = answers.into_iter().find(|(one, _)| *one == wanted).map(|(_, answer)| answer);
        match answer {
            Some(Err(error)) => {
                Err(error.each(v.t.lang).into_iter().map(|(at, sentence)| (at.field, sentence)).collect())
            }
            _ => Ok(()),
        }
    }

    /// For which side the visitor may write a message about it; `None` if they may not.
    pub fn speaks_for(&self, v: &Visitor) -> Option<Side> {
        permit::<PostMessage>(&v.actor).ok()?;
        policy::message(&self.request, &v.actor).ok()
    }

    /// The party whose signature an open agreement waits for.
    pub fn next_party(&self) -> Option<Party> {
        let newest = self.agreements.last().filter(|newest| is_open(newest.state));
        newest.and_then(|_| next_party(&self.required, &self.given))
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        let states: Vec<_> = self.lines.iter().map(|line| line.state).collect();
        turn(self.request.state, &states, self.next_party())
    }

    /// A cell line of it.
    pub fn cell(&self, id: CellLineId) -> Option<&LineView> {
        self.cell_lines.iter().find(|line| line.id == id)
    }

    /// The accession of a cell line of it, or how it is called without one.
    pub fn identifier(&self, id: CellLineId) -> &str {
        self.cell(id).map_or("", LineView::identifier)
    }

    /// Name of somebody in it.
    pub fn name(&self, id: PersonId) -> &str {
        self.people.iter().find(|person| person.id == id).map_or("", |person| person.name.as_str())
    }

    /// E-mail of somebody in it.
    pub fn email(&self, id: PersonId) -> &str {
        self.people.iter().find(|person| person.id == id).map_or("", |person| person.email.as_str())
    }

    /// Name of the institution in the visitor's language.
    pub fn institution(&self, v: &Visitor) -> String {
        self.institution.label(v.t.lang).to_owned()
    }

    /// True if the visitor is applicant or principal investigator.
    pub fn is_own(&self, v: &Visitor) -> bool {
        let request = &self.request;
        v.actor.person_id().is_some_and(|id| [request.applicant_id, request.principal_investigator_id].contains(&id))
    }

    /// What law and terms ask of this request, in the order in which they are explained.
    pub fn needs(&self, v: &Visitor) -> Vec<Need> {
        needs(&self.cell_lines, &Intent::of(self.application(), v.web.app.clock.today()), v)
    }
}

fn needs(cells: &[LineView], intent: &Intent, v: &Visitor) -> Vec<Need> {
    let today = v.web.app.clock.today();
    let mut found: Vec<(Code, Vec<(Outcome, &str)>)> = vec![];
    for cell in cells {
        for one in requirements(cell, intent, today) {
            match found.iter_mut().find(|(code, _)| *code == one.code) {
                Some((_, list)) => list.push((one.outcome, cell.identifier())),
                None => found.push((one.code, vec![(one.outcome, cell.identifier())])),
            }
        }
    }
    let summed = |(code, list): (Code, Vec<(Outcome, &str)>)| {
        let outcome = list.iter().map(|one| one.0).max().unwrap_or(Outcome::Met);
        let such: Vec<&str> = list.iter().filter(|one| one.0 == outcome).map(|one| one.1).collect();
        let lines = if such.len() == cells.len() { String::new() } else { such.join(", ") };
        Need { code, outcome, lines }
    };
    found.into_iter().map(summed).collect()
}
