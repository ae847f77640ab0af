//! The history of the whole bank, across its areas: what the stored words mean.

use crate::accounts::events::{
    AccountAction, AccountEvent, AccountListAction, AccountListEvent, SessionAction, SessionEvent, TokenAction,
    TokenEvent,
};
use crate::accounts::institutions::events::{InstitutionAction, InstitutionEvent};
use crate::accounts::membership::events::{MembershipAction, MembershipEvent};
use crate::approvals::events::{ApprovalAction, ApprovalEvent};
use crate::audit::events::{HistoryAction, HistoryEvent};
use crate::audit::{AreaEvent, Event};
use crate::catalogue::events::{LineAction, LineEvent};
use crate::import::events::{ImportAction, ImportEvent};
use crate::inventory::events::{LotAction, LotEvent};
use crate::language::Lang;
use crate::mail::events::{OutboxAction, OutboxEvent, PreferenceAction, PreferenceEvent};
use crate::maintenance::events::{BackupAction, BackupEvent};
use crate::personal_data::events::{PersonalDataAction, PersonalDataEvent, RetentionAction, RetentionEvent};
use crate::requests::events::{RequestAction, RequestEvent};
use crate::statistics::events::{YearAction, YearEvent};

/// The areas' events, each with the enum of its actions.
macro_rules! areas {
    ($($event:ident, $action:ident;)*) => {
        /// The label of a stored action; `None` for one that a newer version of the bank wrote.
        pub fn label(action: &str, lang: Lang) -> Option<&'static str> {
            None$(.or_else(|| $action::of(action).map(|action| action.label(lang))))*
        }

        /// The words of all actions, area by area, with their labels.
        pub fn actions(lang: Lang) -> impl Iterator<Item = (&'static str, &'static str)> {
            let none: &[(&str, &str)] = &[];
            none.iter().copied()$(.chain(
                $action::ALL.iter().map(move |action| (action.word(), action.label(lang)))
            ))*
        }

        /// True if this version of the bank reads the event and would write it in the same form: its type says all that
        /// the row says.
        pub fn understands(event: &Event) -> bool {
            false$(|| same::<$event>(event))*
        }
    };
}

areas! {
    HistoryEvent, HistoryAction;
    OutboxEvent, OutboxAction;
    BackupEvent, BackupAction;
    PreferenceEvent, PreferenceAction;
    ImportEvent, ImportAction;
    AccountEvent, AccountAction;
    SessionEvent, SessionAction;
    TokenEvent, TokenAction;
    AccountListEvent, AccountListAction;
    InstitutionEvent, InstitutionAction;
    MembershipEvent, MembershipAction;
    LineEvent, LineAction;
    LotEvent, LotAction;
    ApprovalEvent, ApprovalAction;
    RequestEvent, RequestAction;
    PersonalDataEvent, PersonalDataAction;
    RetentionEvent, RetentionAction;
    YearEvent, YearAction;
}

fn same<E: AreaEvent>(event: &Event) -> bool {
    E::read(&event.action, &event.detail).is_ok_and(|read| read.detail() == event.detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_one_word_and_a_label_in_both_languages() {
        let words: Vec<_> = actions(Lang::En).map(|(word, _)| word).collect();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len(), "{words:?}");
        for word in words {
            assert_ne!(label(word, Lang::En), label(word, Lang::Ko), "{word}");
        }
        assert_eq!(label("of.a_newer_version", Lang::En), None);
    }
}
