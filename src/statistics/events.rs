//! What the history tells of the figures of years: who read the rows behind them, which published total was changed.

use crate::audit::{Changes, Subject};

crate::area_events! {
    /// What was read or changed of a year.
    YearEvent, YearAction, about Subject:

    /// Its rows, one a distribution.
    RowsRead {} = "statistics.read_rows", "Rows of a year's figures read", "연간 통계의 개별 자료 열람";

    /// A published total of it became another one.
    TotalChanged { measure: String, institution_type: Option<String>, reason: String, #[serde(flatten)] changes: Changes }
        = "statistics.total_changed", "Published total changed", "공표 집계 변경";
}
