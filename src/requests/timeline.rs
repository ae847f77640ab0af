//! What both sides see of a request's history: steps, whose they were, and whose turn it is.

use super::model::request::State;
use super::model::request_line::State as LineState;
use super::rules::Move;
use crate::agreements::model::agreement;
use crate::agreements::model::signature::Party;
use crate::agreements::rules::is_open;
use crate::language::Lang;
use sea_orm::{DeriveActiveEnum, EnumIter};

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Turn {
    /// The applicant: to complete, or to confirm the receipt.
    Applicant,
    /// The principal investigator: to sign.
    PrincipalInvestigator,
    /// The recipient's signatory: to sign.
    Signatory,
    /// The bank.
    Bank,
    /// Nobody: it has ended.
    Nobody,
}

/// Whose turn it is. `next` is the party whose signature an open agreement waits for, `None` without an open agreement.
pub fn turn(state: State, lines: &[LineState], next: Option<Party>) -> Turn {
    match (state, next) {
        (State::Draft | State::Returned, _) => Turn::Applicant,
        (State::Submitted | State::UnderReview, _) => Turn::Bank,
        (State::Rejected | State::Withdrawn | State::Closed, _) => Turn::Nobody,
        (State::Approved, Some(Party::PrincipalInvestigator)) => Turn::PrincipalInvestigator,
        (State::Approved, Some(Party::Recipient)) => Turn::Signatory,
        (State::Approved, Some(Party::Bank)) => Turn::Bank,
        (State::Approved, None) => {
            let open = |s: &&LineState| !matches!(s, LineState::Refused | LineState::Received | LineState::Cancelled);
            let all_shipped = lines.iter().filter(open).all(|s| *s == LineState::Shipped);
            if all_shipped { Turn::Applicant } else { Turn::Bank }
        }
    }
}

impl Turn {
    /// The label a person reads.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Applicant => lang.pick("applicant", "신청인"),
            Self::PrincipalInvestigator => lang.pick("principal investigator", "연구책임자"),
            Self::Signatory => lang.pick("signatory", "기관 서명권자"),
            Self::Bank => lang.pick("bank", "은행"),
            Self::Nobody => lang.pick("ended", "종결"),
        }
    }
}

/// How far a request came: what its next step depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where it stands.
    pub state: State,
    /// The agreement that is open or in force.
    pub agreement: Option<agreement::State>,
    /// A line is approved or waits, and no vials are set aside for it.
    pub to_reserve: bool,
    /// Vials of a line are set aside.
    pub reserved: bool,
    /// A shipment is packed and has not left.
    pub packed: bool,
}

/// What is to be done next, whoever does it; `None` of a request that has ended.
pub fn next_step(progress: Progress) -> Option<Move> {
    match progress.state {
        State::Draft | State::Returned => Some(Move::Submit),
        State::Submitted => Some(Move::Claim),
        State::UnderReview => Some(Move::Decide),
        State::Rejected | State::Withdrawn | State::Closed => None,
        State::Approved => Some(match progress.agreement {
            _ if !progress.to_reserve && !progress.reserved => Move::ConfirmReceipt,
            None => Move::OfferAgreement,
            Some(agreement) if is_open(agreement) => Move::SignAgreement,
            Some(_) if progress.packed => Move::Dispatch,
            Some(_) if progress.to_reserve => Move::Reserve,
            Some(_) => Move::CreateShipment,
        }),
    }
}

/// What a step of the history says to a reader; `None` for steps that concern nobody outside the bank's records.
pub fn label(action: &str, lang: Lang) -> Option<&'static str> {
    Some(match action {
        "request.create" => lang.pick("Draft begun", "신청서 작성 시작"),
        "request.update" => lang.pick("Request changed", "신청 내용 수정"),
        "request.submit" => lang.pick("Submitted", "접수"),
        "request.withdraw" => lang.pick("Withdrawn by the applicant", "신청인 철회"),
        "request.claim" => lang.pick("Taken by the bank", "담당자 지정"),
        "request.return" => lang.pick("Returned for completion", "보완 요청"),
        "request.take_over" => lang.pick("Taken over by somebody else at the bank", "담당자 변경"),
        "request.release" => lang.pick("Put back on the bank's desk", "담당자 지정 해제"),
        "request.message" => lang.pick("Message written", "메시지 작성"),
        "request.cancel_line" => lang.pick("Line cancelled by the applicant", "신청인 항목 취소"),
        "request.decide_line" => lang.pick("Line decided", "항목 심사 결정"),
        "request.decide" => lang.pick("Decided", "심사 완료"),
        "request.withdraw_line" => {
            lang.pick("Line cancelled, as the bank withdrew it", "세포주 분양 철회에 따른 항목 취소")
        }
        "request.choose_approvals" => lang.pick("Approvals renewed", "승인 서류 갱신"),
        "request.close" => lang.pick("Closed", "종결"),
        "agreement.offer" => lang.pick("Agreement offered", "협약 제안"),
        "agreement.sign" => lang.pick("Agreement signed", "협약 서명"),
        "agreement.expire" => lang.pick("Agreement expired", "협약 만료"),
        "agreement.decline" => lang.pick("Agreement declined", "협약 거절"),
        "vials.reserve" => lang.pick("Vials reserved", "바이알 예약"),
        "vials.wait" => lang.pick("On the waiting list", "대기 명단 등록"),
        "vials.release" => lang.pick("Reservation released", "예약 해제"),
        "vials.expire" => lang.pick("Reservation ended", "예약 만료"),
        "shipment.pack" => lang.pick("Shipment packed", "발송 준비 완료"),
        "shipment.dispatch" => lang.pick("Shipped", "발송"),
        "shipment.receive" => lang.pick("Received", "수령"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_goes_round() {
        use LineState::{Approved, Received, Refused, Reserved, Shipped, Waitlisted};
        assert_eq!(turn(State::Draft, &[], None), Turn::Applicant);
        assert_eq!(turn(State::UnderReview, &[], None), Turn::Bank);
        assert_eq!(turn(State::Approved, &[Approved], None), Turn::Bank);
        assert_eq!(turn(State::Approved, &[Approved], Some(Party::PrincipalInvestigator)), Turn::PrincipalInvestigator);
        assert_eq!(turn(State::Approved, &[Approved], Some(Party::Recipient)), Turn::Signatory);
        assert_eq!(turn(State::Approved, &[Approved], Some(Party::Bank)), Turn::Bank);
        assert_eq!(turn(State::Approved, &[Reserved, Waitlisted], None), Turn::Bank);
        assert_eq!(turn(State::Approved, &[Shipped, Refused], None), Turn::Applicant);
        assert_eq!(turn(State::Approved, &[Shipped, Reserved], None), Turn::Bank);
        assert_eq!(turn(State::Closed, &[Received], None), Turn::Nobody);
    }
}
