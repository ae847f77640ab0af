//! Letters about who works on a request, and about what was written or cancelled on it.

use super::requests::{about, cells_or, quoted};
use super::{Context, Words};
use crate::language::particle;
use crate::mail::letter::Side;

/// The letter says that there is something to read; the text stays at the bank.
pub(super) fn message(context: Context<'_>, request: &str, from: Side) -> Words {
    let (by_en, by_ko) = match from {
        Side::Bank => ("The bank", "은행이"),
        Side::Applicant => ("The applicant", "신청인이"),
    };
    about(
        context,
        request,
        (
            "A message about a request",
            format!("{by_en} wrote to you about request {request}."),
            "Sign in to read the message and to answer it.",
        ),
        (
            "신청에 관한 메시지가 있습니다",
            format!("{by_ko} 분양 신청 {request}에 관한 메시지를 남겼습니다."),
            "로그인하여 메시지를 읽고 답해 주십시오.",
        ),
    )
}

pub(super) fn taken_over(context: Context<'_>, request: &str, reason: &str) -> Words {
    let reason = quoted(reason);
    about(
        context,
        request,
        (
            "A request was taken over from you",
            format!("Somebody else at the bank took request {request} over from you:\n{reason}"),
            "Nothing more is to be done by you; they go on with its review.",
        ),
        (
            "담당 신청이 다른 담당자에게 넘어갔습니다",
            format!("은행의 다른 담당자가 분양 신청 {} 넘겨받았습니다.\n{reason}", particle(request, "을", "를")),
            "더 처리하실 일은 없습니다. 새 담당자가 심사를 이어 갑니다.",
        ),
    )
}

pub(super) fn released(context: Context<'_>, request: &str) -> Words {
    about(
        context,
        request,
        (
            "A request needs a handler",
            format!("Whoever worked on request {request} put it back on the desk."),
            "It is the bank's turn: claim it and go on with its review.",
        ),
        (
            "담당자가 필요한 신청이 있습니다",
            format!("분양 신청 {request}의 담당자가 담당을 해제했습니다."),
            "은행의 차례입니다. 담당자로 지정하고 심사를 이어 가 주십시오.",
        ),
    )
}

pub(super) fn line_cancelled(context: Context<'_>, request: &str, cells: Option<&str>, closed: bool) -> Words {
    let cells = cells_or(context, cells);
    let (turn_en, turn_ko) = if closed {
        (
            "Nothing more is to be done; no line is left and the request has ended.",
            "남은 항목이 없어 신청이 종결되었으므로 더 처리할 일이 없습니다.",
        )
    } else {
        ("It is the bank's turn: go on with the other lines.", "은행의 차례입니다. 나머지 항목을 처리해 주십시오.")
    };
    about(
        context,
        request,
        (
            "A line of a request was cancelled",
            format!("The applicant does not want {cells} any more and cancelled it in request {request}."),
            turn_en,
        ),
        (
            "신청 항목이 취소되었습니다",
            format!("신청인이 분양 신청 {request}에서 {cells} 항목을 취소했습니다."),
            turn_ko,
        ),
    )
}
