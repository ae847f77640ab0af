//! Whether somebody may give a command on a request now, and why not. Pure: a command asks this between its lock and
//! its first change, and a client is told the same beforehand, so that the two cannot disagree. Whether one may give
//! such a command at all stands in the table of verbs.

use super::application::{Application, Chosen};
use super::error::{Conflict, Error, Whose};
use super::fields::{FIELDS, Field, Submission, form_text};
use super::model::message::Side;
use super::model::{request, request_line};
use super::requirements::{self, Intent};
use super::rules::Move;
use crate::actor::{Actor, Permission};
use crate::agreements::model::agreement::{self, State as AgreementState};
use crate::agreements::model::required_signature;
use crate::agreements::model::signature::{self, Party};
use crate::agreements::rules;
use crate::catalogue::LineView;
use crate::error::{Code, Description, DomainError, Kind};
use crate::id::{CellLineId, PersonId};
use chrono::NaiveDate;

/// What the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct PolicyContext<'a> {
    /// The request; the actor may see it.
    pub request: &'a request::Model,
    /// The approvals that are chosen on it.
    pub approvals: &'a [Chosen],
    /// Its lines.
    pub lines: &'a [request_line::Model],
    /// The cell lines of them, whatever their status.
    pub cell_lines: &'a [LineView],
    /// Its agreements, oldest first.
    pub agreements: &'a [agreement::Model],
    /// Signatures that the newest of them needs.
    pub required: &'a [required_signature::Model],
    /// Signatures under it.
    pub given: &'a [signature::Model],
    /// Today in Asia/Seoul.
    pub today: NaiveDate,
}

impl<'a> PolicyContext<'a> {
    /// The request with its approvals.
    pub fn application(&self) -> Application<'a> {
        Application { request: self.request, approvals: self.approvals }
    }
}

/// Whether a command can be given to something of the request: by its verb, then by the rules of the rows. Of commands
/// on shipments only what the request itself says; the rest is theirs.
///
/// # Errors
/// What the command would answer.
pub fn answer(context: &PolicyContext<'_>, actor: &Actor, wanted: Move) -> Result<(), Error> {
    let PolicyContext { request, lines, cell_lines, agreements, required, given, today, .. } = *context;
    let application = context.application();
    actor.may_do(wanted.verb())?;
    match wanted {
        Move::Update | Move::Withdraw | Move::ConfirmReceipt => applicants(request, actor, wanted),
        Move::Submit => {
            applicants(request, actor, wanted)?;
            complete(application, lines, cell_lines, today)
        }
        Move::CancelLine => {
            applicants(request, actor, wanted)?;
            one_of(lines.iter().map(|line| cancel(request, line, actor)), Error::NoSuchRequestLine)
        }
        Move::Claim | Move::Return | Move::TakeOver | Move::Release => desks(request, actor, wanted),
        Move::Decide => {
            desks(request, actor, wanted)?;
            one_of(lines.iter().map(undecided), Error::NoSuchRequestLine)
        }
        Move::OfferAgreement => offer(request, agreements),
        Move::SignAgreement => {
            in_state(request, wanted)?;
            let newest = agreements.last().ok_or(Error::NoAgreementYet)?;
            let parties = required.iter().map(|r| r.party).filter(|party| actor.can(permission_to_sign(*party)));
            let signatures = Signatures { agreement: newest, required, given };
            let answers = parties.map(|party| sign(request, &signatures, actor, party));
            one_of(answers, Error::NoSuchAgreement)
        }
        Move::DeclineAgreement => {
            in_state(request, wanted)?;
            decline(request, agreements.last().ok_or(Error::NoAgreementYet)?, actor)
        }
        Move::Reserve => {
            in_state(request, wanted)?;
            let answers = lines.iter().map(|line| reserve(application, line, cell_lines, today));
            one_of(answers, Error::NoSuchRequestLine)
        }
        Move::ReleaseReservation => {
            in_state(request, wanted)?;
            one_of(lines.iter().map(|line| release(request, line, vec![])), Error::NoSuchRequestLine)
        }
        Move::CreateShipment | Move::Dispatch => in_state(request, wanted),
    }
}

/// Fine if one of them is; otherwise the refusal that leads furthest: rather what is missing than that another line is
/// in another state, and that rather than whose it is. `nothing` is said where there was nothing to try.
pub(crate) fn one_of<E: DomainError>(answers: impl Iterator<Item = Result<(), E>>, nothing: E) -> Result<(), E> {
    let leads = |refusal: &E| match refusal.describe() {
        Description { kind: Kind::Forbidden, .. } => 0,
        Description { code: Code::WrongState, .. } => 1,
        _ => 2,
    };
    let mut furthest: Option<E> = None;
    for answer in answers {
        match answer {
            Ok(()) => return Ok(()),
            Err(refusal) if furthest.as_ref().is_none_or(|first| leads(first) < leads(&refusal)) => {
                furthest = Some(refusal);
            }
            Err(_) => {}
        }
    }
    Err(furthest.unwrap_or(nothing))
}

/// The state allows it, by the table.
pub(crate) fn in_state(request: &request::Model, wanted: Move) -> Result<(), Error> {
    if wanted.states().contains(&request.state) {
        Ok(())
    } else {
        Err(Error::WrongState { wanted, state: request.state })
    }
}

/// Applicant or principal investigator.
fn is_applicants(request: &request::Model, person: PersonId) -> bool {
    [request.applicant_id, request.principal_investigator_id].contains(&person)
}

/// Only applicant and principal investigator act for the applicant's side, whoever else may see the request.
pub(crate) fn own(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    if is_applicants(request, actor.signed_in()?) { Ok(()) } else { Err(Error::NotYours(Whose::Applicant)) }
}

/// What applicant and principal investigator do: whose it is, and the state.
pub(crate) fn applicants(request: &request::Model, actor: &Actor, wanted: Move) -> Result<(), Error> {
    own(request, actor)?;
    in_state(request, wanted)
}

/// Nobody decides a request that is their own or their institution's, be it that they work there or sign for it.
pub(crate) fn no_conflict(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    let concerned = actor.person_id().is_some_and(|person| {
        is_applicants(request, person) || actor.institutions().any(|institution| institution == request.institution_id)
    });
    if concerned {
        return Err(Error::ConflictOfInterest(Conflict::Concerned));
    }
    Ok(())
}

/// Refuses if a requirement of one of the lines is missing or not allowed.
pub(crate) fn check_requirements<'a>(
    application: Application<'_>,
    lines: impl IntoIterator<Item = &'a LineView>,
    today: NaiveDate,
) -> Result<(), Error> {
    let intent = Intent::of(application, today);
    let open: Vec<_> = lines
        .into_iter()
        .flat_map(|line| {
            let list = requirements::requirements(line, &intent, today);
            list.into_iter().filter(|r| r.outcome >= requirements::Outcome::Missing).map(move |r| (line, r.code))
        })
        .map(|(line, rule)| Error::Requirement { rule, line: line.identifier().to_owned() })
        .collect();
    if open.is_empty() { Ok(()) } else { Err(Error::Several(open)) }
}

/// What is handed in is complete, and no requirement is against it.
pub(crate) fn complete(
    application: Application<'_>,
    lines: &[request_line::Model],
    cell_lines: &[LineView],
    today: NaiveDate,
) -> Result<(), Error> {
    // A line that was cancelled because the bank withdrew it asks for nothing any more.
    let wanted: Vec<_> =
        lines.iter().filter(|l| l.state != request_line::State::Cancelled).map(|l| l.line_id).collect();
    check_complete(application.request, &wanted)?;
    check_requirements(application, cell_lines.iter().filter(|line| wanted.contains(&line.id)), today)
}

fn check_complete(request: &request::Model, wanted: &[CellLineId]) -> Result<(), Error> {
    let is_missing = |field: &&Field| match &field.column {
        Some(column) => column.submission == Submission::Required && form_text(&(column.value)(request)).is_empty(),
        None => field.name == "lines" && wanted.is_empty(),
    };
    let missing = FIELDS.iter().filter(is_missing);
    let errors: Vec<Error> = missing.map(|field| Error::Required { field: field.name.into() }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Several(errors)) }
}

/// Choosing other approvals for the applicant: nobody concerned, while the request is reviewed or approved.
pub(crate) fn renew(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    no_conflict(request, actor)?;
    if matches!(request.state, request::State::UnderReview | request::State::Approved) {
        Ok(())
    } else {
        Err(Error::NotUnderWay)
    }
}

/// What the desk does: nobody concerned, the state, and once it is taken only who took it, unless somebody else takes
/// it over.
pub(crate) fn desks(request: &request::Model, actor: &Actor, wanted: Move) -> Result<(), Error> {
    let is_theirs = request.handler_id == Some(actor.signed_in()?);
    no_conflict(request, actor)?;
    in_state(request, wanted)?;
    match wanted {
        Move::Claim => Ok(()),
        Move::TakeOver if is_theirs => Err(Error::HandledByYou),
        Move::TakeOver => Ok(()),
        _ if is_theirs => Ok(()),
        _ => Err(Error::ClaimedByAnother),
    }
}

/// Cancelling a line: the applicant's, decided, and nothing set aside for it yet.
pub(crate) fn cancel(request: &request::Model, line: &request_line::Model, actor: &Actor) -> Result<(), Error> {
    applicants(request, actor, Move::CancelLine)?;
    if matches!(line.state, request_line::State::Approved | request_line::State::Waitlisted) {
        Ok(())
    } else {
        Err(Error::WrongLineState { wanted: Move::CancelLine, state: line.state })
    }
}

/// Writing to the other side: for whom the caller speaks. Applicant and principal investigator speak for their side
/// also if they work at the bank; staff speak for the bank unless the request concerns them. Possible in every state
/// but a draft.
///
/// # Errors
/// What the command would answer.
pub fn message(request: &request::Model, actor: &Actor) -> Result<Side, Error> {
    let is_own = actor.person_id().is_some_and(|person| is_applicants(request, person));
    let side = if is_own && actor.can(Permission::RequestLines) {
        Side::Applicant
    } else if actor.can(Permission::DecideRequests) {
        no_conflict(request, actor).map(|()| Side::Bank)?
    } else {
        return Err(Error::NotYours(Whose::Applicant));
    };
    handed_in(request)?;
    Ok(side)
}

/// Noting something for the bank: staff, unless the request concerns them, in every state but a draft.
///
/// # Errors
/// What the command would answer.
pub fn note(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    no_conflict(request, actor)?;
    handed_in(request)
}

fn handed_in(request: &request::Model) -> Result<(), Error> {
    if request.state == request::State::Draft { Err(Error::NotHandedIn) } else { Ok(()) }
}

/// A line is decided once.
pub(crate) fn undecided(line: &request_line::Model) -> Result<(), Error> {
    if line.state == request_line::State::Requested {
        Ok(())
    } else {
        Err(Error::WrongLineState { wanted: Move::Decide, state: line.state })
    }
}

/// One living agreement a request.
pub(crate) fn offer(request: &request::Model, agreements: &[agreement::Model]) -> Result<(), Error> {
    in_state(request, Move::OfferAgreement)?;
    if agreements.iter().any(|a| rules::is_open(a.state) || a.state == AgreementState::InForce) {
        return Err(Error::AgreementExists);
    }
    Ok(())
}

/// What signing for a party takes; the verb takes one of these, the party of the signature says which.
pub fn permission_to_sign(party: Party) -> Permission {
    match party {
        Party::PrincipalInvestigator => Permission::RequestLines,
        Party::Recipient => Permission::SignForInstitution,
        Party::Bank => Permission::SignForBank,
    }
}

/// An agreement with the signatures that it needs and has.
pub(crate) struct Signatures<'a> {
    pub agreement: &'a agreement::Model,
    pub required: &'a [required_signature::Model],
    pub given: &'a [signature::Model],
}

/// Signing for a party: who may, that signatures are collected, and whose turn it is.
pub(crate) fn sign(
    request: &request::Model,
    signatures: &Signatures<'_>,
    actor: &Actor,
    party: Party,
) -> Result<(), Error> {
    let person = actor.person_who_may(permission_to_sign(party))?;
    in_state(request, Move::SignAgreement)?;
    may_sign_for(request, actor, person, party)?;
    if !rules::is_open(signatures.agreement.state) {
        return Err(Error::AgreementClosed);
    }
    match rules::next_party(signatures.required, signatures.given) {
        Some(next) if next == party => Ok(()),
        Some(next) if !signatures.given.iter().any(|s| s.party == party) => Err(Error::NotYourTurn(next)),
        _ => Err(Error::AlreadySigned(party)),
    }
}

/// The row's own rules: the named investigator, a signatory of this institution, and for the bank nobody who decided.
fn may_sign_for(request: &request::Model, actor: &Actor, person: PersonId, party: Party) -> Result<(), Error> {
    match party {
        Party::PrincipalInvestigator if request.principal_investigator_id == person => Ok(()),
        Party::PrincipalInvestigator => Err(Error::NotYours(Whose::Investigator)),
        Party::Recipient if actor.signs_for().any(|institution| institution == request.institution_id) => Ok(()),
        Party::Recipient => Err(Error::NotYours(Whose::Recipient)),
        Party::Bank => {
            no_conflict(request, actor)?;
            if request.decider_id == Some(person) {
                return Err(Error::ConflictOfInterest(Conflict::Decided));
            }
            Ok(())
        }
    }
}

/// Declining: the investigator or the institution's signatory, while signatures are collected.
pub(crate) fn decline(request: &request::Model, agreement: &agreement::Model, actor: &Actor) -> Result<(), Error> {
    in_state(request, Move::DeclineAgreement)?;
    let investigator = actor.person_id() == Some(request.principal_investigator_id);
    if !investigator && !actor.signs_for().any(|institution| institution == request.institution_id) {
        return Err(Error::NotYours(Whose::Decliner));
    }
    if rules::is_open(agreement.state) { Ok(()) } else { Err(Error::AgreementClosed) }
}

/// Setting vials aside for an approved line whose requirements are still met.
pub(crate) fn reserve(
    application: Application<'_>,
    line: &request_line::Model,
    cell_lines: &[LineView],
    today: NaiveDate,
) -> Result<(), Error> {
    in_state(application.request, Move::Reserve)?;
    if !matches!(line.state, request_line::State::Approved | request_line::State::Waitlisted) {
        return Err(Error::WrongLineState { wanted: Move::Reserve, state: line.state });
    }
    check_requirements(application, cell_lines.iter().filter(|cell_line| cell_line.id == line.line_id), today)
}

/// Putting back what is set aside, unless it lies packed in shipments: somebody has to decide about the parcel first.
pub(crate) fn release(request: &request::Model, line: &request_line::Model, packed: Vec<String>) -> Result<(), Error> {
    in_state(request, Move::ReleaseReservation)?;
    if line.state != request_line::State::Reserved {
        return Err(Error::WrongLineState { wanted: Move::ReleaseReservation, state: line.state });
    }
    if packed.is_empty() { Ok(()) } else { Err(Error::Packed(packed)) }
}

/// The agreement under which vials may ship today.
pub(crate) fn agreement_in_force(
    agreements: &[agreement::Model],
    today: NaiveDate,
) -> Result<&agreement::Model, Error> {
    agreements.iter().find(|agreement| rules::is_in_force(agreement, today)).ok_or(Error::NoAgreementInForce)
}
