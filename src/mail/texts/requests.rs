//! Letters on the way of a request.

use super::{Context, Words};
use crate::app::seoul_date;
use crate::language::particle;
use crate::mail::letter::{Verdict, Waiting};
use chrono::{DateTime, Utc};

/// A letter about a request: its number leads the subject, and the link leads to it.
pub(super) fn about(context: Context<'_>, request: &str, en: (&str, String, &str), ko: (&str, String, &str)) -> Words {
    let (subject, changed, turn) = context.lang.pick(en, ko);
    Words {
        subject: format!("[{request}] {subject}"),
        changed,
        turn: turn.into(),
        link: context.link(&format!("requests/{request}")),
    }
}

/// Somebody's own words, set apart from the bank's.
pub(super) fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("\n    {line}")).collect()
}

pub(super) fn submitted(context: Context<'_>, request: &str) -> Words {
    about(
        context,
        request,
        (
            "A request came in",
            format!("Request {request} was submitted."),
            "It is the bank's turn: claim it and check that it is complete.",
        ),
        (
            "분양 신청이 접수되었습니다",
            format!("분양 신청 {} 접수되었습니다.", particle(request, "이", "가")),
            "은행의 차례입니다. 담당자를 지정하고 신청 내용이 갖추어졌는지 확인해 주십시오.",
        ),
    )
}

pub(super) fn returned(context: Context<'_>, request: &str, comment: &str, fields: usize) -> Words {
    let comment = quoted(comment);
    let (more_en, more_ko) = if fields > 0 {
        ("\n\nThe page below has comments on single fields.", "\n\n항목별 의견은 아래 주소에서 확인하실 수 있습니다.")
    } else {
        ("", "")
    };
    about(
        context,
        request,
        (
            "Please complete your request",
            format!("The bank returned your request {request} for completion:\n{comment}{more_en}"),
            "It is your turn: complete the request and submit it again.",
        ),
        (
            "신청 내용을 보완해 주십시오",
            format!(
                "은행이 분양 신청 {} 보완하도록 되돌려 보냈습니다.\n{comment}{more_ko}",
                particle(request, "을", "를")
            ),
            "신청인의 차례입니다. 내용을 보완하여 다시 제출해 주십시오.",
        ),
    )
}

pub(super) fn claimed(context: Context<'_>, request: &str) -> Words {
    about(
        context,
        request,
        (
            "Your request is under review",
            format!("A member of the bank's staff began to review your request {request}."),
            "It is the bank's turn; there is nothing for you to do now.",
        ),
        (
            "신청 심사가 시작되었습니다",
            format!("은행 담당자가 분양 신청 {request}의 심사를 시작했습니다."),
            "은행의 차례입니다. 지금 하실 일은 없습니다.",
        ),
    )
}

pub(super) fn decided(context: Context<'_>, request: &str, state: Verdict) -> Words {
    let subject_ko = particle(request, "이", "가");
    if state == Verdict::Approved {
        return about(
            context,
            request,
            (
                "Your request was approved",
                format!("Your request {request} was approved. The page below shows the decision on each line."),
                "It is the bank's turn: it prepares the agreement and offers it for signature.",
            ),
            (
                "신청이 승인되었습니다",
                format!("분양 신청 {subject_ko} 승인되었습니다. 항목별 결정은 아래 주소에서 확인하실 수 있습니다."),
                "은행의 차례입니다. 은행이 협약서를 준비하여 서명을 요청합니다.",
            ),
        );
    }
    about(
        context,
        request,
        (
            "Your request was not approved",
            format!("Your request {request} was not approved. The page below shows the reason for each line."),
            "Nothing more is to be done; the request has ended. You may make a new one.",
        ),
        (
            "신청이 승인되지 않았습니다",
            format!("분양 신청 {subject_ko} 승인되지 않았습니다. 항목별 사유는 아래 주소에서 확인하실 수 있습니다."),
            "이 신청은 종결되어 더 하실 일이 없습니다. 새로 신청하실 수 있습니다.",
        ),
    )
}

pub(super) fn withdrawn(context: Context<'_>, request: &str) -> Words {
    about(
        context,
        request,
        (
            "A request was withdrawn",
            format!("The applicant withdrew request {request}."),
            "Nothing more is to be done; the request has ended.",
        ),
        (
            "신청이 철회되었습니다",
            format!("신청인이 분양 신청 {} 철회했습니다.", particle(request, "을", "를")),
            "이 신청은 종결되어 더 처리할 일이 없습니다.",
        ),
    )
}

pub(super) fn to_sign(context: Context<'_>, request: &str, agreement: &str) -> Words {
    about(
        context,
        request,
        (
            "An agreement waits for your signature",
            format!("Agreement {agreement} for request {request} waits for your signature."),
            "It is your turn: read the agreement and sign it.",
        ),
        (
            "협약서에 서명해 주십시오",
            format!("분양 신청 {request}의 협약서 {} 서명을 기다리고 있습니다.", particle(agreement, "이", "가")),
            "수신인의 차례입니다. 협약서를 읽고 서명해 주십시오.",
        ),
    )
}

pub(super) fn in_force(context: Context<'_>, request: &str, agreement: &str) -> Words {
    about(
        context,
        request,
        (
            "The agreement is in force",
            format!("Every party has signed agreement {agreement} for request {request}; it is in force."),
            "It is the bank's turn: it sets the vials aside and ships them.",
        ),
        (
            "협약이 발효되었습니다",
            format!("분양 신청 {request}의 협약서 {agreement}에 모든 당사자가 서명하여 협약이 발효되었습니다."),
            "은행의 차례입니다. 은행이 바이알을 예약하고 발송합니다.",
        ),
    )
}

pub(super) fn declined(context: Context<'_>, request: &str, agreement: &str, reason: &str) -> Words {
    let reason = quoted(reason);
    about(
        context,
        request,
        (
            "The agreement was declined",
            format!("The recipient declined agreement {agreement} for request {request}:\n{reason}"),
            "It is the bank's turn: settle it with the applicant and offer another agreement.",
        ),
        (
            "협약이 거절되었습니다",
            format!(
                "수령 기관이 분양 신청 {request}의 협약서 {} 거절했습니다.\n{reason}",
                particle(agreement, "을", "를")
            ),
            "은행의 차례입니다. 신청인과 협의하여 다른 협약서를 제안해 주십시오.",
        ),
    )
}

/// The cell line by its accession; rows of older letters do not have it.
pub(super) fn cells_or<'a>(context: Context<'_>, cells: Option<&'a str>) -> &'a str {
    cells.unwrap_or(context.lang.pick("a cell line", "세포주"))
}

pub(super) fn reserved(
    context: Context<'_>,
    request: &str,
    cells: Option<&str>,
    vials: usize,
    until: DateTime<Utc>,
) -> Words {
    let (cells, until) = (cells_or(context, cells), seoul_date(until));
    let are = if vials == 1 { "vial of" } else { "vials of" };
    let set = if vials == 1 { "is" } else { "are" };
    about(
        context,
        request,
        (
            "Vials are reserved for you",
            format!("{vials} {are} {cells} {set} set aside for your request {request} until {until} (Asia/Seoul)."),
            "It is the bank's turn: it ships them once the agreement is in force.",
        ),
        (
            "바이알이 예약되었습니다",
            format!("분양 신청 {request}의 {cells} 바이알 {vials}개를 {until}(한국 시간)까지 예약해 두었습니다."),
            "은행의 차례입니다. 협약이 발효되면 은행이 발송합니다.",
        ),
    )
}

pub(super) fn waits(context: Context<'_>, request: &str, cells: Option<&str>) -> Words {
    let cells = cells_or(context, cells);
    about(
        context,
        request,
        (
            "A line of your request is on the waiting list",
            format!("Too few vials of {cells} are free for your request {request}; it is on the waiting list."),
            "It is the bank's turn: it sets vials aside when there are enough.",
        ),
        (
            "신청 항목이 대기 명단에 올랐습니다",
            format!("{cells}의 재고가 부족하여 분양 신청 {request}의 해당 항목을 대기 명단에 올렸습니다."),
            "은행의 차례입니다. 재고가 충분해지면 은행이 바이알을 예약합니다.",
        ),
    )
}

pub(super) fn expired(context: Context<'_>, request: &str, cells: Option<&str>) -> Words {
    let cells = cells_or(context, cells);
    about(
        context,
        request,
        (
            "A reservation ended",
            format!("The vials of {cells} for request {request} were not shipped in time; their reservation ended."),
            "It is the bank's turn: reserve vials again.",
        ),
        (
            "예약이 만료되었습니다",
            format!("분양 신청 {request}의 {cells} 바이알이 기한 안에 발송되지 않아 예약이 만료되었습니다."),
            "은행의 차례입니다. 바이알을 다시 예약해 주십시오.",
        ),
    )
}

pub(super) fn line_withdrawn(context: Context<'_>, request: &str, cells: &str, reason: [&str; 2]) -> Words {
    let [en, ko] = reason.map(quoted);
    about(
        context,
        request,
        (
            "A cell line was withdrawn",
            format!("The bank gives {cells} out no more; that line of request {request} is cancelled:\n{en}"),
            "Nothing more is to be done for this line. The page below shows what is left of the request.",
        ),
        (
            "신청하신 세포주의 분양이 철회되었습니다",
            format!(
                "은행이 {} 더 이상 분양하지 않게 되어 분양 신청 {request}의 해당 항목을 취소했습니다.\n{ko}",
                particle(cells, "을", "를")
            ),
            "이 항목에 대해 더 하실 일은 없습니다. 신청의 나머지 항목은 아래 주소에서 확인하실 수 있습니다.",
        ),
    )
}

pub(super) fn dispatched(context: Context<'_>, request: &str, shipment: &str) -> Words {
    about(
        context,
        request,
        (
            "Your cells are on their way",
            format!("Shipment {shipment} for your request {request} left the bank."),
            "It is your turn: when it arrives, look at every vial and confirm the receipt.",
        ),
        (
            "세포가 발송되었습니다",
            format!("분양 신청 {request}의 발송물 {} 은행에서 출발했습니다.", particle(shipment, "이", "가")),
            "신청인의 차례입니다. 도착하면 바이알의 상태를 살펴보고 수령을 확인해 주십시오.",
        ),
    )
}

pub(super) fn received(context: Context<'_>, request: &str, shipment: &str) -> Words {
    about(
        context,
        request,
        (
            "A shipment was received",
            format!("The recipient confirmed the receipt of shipment {shipment} for request {request}."),
            "Nothing more is to be done for this shipment.",
        ),
        (
            "수령이 확인되었습니다",
            format!("수령인이 분양 신청 {request}의 발송물 {} 받았음을 확인했습니다.", particle(shipment, "을", "를")),
            "이 발송물에 대해 더 처리할 일은 없습니다.",
        ),
    )
}

/// A shipment that left long ago, and nobody said that it arrived.
fn unconfirmed(context: Context<'_>, request: &str, days: i64, shipment: &str) -> Words {
    about(
        context,
        request,
        (
            "Please confirm the receipt of your cells",
            format!(
                "Shipment {shipment} for your request {request} left the bank {days} days ago, and its receipt is not \
                 confirmed."
            ),
            "It is your turn: look at every vial and confirm the receipt. If nothing arrived, tell the bank.",
        ),
        (
            "세포의 수령을 확인해 주십시오",
            format!(
                "분양 신청 {request}의 발송물 {} 발송된 지 {days}일이 지났으나 아직 수령이 확인되지 않았습니다.",
                particle(shipment, "이", "가")
            ),
            "신청인의 차례입니다. 바이알의 상태를 살펴보고 수령을 확인해 주십시오. 아직 받지 못하셨다면 은행에 알려 \
             주십시오.",
        ),
    )
}

pub(super) fn reminder(context: Context<'_>, request: &str, days: i64, waits_for: &Waiting) -> Words {
    let (to_do_en, to_do_ko) = match waits_for {
        Waiting::Receipt { shipment } => return unconfirmed(context, request, days, shipment),
        Waiting::Review => {
            ("It is the bank's turn: go on with its review.", "은행의 차례입니다. 심사를 진행해 주십시오.")
        }
        Waiting::Completion => (
            "It is your turn: complete the request and submit it again, or withdraw it.",
            "신청인의 차례입니다. 내용을 보완하여 다시 제출하거나 신청을 철회해 주십시오.",
        ),
        Waiting::Signature => {
            ("It is your turn: read its agreement and sign it.", "수신인의 차례입니다. 협약서를 읽고 서명해 주십시오.")
        }
    };
    about(
        context,
        request,
        ("A request waits for you", format!("Request {request} has not moved for {days} days."), to_do_en),
        (
            "처리를 기다리는 신청이 있습니다",
            format!("분양 신청 {} {days}일 동안 진행되지 않았습니다.", particle(request, "이", "가")),
            to_do_ko,
        ),
    )
}
