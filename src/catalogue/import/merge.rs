//! Records that were merged upstream: a record whose `AS` names another one is that one, too, and takes its place.

use super::sql;
use crate::db::Transaction;
use crate::import::rows;
use crate::language::Lang;
use sea_orm::{ConnectionTrait, DbErr};
use std::collections::HashMap;

/// A line as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct There {
    pub(super) id: i64,
    pub(super) rrid: String,
    pub(super) name: String,
    /// What its source said of it.
    pub(super) json: Option<String>,
    /// The bank holds it: it stays.
    pub(super) stays: bool,
}

/// What becomes of the lines that are one by a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Union {
    /// The line that the record is of from now on; none if there is none yet.
    pub(super) keeper: Option<There>,
    /// Lines whose place it takes.
    pub(super) gone: Vec<There>,
    /// Lines that should be the same one and that nobody but the bank can unite.
    pub(super) apart: Vec<There>,
}

/// A former accession, the one that stands for it now, and whether both lines stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Merged {
    former: String,
    now: String,
    apart: bool,
}

impl Union {
    /// Of a record's own line and those of its former accessions: its own is kept, or one of the others that has to stay
    /// where its own does not.
    pub(super) fn of(own: Option<There>, former: Vec<There>) -> Self {
        let mut all: Vec<There> = own.into_iter().chain(former).collect();
        if all.is_empty() {
            return Self::default();
        }
        let at = all.iter().position(|line| line.stays).unwrap_or(0);
        let keeper = all.remove(at);
        let (apart, gone) = all.into_iter().partition(|line| line.stays);
        Self { keeper: Some(keeper), gone, apart }
    }

    /// What there is to say of it, of a record with this RRID.
    pub(super) fn merged(&self, rrid: &str) -> Vec<Merged> {
        let renumbered = self.keeper.iter().filter(|keeper| keeper.rrid != rrid);
        let united = renumbered.chain(self.gone.iter().filter(|line| line.rrid != rrid)).map(|line| (line, false));
        let apart = self.apart.iter().map(|line| (line, true));
        let merged = |(line, apart): (&There, bool)| Merged { former: line.rrid.clone(), now: rrid.to_owned(), apart };
        united.chain(apart).map(merged).collect()
    }
}

impl Merged {
    /// The note.
    pub(super) fn say(&self, lang: Lang) -> String {
        let Self { former, now, apart } = self;
        if *apart {
            return lang.pick(
                format!("{former} and {now} are one line by the source, but the bank holds both; both stay."),
                format!("{former}, {now}: 출처에서는 한 세포주이나 은행이 둘 다 보유하고 있어 그대로 두었습니다."),
            );
        }
        lang.pick(
            format!("{former} was merged by its source; {now} took its place."),
            format!("{former}: 출처에서 다른 기록({now})과 병합되어 그 기록으로 대체했습니다."),
        )
    }
}

/// Lines by their RRIDs.
pub(super) async fn there(
    db: &impl ConnectionTrait,
    rrids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, There>, DbErr> {
    let mut lines = HashMap::new();
    for row in rows::among(db, sql::LINES_BY_RRID, rrids).await? {
        let line = There {
            rrid: row.try_get_by_index(0)?,
            id: row.try_get_by_index(1)?,
            name: row.try_get_by_index(2)?,
            json: row.try_get_by_index(3)?,
            stays: row.try_get_by_index::<String>(4)? == "held",
        };
        lines.insert(line.rrid.clone(), line);
    }
    Ok(lines)
}

/// A step: takes lines out of the catalogue whose place others take. They were deindexed before.
pub(super) async fn remove(tx: &Transaction, lines: &[i64]) -> Result<(), DbErr> {
    for statement in sql::REMOVE_LINES {
        rows::each_among(&**tx, statement, lines).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i64, rrid: &str, stays: bool) -> There {
        There { id, rrid: rrid.into(), name: rrid.into(), json: None, stays }
    }

    #[test]
    fn the_line_that_has_to_stay_is_kept() {
        let (own, former) = (line(1, "NEW", false), line(2, "OLD", false));
        let ids = |lines: &[There]| lines.iter().map(|line| line.id).collect::<Vec<_>>();
        let union = Union::of(Some(own.clone()), vec![former.clone()]);
        assert_eq!((union.keeper.as_ref().map(|keeper| keeper.id), ids(&union.gone)), (Some(1), vec![2]));
        let union = Union::of(Some(own.clone()), vec![line(2, "OLD", true)]);
        assert_eq!((union.keeper.as_ref().map(|keeper| keeper.id), ids(&union.gone)), (Some(2), vec![1]));
        assert_eq!(union.merged("NEW").len(), 1);
        let union = Union::of(None, vec![former]);
        assert_eq!((union.keeper.as_ref().map(|keeper| keeper.id), union.gone.len()), (Some(2), 0));
        let union = Union::of(Some(line(1, "NEW", true)), vec![line(2, "OLD", true)]);
        assert_eq!((ids(&union.apart), union.gone.len(), union.merged("NEW").len()), (vec![2], 0, 1));
        assert_eq!(Union::of(None, vec![]), Union::default());
    }
}
