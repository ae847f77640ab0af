//! Whether somebody may give a command now, and why not. Pure: an operation asks this between its lock and its first
//! change, and a client is told the same beforehand, so that the two cannot disagree.

use super::error::{Error, Whose};
use super::model::message::Side;
use super::model::{request, request_line};
use super::rules::Command;
use super::steps::{check_requirements, in_state, no_conflict, own};
use crate::actor::{Actor, Permission, Verb};
use crate::agreements::model::agreement::{self, State as AgreementState};
use crate::agreements::model::required_signature;
use crate::agreements::model::signature::{self, Party};
use crate::agreements::rules;
use crate::catalogue::model::cell_line;
use crate::error::{Code, Description, DomainError, Kind};
use crate::id::{LineId, PersonId};
use chrono::NaiveDate;

/// What the answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct PolicyContext<'a> {
    /// The request; the actor may see it.
    pub request: &'a request::Model,
    /// Its lines.
    pub lines: &'a [request_line::Model],
    /// The cell lines of them, whatever their status.
    pub cell_lines: &'a [cell_line::Model],
    /// Its agreements, oldest first.
    pub agreements: &'a [agreement::Model],
    /// Signatures that the newest of them needs.
    pub required: &'a [required_signature::Model],
    /// Signatures under it.
    pub given: &'a [signature::Model],
    /// Today in Asia/Seoul.
    pub today: NaiveDate,
}

/// Whether a command can be given to something of the request. For commands on shipments only what the request itself
/// says; the rest is theirs.
///
/// # Errors
/// What the operation would answer.
pub fn command(context: &PolicyContext<'_>, actor: &Actor, command: Command) -> Result<(), Error> {
    let PolicyContext { request, lines, cell_lines, agreements, required, given, today } = *context;
    match command {
        Command::Update | Command::Withdraw | Command::ConfirmReceipt => applicants(request, actor, command).map(drop),
        Command::Submit => submit(request, lines, cell_lines, actor, today),
        Command::CancelLine => {
            applicants(request, actor, command)?;
            one_of(lines.iter().map(|line| cancel(request, line, actor)), Error::NoSuchRequestLine)
        }
        Command::Claim | Command::Return | Command::TakeOver | Command::Release => {
            desks(request, actor, command).map(drop)
        }
        Command::Decide => {
            desks(request, actor, command)?;
            one_of(lines.iter().map(undecided), Error::NoSuchRequestLine)
        }
        Command::OfferAgreement => offer(request, agreements, actor).map(drop),
        Command::SignAgreement => {
            actor.may_do(command.verb())?;
            in_state(request, command)?;
            let newest = agreements.last().ok_or(Error::NoAgreementYet)?;
            let parties = required.iter().map(|r| r.party).filter(|party| actor.can(permission_to_sign(*party)));
            let answers = parties.map(|party| sign(request, newest, required, given, actor, party).map(drop));
            one_of(answers, Error::NoSuchAgreement)
        }
        Command::DeclineAgreement => {
            actor.may_do(command.verb())?;
            in_state(request, command)?;
            decline(request, agreements.last().ok_or(Error::NoAgreementYet)?, actor)
        }
        Command::Reserve => {
            stocks(request, actor, command)?;
            let answers = lines.iter().map(|line| reserve(request, line, cell_lines, actor, today));
            one_of(answers, Error::NoSuchRequestLine)
        }
        Command::ReleaseReservation => {
            stocks(request, actor, command)?;
            one_of(lines.iter().map(|line| release(request, line, vec![], actor)), Error::NoSuchRequestLine)
        }
        Command::CreateShipment | Command::Dispatch => stocks(request, actor, command),
    }
}

/// Fine if one of them is; otherwise the refusal that leads furthest: rather what is missing than that another line is in
/// another state, and that rather than whose it is. `nothing` is said where there was nothing to try.
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

/// What applicant and principal investigator do: the role, whose it is, and the state.
pub(crate) fn applicants(request: &request::Model, actor: &Actor, command: Command) -> Result<PersonId, Error> {
    actor.may_do(command.verb())?;
    let person = own(request, actor)?;
    in_state(request, command)?;
    Ok(person)
}

/// Handing in: the applicant's, complete, and no requirement against it.
pub(crate) fn submit(
    request: &request::Model,
    lines: &[request_line::Model],
    cell_lines: &[cell_line::Model],
    actor: &Actor,
    today: NaiveDate,
) -> Result<(), Error> {
    applicants(request, actor, Command::Submit)?;
    // A line that was cancelled because the bank withdrew it asks for nothing any more.
    let wanted: Vec<_> =
        lines.iter().filter(|l| l.state != request_line::State::Cancelled).map(|l| l.line_id).collect();
    check_complete(request, &wanted)?;
    check_requirements(request, cell_lines.iter().filter(|line| wanted.contains(&line.id)), today)
}

fn check_complete(request: &request::Model, wanted: &[LineId]) -> Result<(), Error> {
    let missing = [
        ("lines", wanted.is_empty()),
        ("projectTitle", request.project_title.is_empty()),
        ("summary", request.summary.is_empty()),
        ("intendedUse", request.intended_use.is_none()),
        ("region", request.region.is_empty()),
        ("address", request.address.is_empty()),
    ];
    let errors: Vec<Error> = missing.iter().filter(|m| m.1).map(|m| Error::Required { field: m.0.into() }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::Several(errors)) }
}

/// What the desk does: the role, nobody concerned, the state, and once it is taken only who took it, unless somebody else
/// takes it over.
pub(crate) fn desks(request: &request::Model, actor: &Actor, command: Command) -> Result<PersonId, Error> {
    let person = actor.person_who_may_do(command.verb())?;
    no_conflict(request, actor)?;
    in_state(request, command)?;
    match command {
        Command::Claim => Ok(person),
        Command::TakeOver if request.handler_id == Some(person) => Err(Error::HandledByYou),
        Command::TakeOver => Ok(person),
        _ if request.handler_id == Some(person) => Ok(person),
        _ => Err(Error::ClaimedByAnother),
    }
}

/// Cancelling a line: the applicant's, decided, and nothing set aside for it yet.
pub(crate) fn cancel(request: &request::Model, line: &request_line::Model, actor: &Actor) -> Result<(), Error> {
    applicants(request, actor, Command::CancelLine)?;
    if matches!(line.state, request_line::State::Approved | request_line::State::Waitlisted) {
        Ok(())
    } else {
        Err(Error::WrongLineState { command: Command::CancelLine, state: line.state })
    }
}

/// Writing to the other side: for whom the caller speaks. Applicant and principal investigator speak for their side also if
/// they work at the bank; staff speak for the bank unless the request concerns them. Possible in every state but a draft.
///
/// # Errors
/// What the operation would answer.
pub fn message(request: &request::Model, actor: &Actor) -> Result<Side, Error> {
    actor.may_do(Verb::PostMessage)?;
    let side = match own(request, actor) {
        Ok(_) => Side::Applicant,
        Err(refusal) if !actor.can(Permission::DecideRequests) => return Err(refusal),
        Err(_) => no_conflict(request, actor).map(|()| Side::Bank)?,
    };
    handed_in(request)?;
    Ok(side)
}

/// Noting something for the bank: staff, unless the request concerns them, in every state but a draft.
///
/// # Errors
/// What the operation would answer.
pub fn note(request: &request::Model, actor: &Actor) -> Result<(), Error> {
    actor.may_do(Verb::PostNote)?;
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
        Err(Error::WrongLineState { command: Command::Decide, state: line.state })
    }
}

/// One living agreement a request.
pub(crate) fn offer(
    request: &request::Model,
    agreements: &[agreement::Model],
    actor: &Actor,
) -> Result<PersonId, Error> {
    let person = actor.person_who_may_do(Command::OfferAgreement.verb())?;
    in_state(request, Command::OfferAgreement)?;
    if agreements.iter().any(|a| rules::is_open(a.state) || a.state == AgreementState::InForce) {
        return Err(Error::AgreementExists);
    }
    Ok(person)
}

/// What signing for a party takes.
pub fn permission_to_sign(party: Party) -> Permission {
    match party {
        Party::PrincipalInvestigator => Permission::RequestLines,
        Party::Recipient => Permission::SignForInstitution,
        Party::Bank => Permission::SignForBank,
    }
}

/// Signing for a party: who may, that signatures are collected, and whose turn it is.
pub(crate) fn sign(
    request: &request::Model,
    agreement: &agreement::Model,
    required: &[required_signature::Model],
    given: &[signature::Model],
    actor: &Actor,
    party: Party,
) -> Result<PersonId, Error> {
    let person = actor.person_who_may(permission_to_sign(party))?;
    in_state(request, Command::SignAgreement)?;
    may_sign_for(request, actor, person, party)?;
    if !rules::is_open(agreement.state) {
        return Err(Error::AgreementClosed);
    }
    match rules::next_party(required, given) {
        Some(next) if next == party => Ok(person),
        Some(next) if !given.iter().any(|s| s.party == party) => Err(Error::NotYourTurn(next)),
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
                let en = "You decided this request; somebody else signs for the bank.";
                let ko =
                    "이 신청을 심사 결정한 사람은 은행을 대표하여 서명할 수 없습니다. 다른 담당자가 서명해야 합니다.";
                return Err(Error::ConflictOfInterest { en, ko });
            }
            Ok(())
        }
    }
}

/// Declining: the investigator or the institution's signatory, while signatures are collected.
pub(crate) fn decline(request: &request::Model, agreement: &agreement::Model, actor: &Actor) -> Result<(), Error> {
    actor.may_do(Command::DeclineAgreement.verb())?;
    in_state(request, Command::DeclineAgreement)?;
    let investigator = actor.person_id() == Some(request.principal_investigator_id);
    if !investigator && !actor.signs_for().any(|institution| institution == request.institution_id) {
        return Err(Error::NotYours(Whose::Decliner));
    }
    if rules::is_open(agreement.state) { Ok(()) } else { Err(Error::AgreementClosed) }
}

/// What whoever keeps the stock does: the role and the state.
pub(crate) fn stocks(request: &request::Model, actor: &Actor, command: Command) -> Result<(), Error> {
    actor.may_do(command.verb())?;
    in_state(request, command)
}

/// Setting vials aside for an approved line whose requirements are still met.
pub(crate) fn reserve(
    request: &request::Model,
    line: &request_line::Model,
    cell_lines: &[cell_line::Model],
    actor: &Actor,
    today: NaiveDate,
) -> Result<(), Error> {
    stocks(request, actor, Command::Reserve)?;
    if !matches!(line.state, request_line::State::Approved | request_line::State::Waitlisted) {
        return Err(Error::WrongLineState { command: Command::Reserve, state: line.state });
    }
    check_requirements(request, cell_lines.iter().filter(|cell_line| cell_line.id == line.line_id), today)
}

/// Putting back what is set aside, unless it lies packed in shipments: somebody has to decide about the parcel first.
pub(crate) fn release(
    request: &request::Model,
    line: &request_line::Model,
    packed: Vec<String>,
    actor: &Actor,
) -> Result<(), Error> {
    stocks(request, actor, Command::ReleaseReservation)?;
    if line.state != request_line::State::Reserved {
        return Err(Error::WrongLineState { command: Command::ReleaseReservation, state: line.state });
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
