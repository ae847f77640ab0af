//! What the history tells of imports.

use crate::audit::Subject;

crate::area_events! {
    /// What happened in an import.
    ImportEvent, ImportAction, about Subject:

    /// It began, with the name of its source.
    Started { records: String, source: String } = "import.started", "Import begun", "가져오기 시작";

    /// It ended, complete or broken off.
    Ended {
        records: String, complete: bool, read: u64, created: u64, updated: u64, unchanged: u64, skipped: u64,
    } = "import.ended", "Import ended", "가져오기 종료";
}
