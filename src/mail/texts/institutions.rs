//! Letters about institutions and who belongs to them, and about the history that administrators keep.

use super::{Facts, Missing, Words};

fn words(facts: Facts<'_>, page: &str, said: (&str, &str, &str)) -> Words {
    let (subject, changed, turn) = said;
    Words { subject: subject.into(), changed: changed.into(), turn: turn.into(), link: facts.link(page) }
}

pub(super) fn membership_requested(facts: Facts<'_>) -> Words {
    let said = facts.lang.pick(
        (
            "Somebody wants to join your institution",
            "Somebody asked to join an institution that you are in charge of.",
            "It is your turn: decide whether they belong to it.",
        ),
        (
            "기관 소속 신청이 있습니다",
            "담당하시는 기관에 소속을 신청한 사람이 있습니다.",
            "수신인의 차례입니다. 소속을 승인할지 결정해 주십시오.",
        ),
    );
    words(facts, "account/institution", said)
}

pub(super) fn membership_decided(facts: Facts<'_>) -> Result<Words, Missing> {
    let (subject, changed) = match facts.text("state")? {
        "active" => facts.lang.pick(
            ("You belong to the institution", "Your request to join an institution was approved."),
            ("기관 소속이 승인되었습니다", "기관 소속 신청이 승인되었습니다."),
        ),
        "left" => facts.lang.pick(
            ("You no longer belong to an institution", "Your membership of an institution was ended."),
            ("기관 소속이 종료되었습니다", "기관 소속이 종료되었습니다."),
        ),
        _ => facts.lang.pick(
            ("You were not admitted to the institution", "Your request to join an institution was refused."),
            ("기관 소속이 승인되지 않았습니다", "기관 소속 신청이 승인되지 않았습니다."),
        ),
    };
    let reason = facts
        .optional("reason")
        .map(|reason| facts.lang.pick(format!(" The reason given: {reason}"), format!(" 사유: {reason}")));
    let turn = facts.lang.pick(
        "Nothing more is to be done; your profile shows where you belong.",
        "더 하실 일은 없습니다. 소속은 프로필에서 확인하실 수 있습니다.",
    );
    let changed = format!("{changed}{}", reason.unwrap_or_default());
    Ok(Words { subject: subject.into(), changed, turn: turn.into(), link: facts.link("account/institution") })
}

pub(super) fn proposed(facts: Facts<'_>) -> Words {
    let said = facts.lang.pick(
        (
            "An institution was proposed",
            "Somebody proposed an institution that the bank does not know yet.",
            "It is the bank's turn: verify it, or close it if it is a duplicate.",
        ),
        (
            "새 기관이 제안되었습니다",
            "은행에 등록되지 않은 기관이 제안되었습니다.",
            "은행의 차례입니다. 기관을 확인하거나, 중복이면 닫아 주십시오.",
        ),
    );
    words(facts, "admin/institutions?verification=proposed", said)
}

pub(super) fn decided(facts: Facts<'_>) -> Result<Words, Missing> {
    Ok(if facts.text("outcome")? == "verified" {
        let said = facts.lang.pick(
            (
                "The institution you proposed is verified",
                "The bank verified the institution that you proposed.",
                "It is your turn if you work there: join it.",
            ),
            (
                "제안하신 기관이 확인되었습니다",
                "은행이 제안하신 기관을 확인하였습니다.",
                "그곳에서 근무하신다면 수신인의 차례입니다. 기관에 소속을 신청해 주십시오.",
            ),
        );
        words(facts, "account/institution", said)
    } else {
        let said = facts.lang.pick(
            (
                "The institution you proposed was not taken over",
                "The bank closed the institution that you proposed, or found it to be one it already knows.",
                "It is your turn if you still miss it: look for it by another of its names, or write to the bank.",
            ),
            (
                "제안하신 기관이 등록되지 않았습니다",
                "은행이 제안하신 기관을 닫았거나 이미 등록된 기관으로 확인하였습니다.",
                "여전히 필요하시다면 수신인의 차례입니다. 다른 이름으로 찾아보시거나 은행에 문의해 주십시오.",
            ),
        );
        words(facts, "account/institution", said)
    })
}

pub(super) fn anchor(facts: Facts<'_>) -> Result<Words, Missing> {
    let (day, sequence, hash) = (facts.text("day")?, facts.number("sequence")?, facts.text("hash")?);
    let (subject, changed, turn) = facts.lang.pick(
        (
            format!("The history's end on {day}"),
            format!("On {day} the bank's history ended with seal {sequence}: {hash}"),
            "It is your turn to keep this letter: 'stembank audit verify --head HASH' shows by it that nothing was cut off afterwards.",
        ),
        (
            format!("{day} 기록의 끝"),
            format!("{day} 현재 은행 기록의 마지막 봉인은 {sequence}번이며 해시는 다음과 같습니다: {hash}"),
            "수신인의 차례입니다. 이 메일을 보관해 주십시오. 'stembank audit verify --head 해시'로 이후 기록이 잘리지 않았음을 확인할 수 있습니다.",
        ),
    );
    Ok(Words { subject, changed, turn: turn.into(), link: facts.link("admin/history") })
}
