//! Letters about institutions and who belongs to them, and about the history that administrators keep.

use super::{Context, Words};
use crate::language::{Lang, particle};
use crate::mail::letter::{Membership, Proposal, Role};
use chrono::NaiveDate;

fn words(context: Context<'_>, page: &str, said: (&str, &str, &str)) -> Words {
    let (subject, changed, turn) = said;
    Words { subject: subject.into(), changed: changed.into(), turn: turn.into(), link: context.link(page) }
}

pub(super) fn membership_requested(context: Context<'_>) -> Words {
    let said = context.lang.pick(
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
    words(context, "account/institution", said)
}

pub(super) fn membership_decided(context: Context<'_>, state: Membership, reason: Option<&str>) -> Words {
    let (subject, changed) = match state {
        Membership::Active => context.lang.pick(
            ("You belong to the institution", "Your request to join an institution was approved."),
            ("기관 소속이 승인되었습니다", "기관 소속 신청이 승인되었습니다."),
        ),
        Membership::Left => context.lang.pick(
            ("You no longer belong to an institution", "Your membership of an institution was ended."),
            ("기관 소속이 종료되었습니다", "기관 소속이 종료되었습니다."),
        ),
        Membership::Refused => context.lang.pick(
            ("You were not admitted to the institution", "Your request to join an institution was refused."),
            ("기관 소속이 승인되지 않았습니다", "기관 소속 신청이 승인되지 않았습니다."),
        ),
    };
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    let reason =
        reason.map(|reason| context.lang.pick(format!(" The reason given: {reason}"), format!(" 사유: {reason}")));
    let turn = context.lang.pick(
        "Nothing more is to be done; your profile shows where you belong.",
        "더 하실 일은 없습니다. 소속은 프로필에서 확인하실 수 있습니다.",
    );
    let changed = format!("{changed}{}", reason.unwrap_or_default());
    Words { subject: subject.into(), changed, turn: turn.into(), link: context.link("account/institution") }
}

/// A role at an institution, and what whoever has it does.
fn described(role: Role, lang: Lang) -> (&'static str, &'static str) {
    let (en, ko) = match role {
        Role::PrincipalInvestigator => (
            (
                "principal investigator",
                "colleagues can name you in their requests, and you sign the agreements on them",
            ),
            ("연구책임자", "동료의 분양 신청에 연구책임자로 지정될 수 있으며, 그 협약에 서명하게 됩니다"),
        ),
        Role::Signatory => (
            ("signatory", "you sign agreements for the institution"),
            ("서명권자", "기관을 대표하여 협약에 서명하게 됩니다"),
        ),
        Role::Administrator => (
            ("administrator", "you decide who belongs to the institution, and give these roles"),
            ("기관 관리자", "기관의 소속 신청을 결정하고 역할을 부여하게 됩니다"),
        ),
    };
    lang.pick(en, ko)
}

pub(super) fn role_changed(context: Context<'_>, institution: &str, role: Role, granted: bool) -> Words {
    let (role, means) = described(role, context.lang);
    let (subject, changed) = match (granted, context.lang) {
        (true, Lang::En) => {
            (format!("You are {role} at your institution"), format!("You were made {role} at {institution}: {means}."))
        }
        (true, Lang::Ko) => (
            "기관 역할이 부여되었습니다".to_owned(),
            format!("{institution}의 {role} 역할이 부여되었습니다. 앞으로 {means}."),
        ),
        (false, Lang::En) => (
            format!("You are no longer {role} at your institution"),
            format!("You are no longer {role} at {institution}; you still belong to it."),
        ),
        (false, Lang::Ko) => (
            "기관 역할이 해제되었습니다".to_owned(),
            format!("{institution}의 {role} 역할이 해제되었습니다. 소속은 그대로 유지됩니다."),
        ),
    };
    let turn = context.lang.pick(
        "Nothing more is to be done; write to the bank if you think that is a mistake.",
        "더 하실 일은 없습니다. 착오라고 생각되면 은행에 문의해 주십시오.",
    );
    Words { subject, changed, turn: turn.into(), link: context.link("account/institution") }
}

pub(super) fn merged(context: Context<'_>, from: &str, into: &str) -> Words {
    let (subject, changed) = context.lang.pick(
        (
            "Your institution was merged into another record of it".to_owned(),
            format!(
                "The bank had two records of one institution: {from} was merged into {into}. You belong to {into} now, \
                 with the roles that you had; your requests went over as well."
            ),
        ),
        (
            "소속 기관이 통합되었습니다".to_owned(),
            format!(
                "같은 기관이 중복 등록되어 있어 {} {} 통합되었습니다. 회원님의 소속과 역할, 분양 신청도 함께 \
                 옮겨졌습니다.",
                particle(from, "이", "가"),
                particle(into, "으로", "로")
            ),
        ),
    );
    let turn = context.lang.pick(
        "Nothing more is to be done; write to the bank if you do not belong there.",
        "더 하실 일은 없습니다. 그 기관 소속이 아니시면 은행에 문의해 주십시오.",
    );
    Words { subject, changed, turn: turn.into(), link: context.link("account/institution") }
}

pub(super) fn proposed(context: Context<'_>) -> Words {
    let said = context.lang.pick(
        (
            "An institution was proposed",
            "Somebody proposed an institution that the bank does not know yet.",
            "It is the bank's turn: verify it, or close it if it is a duplicate.",
        ),
        (
            "새 기관이 제안되었습니다",
            "은행에 등록되지 않은 기관이 제안되었습니다.",
            "은행의 차례입니다. 기관을 확인하거나, 중복된 기관이면 폐쇄해 주십시오.",
        ),
    );
    words(context, "admin/institutions?verification=proposed", said)
}

pub(super) fn decided(context: Context<'_>, outcome: Proposal) -> Words {
    if outcome == Proposal::Verified {
        let said = context.lang.pick(
            (
                "The institution you proposed is verified",
                "The bank verified the institution that you proposed.",
                "It is your turn if you work there: join it.",
            ),
            (
                "제안하신 기관이 확인되었습니다",
                "제안하신 기관을 은행이 확인했습니다.",
                "그곳에서 근무하신다면 수신인의 차례입니다. 기관에 소속을 신청해 주십시오.",
            ),
        );
        words(context, "account/institution", said)
    } else {
        let said = context.lang.pick(
            (
                "The institution you proposed was not taken over",
                "The bank closed the institution that you proposed, or found it to be one it already knows.",
                "It is your turn if you still miss it: look for it by another of its names, or write to the bank.",
            ),
            (
                "제안하신 기관이 등록되지 않았습니다",
                "제안하신 기관은 은행이 폐쇄했거나 이미 등록된 기관으로 확인되었습니다.",
                "여전히 필요하시다면 수신인의 차례입니다. 다른 이름으로 찾아보시거나 은행에 문의해 주십시오.",
            ),
        );
        words(context, "account/institution", said)
    }
}

pub(super) fn anchor(context: Context<'_>, day: NaiveDate, sequence: i64, hash: &str) -> Words {
    let (subject, changed, turn) = context.lang.pick(
        (
            format!("The history's end on {day}"),
            format!("On {day} the bank's history ended with seal {sequence}: {hash}"),
            "It is your turn to keep this letter: 'stembank audit verify --head HASH' shows by it that nothing was cut off afterwards.",
        ),
        (
            format!("{day} 기록의 마지막 봉인"),
            format!("{day} 현재 은행 기록의 마지막 봉인은 {sequence}번이며 해시는 다음과 같습니다: {hash}"),
            "수신인의 차례입니다. 이 메일을 보관해 주십시오. 'stembank audit verify --head 해시'로 이후 기록이 잘리지 않았음을 확인할 수 있습니다.",
        ),
    );
    Words { subject, changed, turn: turn.into(), link: context.link("admin/history") }
}
