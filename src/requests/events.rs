//! What the history tells of requests. Everything that happens to a request stands under it, its agreements,
//! reservations and shipments too, so that its timeline is whole.

use super::model::request;
use super::model::request_line::Refusal;
use crate::agreements::model::signature::Party;
use crate::audit::Changes;
use crate::id::{CellLineId, RequestId, RequestLineId, RequestMessageId};
use chrono::{DateTime, Utc};

crate::area_events! {
    /// What happened to a request.
    RequestEvent, RequestAction, about RequestId:

    /// A draft was begun.
    Created {
        number: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] copied_from: Option<RequestId>,
        #[serde(flatten)] changes: Changes,
    } = "request.create", "Draft begun", "신청서 작성 시작";

    /// The draft was changed.
    Updated { #[serde(flatten)] changes: Changes } = "request.update", "Request changed", "신청 내용 수정";

    /// It was handed in.
    Submitted { lines: usize, revision: i32, #[serde(flatten)] changes: Changes }
        = "request.submit", "Submitted", "접수";

    /// The applicant took it back.
    Withdrawn { #[serde(flatten)] changes: Changes } = "request.withdraw", "Withdrawn by the applicant", "신청인 철회";

    /// A member of staff took it to work on.
    Claimed { #[serde(flatten)] changes: Changes } = "request.claim", "Taken by the bank", "담당자 지정";

    /// It went back for completion, with comments on these fields.
    Returned { fields: Vec<String>, #[serde(flatten)] changes: Changes }
        = "request.return", "Returned for completion", "보완 요청";

    /// Another member of staff took it over.
    TakenOver { reason: String, #[serde(flatten)] changes: Changes }
        = "request.take_over", "Taken over by somebody else at the bank", "담당자 변경";

    /// It was put back on the desk.
    Released { #[serde(flatten)] changes: Changes }
        = "request.release", "Put back on the bank's desk", "담당자 지정 해제";

    /// One side wrote to the other; of the text the history keeps a fingerprint.
    MessagePosted { message: RequestMessageId, text: String } = "request.message", "Message written", "메시지 작성";

    /// The bank noted something for itself.
    NotePosted { message: RequestMessageId, text: String } = "request.note", "Note written", "내부 메모 작성";

    /// The applicant cancelled a line.
    LineCancelled { line: RequestLineId, cell_line: CellLineId }
        = "request.cancel_line", "Line cancelled by the applicant", "신청인 항목 취소";

    /// A line was decided.
    LineDecided { line: RequestLineId, cell_line: CellLineId, decision: LineOutcome, #[serde(flatten)] changes: Changes }
        = "request.decide_line", "Line decided", "항목 심사 결정";

    /// Every line is decided.
    Decided { #[serde(with = "crate::audit::word")] state: request::State, #[serde(flatten)] changes: Changes }
        = "request.decide", "Decided", "심사 완료";

    /// A line was cancelled, as the bank withdrew the cell line.
    LineWithdrawn { line: RequestLineId, cell_line: CellLineId, vials_put_back: usize, #[serde(flatten)] changes: Changes }
        = "request.withdraw_line", "Line cancelled, as the bank withdrew it", "세포주 분양 철회에 따른 항목 취소";

    /// Other approvals count from now on; before and after have their keys.
    ApprovalsChosen { #[serde(flatten)] changes: Changes }
        = "request.choose_approvals", "Approvals renewed", "승인 서류 갱신";

    /// Nothing of it is open any more.
    Closed { #[serde(flatten)] changes: Changes } = "request.close", "Closed", "종결";

    /// An agreement was offered.
    AgreementOffered { agreement: String, #[serde(flatten)] changes: Changes }
        = "agreement.offer", "Agreement offered", "협약 제안";

    /// A party signed it; with the provider at which the signer proved who they are, if they did.
    AgreementSigned {
        agreement: String,
        #[serde(with = "crate::audit::word")] party: Party,
        document_hash: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] provider: Option<String>,
        #[serde(flatten)] changes: Changes,
    } = "agreement.sign", "Agreement signed", "협약 서명";

    /// Its last day is over.
    AgreementExpired { agreement: String, #[serde(flatten)] changes: Changes }
        = "agreement.expire", "Agreement expired", "협약 만료";

    /// The recipient does not want it.
    AgreementDeclined { agreement: String, #[serde(flatten)] changes: Changes }
        = "agreement.decline", "Agreement declined", "협약 거절";

    /// Vials are set aside.
    VialsReserved { line: RequestLineId, vials: usize, until: DateTime<Utc>, #[serde(flatten)] changes: Changes }
        = "vials.reserve", "Vials reserved", "바이알 예약";

    /// Too few are free.
    VialsWaited { line: RequestLineId, wanted: Option<i32>, free: usize, #[serde(flatten)] changes: Changes }
        = "vials.wait", "On the waiting list", "대기 명단 등록";

    /// They were put back.
    ReservationReleased { line: RequestLineId, vials: usize, #[serde(flatten)] changes: Changes }
        = "vials.release", "Reservation released", "예약 해제";

    /// They were not shipped in time.
    ReservationExpired { line: RequestLineId, #[serde(flatten)] changes: Changes }
        = "vials.expire", "Reservation ended", "예약 만료";

    /// A shipment was packed, with so many vials.
    ShipmentPacked { shipment: String, vials: usize, #[serde(flatten)] changes: Changes }
        = "shipment.pack", "Shipment packed", "발송 준비 완료";

    /// It left the bank.
    ShipmentDispatched { shipment: String, #[serde(flatten)] changes: Changes }
        = "shipment.dispatch", "Shipped", "발송";

    /// It arrived.
    ShipmentReceived { shipment: String, #[serde(flatten)] changes: Changes } = "shipment.receive", "Received", "수령";
}

/// What became of a line.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineOutcome {
    /// So many vials are approved.
    Approved(i32),
    /// Refused, and why.
    Refused(#[serde(with = "crate::audit::word")] Refusal),
}
