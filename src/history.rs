//! The history of the whole bank, across its areas: what the stored words mean.

use crate::audit::{AreaEvent, Event};
use crate::language::Lang;

/// The areas' events, each with the enum of its actions.
macro_rules! areas {
    ($($($area:ident)::+ { $event:ident, $action:ident })*) => {
        /// The label of a stored action; `None` for one that a newer version of the bank wrote.
        pub fn label(action: &str, lang: Lang) -> Option<&'static str> {
            None$(.or_else(|| crate::$($area)::+::events::$action::of(action).map(|action| action.label(lang))))*
        }

        /// The words of all actions, area by area, with their labels.
        pub fn actions(lang: Lang) -> impl Iterator<Item = (&'static str, &'static str)> {
            let none: &[(&str, &str)] = &[];
            none.iter().copied()$(.chain(
                crate::$($area)::+::events::$action::ALL.iter().map(move |action| (action.word(), action.label(lang)))
            ))*
        }

        /// True if this version of the bank reads the event and would write it in the same form: its type says all that
        /// the row says.
        pub fn understands(event: &Event) -> bool {
            false$(|| same::<crate::$($area)::+::events::$event>(event))*
        }
    };
}

areas! {
    audit { HistoryEvent, HistoryAction }
    mail { OutboxEvent, OutboxAction }
    mail { PreferenceEvent, PreferenceAction }
    import { ImportEvent, ImportAction }
    accounts { AccountEvent, AccountAction }
    accounts { SessionEvent, SessionAction }
    accounts { TokenEvent, TokenAction }
    accounts { AccountListEvent, AccountListAction }
    accounts::institutions { InstitutionEvent, InstitutionAction }
    accounts::membership { MembershipEvent, MembershipAction }
    catalogue { LineEvent, LineAction }
    inventory { LotEvent, LotAction }
    requests { RequestEvent, RequestAction }
    personal_data { PersonalDataEvent, PersonalDataAction }
    personal_data { RetentionEvent, RetentionAction }
    statistics { YearEvent, YearAction }
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
