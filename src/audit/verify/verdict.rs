//! What a verification found, in words.

use super::links::{Found, Link};
use crate::audit::canonical::Hash;
use crate::language::Lang;
use chrono::{DateTime, Utc};

/// What a verification found.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Every event is as it was sealed.
    Intact(Report),
    /// The first one that is not.
    Broken(Broken),
}

/// An intact chain.
#[derive(Clone, Debug)]
pub struct Report {
    /// Sealed events.
    pub events: i64,
    /// Hash of the last seal.
    pub head: Hash,
    /// Events that are not sealed yet.
    pub unsealed: i64,
    /// Time of the oldest of these, if it is over a minute ago: no sealer runs, or somebody put an event in.
    pub suspicious: Option<DateTime<Utc>>,
    /// Events sealed over a minute after their own time: written while no sealer ran, or dated back.
    pub late: i64,
    /// Events sealed by the key that is kept in the database.
    pub with_stored_key: i64,
}

/// What was done to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A row is not what was sealed.
    Changed,
    /// A row is gone.
    Removed,
    /// A row was put in.
    Inserted,
    /// Rows changed places.
    Reordered,
    /// The end is gone.
    CutOff,
}

/// The first broken place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What was done there.
    pub how: How,
    /// The place in the chain; `None` for an event without one.
    pub sequence: Option<i64>,
    /// Key of the event there; `None` if nothing is left to tell.
    pub event: Option<i64>,
    /// Time and action of that event as it stands now.
    pub known: Option<(DateTime<Utc>, String)>,
}

impl Broken {
    /// Something done at a link.
    pub(super) fn at(how: How, link: &Link) -> Self {
        let known = match &link.found {
            Found::Event(event) => Some((event.at, event.action.clone())),
            Found::Missing | Found::Unreadable => None,
        };
        Self { how, sequence: Some(link.sequence), event: Some(link.event), known }
    }

    /// The end is gone after a place; `known_end` is the place up to which there were seals, if that is known.
    pub(super) fn cut(after: i64, known_end: Option<i64>) -> Self {
        Self { how: How::CutOff, sequence: Some(known_end.unwrap_or(after + 1)), event: None, known: None }
    }

    /// One sentence: which, and how.
    pub fn say(&self, lang: Lang) -> String {
        let place = self.sequence.unwrap_or_default();
        let which = match (self.event, &self.known) {
            (Some(event), Some((at, action))) => format!("{event} ({action}, {})", at.to_rfc3339()),
            (Some(event), None) => event.to_string(),
            (None, _) => "?".into(),
        };
        match self.how {
            How::Changed => lang.pick(
                format!("Event {which} at place {place} was changed after it was sealed."),
                format!("{place}번째 자리의 기록 {which}: 봉인된 뒤 내용이 변경되었습니다."),
            ),
            How::Removed if self.known.is_none() => lang.pick(
                format!("Event {which} at place {place} was removed."),
                format!("{place}번째 자리의 기록 {which}: 삭제되었습니다."),
            ),
            How::Removed => lang.pick(
                format!("An event was removed at place {place}; the next one that is there is event {which}."),
                format!("{place}번째 자리의 기록이 삭제되었습니다. 남아 있는 다음 기록: {which}."),
            ),
            How::Inserted if self.sequence.is_none() => lang.pick(
                format!("Event {which} was inserted behind the sealer, or its seal was removed."),
                format!("기록 {which}: 봉인 절차를 거치지 않고 삽입되었거나 봉인이 삭제되었습니다."),
            ),
            How::Inserted => lang.pick(
                format!("Event {which} at place {place} was inserted: the bank never sealed it there."),
                format!("{place}번째 자리의 기록 {which}: 은행이 봉인하지 않은 기록이 삽입되었습니다."),
            ),
            How::Reordered => lang.pick(
                format!("Events were reordered: what stands at place {place} (event {which}) belongs elsewhere."),
                format!("기록의 순서가 바뀌었습니다. {place}번째 자리의 기록 {which}: 다른 자리의 기록입니다."),
            ),
            How::CutOff => lang.pick(
                format!("The end of the history was cut off: the chain does not reach place {place} as it once did."),
                format!("기록의 끝부분이 잘려 나갔습니다. 한때 {place}번째 자리까지 있었던 기록이 이어지지 않습니다."),
            ),
        }
    }
}

impl Report {
    /// What to print, line by line; the first line begins with the count in every language.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let Self { events, head, unsealed, late, with_stored_key, .. } = self;
        let mut lines = vec![
            lang.pick(
                format!("{events} events, chain intact"),
                format!("{events} events, chain intact (기록 {events}건, 이상 없음)"),
            ),
            lang.pick(format!("head {head}"), format!("head {head} (마지막 봉인)")),
            lang.pick(format!("unsealed {unsealed}"), format!("unsealed {unsealed} (아직 봉인되지 않은 기록)")),
        ];
        if let Some(at) = self.suspicious {
            lines.push(lang.pick(
                format!(
                    "Suspicious: the oldest unsealed event is of {}. Either the service does not run, or somebody put \
                     it in.",
                    at.to_rfc3339()
                ),
                format!(
                    "의심: 봉인되지 않은 가장 오래된 기록이 {}의 것입니다. 서비스가 실행되고 있지 않거나 누군가 삽입한 \
                     기록입니다.",
                    at.to_rfc3339()
                ),
            ));
        }
        if *late > 0 {
            lines.push(lang.pick(
                format!("{late} were sealed over a minute after their own time: written while no service ran, or dated back."),
                format!("{late}건은 기록된 시각보다 1분 넘게 늦게 봉인되었습니다. 서비스가 실행되지 않는 동안 기록되었거나 시각이 앞당겨진 것입니다."),
            ));
        }
        if *with_stored_key > 0 {
            lines.push(lang.pick(
                format!("{with_stored_key} were sealed by the key kept in the database; configure audit_key to keep it elsewhere."),
                format!("{with_stored_key}건은 데이터베이스에 보관된 키로 봉인되었습니다. audit_key를 지정하여 키를 별도로 보관해 주십시오."),
            ));
        }
        lines
    }
}
