//! What the history tells of personal data that was taken along or removed.

use crate::audit::{Changes, Subject};
use crate::id::PersonId;

crate::area_events! {
    /// What happened to somebody's data.
    PersonalDataEvent, PersonalDataAction, about PersonId:

    /// Its owner took it along.
    Exported {} = "account.export", "Personal data exported", "개인정보 내려받기";

    /// The account was erased: so many drafts deleted, requests blanked, and kinds of records kept.
    Erased { drafts: u64, blanked: u64, kept: usize, #[serde(flatten)] changes: Changes }
        = "account.erase", "Account erased", "계정 삭제";
}

crate::area_events! {
    /// What ended its term.
    RetentionEvent, RetentionAction, about Subject:

    /// Records of erased people were blanked.
    Blanked { requests: u64, agreements: u64, signatures: u64 }
        = "retention.sweep", "Records of erased people blanked", "삭제된 계정의 기록 파기";

    /// What is of no more use was deleted.
    Deleted { sessions: u64, link_secrets: u64, answers: u64 }
        = "retention.leftovers", "What is of no more use deleted", "보존 기간이 지난 자료 삭제";
}
