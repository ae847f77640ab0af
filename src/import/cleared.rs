//! What an import emptied: a column that a table has and leaves empty clears what was there, and the summary says so.

use super::Summary;
use crate::language::Lang;
use std::collections::BTreeMap;

/// Values that were cleared, by column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleared(BTreeMap<&'static str, u64>);

impl Cleared {
    /// Counts a column that had something and has nothing now.
    pub fn look(&mut self, column: &'static str, before_is_empty: bool, after_is_empty: bool) {
        if !before_is_empty && after_is_empty {
            *self.0.entry(column).or_default() += 1;
        }
    }

    /// Adds those of another part.
    pub fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(column, count)| *self.0.entry(column).or_default() += count);
    }

    /// Says in a summary what was cleared, if anything was.
    pub fn note(&self, summary: &mut Summary, dry_run: bool, lang: Lang) {
        if self.0.is_empty() {
            return;
        }
        let all: Vec<String> = self.0.iter().map(|(column, count)| format!("{column} ({count})")).collect();
        let all = all.join(", ");
        summary.note(match dry_run {
            false => lang.pick(
                format!("Cleared, because the file has these columns and nothing in them: {all}."),
                format!("파일에 열은 있으나 값이 비어 있어 지운 항목: {all}."),
            ),
            true => lang.pick(
                format!("Would be cleared, because the file has these columns and nothing in them: {all}."),
                format!("파일에 열은 있으나 값이 비어 있어 지워질 항목: {all}."),
            ),
        });
    }
}
