//! What the history tells of letters and of what people want to be told.

use crate::audit::Changes;
use crate::id::{MailMessageId, PersonId};

crate::area_events! {
    /// What an administrator did to a letter.
    OutboxEvent, OutboxAction, about MailMessageId:

    /// A dead one was put back.
    Retried { event: String, #[serde(flatten)] changes: Changes } = "mail.retry", "Letter put back", "메일 재발송";
}

crate::area_events! {
    /// What somebody wants to be told.
    PreferenceEvent, PreferenceAction, about PersonId:

    /// A letter was switched on or off.
    Set { event: String, #[serde(flatten)] changes: Changes }
        = "mail.preference", "Letter switched on or off", "메일 수신 설정 변경";
}
