//! The life of a request: which move is possible in which state and whose it is. One table is the single source; the
//! checks, a client's buttons and the documentation all read it.

use super::model::request::State;
use super::model::request_line::State as LineState;
use crate::actor::Verb;
use crate::language::Lang;
use chrono::{DateTime, Duration, Utc};

impl State {
    /// Which state follows which; the database refuses every other change. A request goes on from the desk without a
    /// decision when its last undecided line is withdrawn.
    pub const TRANSITIONS: [(Self, Self); 17] = [
        (Self::Draft, Self::Submitted),
        (Self::Draft, Self::Withdrawn),
        (Self::Submitted, Self::UnderReview),
        (Self::Submitted, Self::Withdrawn),
        (Self::Submitted, Self::Approved),
        (Self::Submitted, Self::Closed),
        (Self::Returned, Self::Submitted),
        (Self::Returned, Self::Withdrawn),
        (Self::Returned, Self::Approved),
        (Self::Returned, Self::Closed),
        (Self::UnderReview, Self::Submitted),
        (Self::UnderReview, Self::Returned),
        (Self::UnderReview, Self::Withdrawn),
        (Self::UnderReview, Self::Approved),
        (Self::UnderReview, Self::Rejected),
        (Self::UnderReview, Self::Closed),
        (Self::Approved, Self::Closed),
    ];
}

impl LineState {
    /// Which state follows which; the database refuses every other change.
    pub const TRANSITIONS: [(Self, Self); 12] = [
        (Self::Requested, Self::Approved),
        (Self::Requested, Self::Refused),
        (Self::Requested, Self::Cancelled),
        (Self::Approved, Self::Waitlisted),
        (Self::Approved, Self::Reserved),
        (Self::Approved, Self::Cancelled),
        (Self::Waitlisted, Self::Reserved),
        (Self::Waitlisted, Self::Cancelled),
        (Self::Reserved, Self::Approved),
        (Self::Reserved, Self::Shipped),
        (Self::Reserved, Self::Cancelled),
        (Self::Shipped, Self::Received),
    ];
}

/// Vials of one line that a request may ask for: 1 to this many.
pub const MAX_VIALS: i32 = 100;
/// Lines of a request: 1 to this many when it is handed in.
pub const MAX_LINES: usize = 50;

/// Reminders for each time that a request stands still.
const MAX_REMINDERS: usize = 3;
/// Days between two of them.
const REMIND_AGAIN: i64 = 7;

/// What can be done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "RequestCommand")]
pub enum Move {
    /// Change the draft.
    Update,
    /// Hand it in.
    Submit,
    /// Take it back.
    Withdraw,
    /// Take it to work on.
    Claim,
    /// Send it back for completion.
    Return,
    /// Take it over from another member of staff.
    TakeOver,
    /// Put it back for somebody else to claim.
    Release,
    /// Decide lines.
    Decide,
    /// Cancel a line that is approved but not set aside yet.
    CancelLine,
    /// Offer the agreement.
    OfferAgreement,
    /// Sign the agreement.
    SignAgreement,
    /// Decline the agreement.
    DeclineAgreement,
    /// Set vials aside.
    Reserve,
    /// Put vials back.
    ReleaseReservation,
    /// Pack a shipment.
    CreateShipment,
    /// Hand a shipment over.
    Dispatch,
    /// Confirm the receipt.
    ConfirmReceipt,
}

/// Who acts on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Side {
    /// Applicant and principal investigator.
    Applicant,
    /// The recipient institution's signatory.
    Signatory,
    /// The bank's staff.
    Bank,
}

/// The table: move, whose it is, and the states in which it is possible.
pub const TABLE: [(Move, &[Side], &[State]); 17] = {
    use Move::*;
    use Side::{Applicant, Bank, Signatory};
    use State::*;
    [
        (Update, &[Applicant], &[Draft, Returned]),
        (Submit, &[Applicant], &[Draft, Returned]),
        (Withdraw, &[Applicant], &[Draft, Submitted, Returned, UnderReview]),
        (Claim, &[Bank], &[Submitted]),
        (Return, &[Bank], &[UnderReview]),
        (TakeOver, &[Bank], &[UnderReview]),
        (Release, &[Bank], &[UnderReview]),
        (Decide, &[Bank], &[UnderReview]),
        (CancelLine, &[Applicant], &[Approved]),
        (OfferAgreement, &[Bank], &[Approved]),
        (SignAgreement, &[Applicant, Signatory, Bank], &[Approved]),
        (DeclineAgreement, &[Applicant, Signatory], &[Approved]),
        (Reserve, &[Bank], &[Approved]),
        (ReleaseReservation, &[Bank], &[Approved]),
        (CreateShipment, &[Bank], &[Approved]),
        (Dispatch, &[Bank], &[Approved]),
        (ConfirmReceipt, &[Applicant], &[Approved]),
    ]
};

impl Move {
    /// States in which it is possible.
    pub fn states(self) -> &'static [State] {
        TABLE.iter().find(|row| row.0 == self).map_or(&[], |row| row.2)
    }

    /// The verb of the command that makes it; what that takes stands in its table.
    pub fn verb(self) -> Verb {
        match self {
            Self::Update => Verb::UpdateRequest,
            Self::Submit => Verb::SubmitRequest,
            Self::Withdraw => Verb::WithdrawRequest,
            Self::Claim => Verb::ClaimRequest,
            Self::Return => Verb::ReturnRequest,
            Self::TakeOver => Verb::TakeOverRequest,
            Self::Release => Verb::ReleaseRequest,
            Self::Decide => Verb::DecideRequest,
            Self::CancelLine => Verb::CancelRequestLine,
            Self::OfferAgreement => Verb::OfferAgreement,
            Self::SignAgreement => Verb::SignAgreement,
            Self::DeclineAgreement => Verb::DeclineAgreement,
            Self::Reserve => Verb::ReserveVials,
            Self::ReleaseReservation => Verb::ReleaseReservation,
            Self::CreateShipment => Verb::CreateShipment,
            Self::Dispatch => Verb::DispatchShipment,
            Self::ConfirmReceipt => Verb::ConfirmReceipt,
        }
    }

    /// The label a person reads, as a verb.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Update => lang.pick("change it", "수정"),
            Self::Submit => lang.pick("submit it", "제출"),
            Self::Withdraw => lang.pick("withdraw it", "철회"),
            Self::Claim => lang.pick("claim it", "담당 지정"),
            Self::Return => lang.pick("return it", "보완 요청"),
            Self::TakeOver => lang.pick("take it over", "담당 인수"),
            Self::Release => lang.pick("put it back on the desk", "담당 해제"),
            Self::Decide => lang.pick("decide it", "심사 결정"),
            Self::CancelLine => lang.pick("cancel a line", "항목 취소"),
            Self::OfferAgreement => lang.pick("offer an agreement", "협약 제안"),
            Self::SignAgreement => lang.pick("sign its agreement", "협약 서명"),
            Self::DeclineAgreement => lang.pick("decline its agreement", "협약 거절"),
            Self::Reserve => lang.pick("reserve vials", "바이알 예약"),
            Self::ReleaseReservation => lang.pick("release a reservation", "예약 해제"),
            Self::CreateShipment => lang.pick("pack a shipment", "발송 준비"),
            Self::Dispatch => lang.pick("dispatch a shipment", "발송"),
            Self::ConfirmReceipt => lang.pick("confirm the receipt", "수령 확인"),
        }
    }
}

/// State of a request whose lines are in these states, after a decision or a receipt. `None` while lines are undecided.
pub fn state_after(lines: &[LineState]) -> Option<State> {
    let ended = |s: &LineState| matches!(s, LineState::Received | LineState::Refused | LineState::Cancelled);
    if lines.contains(&LineState::Requested) {
        None
    } else if lines.iter().all(|s| *s == LineState::Refused) {
        Some(State::Rejected)
    } else if lines.iter().all(ended) {
        Some(State::Closed)
    } else {
        Some(State::Approved)
    }
}

/// Which reminder is due after so many days without a move, 1 to 3; the first one comes after `first` days.
/// One that was missed is not made up for.
pub fn reminder_due(idle: i64, first: i64) -> Option<i32> {
    let ordinal = (1 + (idle - first).max(0) / REMIND_AGAIN).min(MAX_REMINDERS as i64);
    if idle < first { None } else { i32::try_from(ordinal).ok() }
}

/// The same for whoever looks for what is due: what has not moved since before these instants gets its first reminder,
/// its second, and so on.
pub fn idle_before(now: DateTime<Utc>, first: i64) -> [DateTime<Utc>; MAX_REMINDERS] {
    let days = |place: usize| first.saturating_add(REMIND_AGAIN * place as i64);
    let before = |days| Duration::try_days(days).and_then(|time| now.checked_sub_signed(time));
    std::array::from_fn(|place| before(days(place)).unwrap_or(DateTime::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_follows_its_lines() {
        use LineState::*;
        assert_eq!(state_after(&[Approved, Requested]), None);
        assert_eq!(state_after(&[Refused, Refused]), Some(State::Rejected));
        assert_eq!(state_after(&[Refused, Approved]), Some(State::Approved));
        assert_eq!(state_after(&[Refused, Received]), Some(State::Closed));
        assert_eq!(state_after(&[Shipped, Received]), Some(State::Approved));
        assert_eq!(state_after(&[Cancelled, Received]), Some(State::Closed));
    }

    #[test]
    fn reminders_come_after_a_week_then_weekly_and_three_times() {
        let due: Vec<_> = [0, 6, 7, 13, 14, 20, 21, 28, 400].map(|idle| reminder_due(idle, 7)).into();
        assert_eq!(due, [None, None, Some(1), Some(1), Some(2), Some(2), Some(3), Some(3), Some(3)]);
        assert_eq!([2, 3, 10].map(|idle| reminder_due(idle, 3)), [None, Some(1), Some(2)]);
    }

    #[test]
    fn what_is_looked_for_is_what_is_due() {
        let now: DateTime<Utc> = "2026-03-02T03:00:00Z".parse().unwrap();
        for first in [1, 3, 7, 30] {
            let before = idle_before(now, first);
            for hours in 0..24 * 60 {
                let since = now - Duration::hours(hours);
                let looked_for = before.iter().filter(|instant| since <= **instant).count();
                let due = reminder_due((now - since).num_days(), first).unwrap_or_default();
                assert_eq!(looked_for, usize::try_from(due).unwrap(), "{first} days, idle for {hours} hours");
            }
        }
    }

    #[test]
    fn nothing_is_possible_any_more_with_an_ended_request() {
        for (one, _, states) in TABLE {
            for ended in [State::Rejected, State::Withdrawn, State::Closed] {
                assert!(!states.contains(&ended), "{one:?} in {ended:?}");
            }
        }
    }
}
